"""Compare: what changed watches would add and lose over the archive, all of them in one pass."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsdesk import Condition, ConfigError, any_of
from tocsin.invocation import Invocation, UsageError
from tocsin.searching.search import Found, outlet_tags, read_query
from tocsin.show import Steps

if TYPE_CHECKING:
    from alerts import Match, Query, Watch
    from newsdesk import FiledArticle

_SLUG = re.compile("[a-z0-9][a-z0-9-]{0,62}")
_TRIED = "tried"
_SPARE = 5
"""So many samples are kept for one that is shown: a later copy may show that a story is no news to the other side."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A watch as it stands and as it would be; one of the two may be missing."""

    slug: str
    before: Watch | None
    after: Watch | None

    @property
    def state(self) -> str:
        """Tell what the change is: new, removed, same (asks the same, to the letter) or changed."""
        if self.before is None or self.after is None:
            return "removed" if self.before else "new"
        return "same" if _asked(self.before) == _asked(self.after) else "changed"


@dataclass
class Difference:
    """What became of one pair."""

    pair: Pair
    keep: int
    articles: Counter[str] = field(default_factory=Counter)
    """How many: before, after, gained, lost."""
    before: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By day, the stories that matched."""
    after: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    samples: dict[str, dict[str, Found]] = field(default_factory=lambda: {"gained": {}, "lost": {}})
    """The newest articles gained and lost, one a story."""

    def add(self, filed: FiledArticle, before: Match | None, after: Match | None) -> None:
        """Count an article that one side or both have matched."""
        day = filed.first_seen.astimezone(UTC).date().isoformat()
        for side, match, stories in (("before", before, self.before), ("after", after, self.after)):
            if match:
                self.articles[side] += 1
                stories[day].add(filed.story)
        if (only := after or before) and not (before and after):
            kind = "gained" if after else "lost"
            self.articles[kind] += 1
            samples = self.samples[kind]
            if filed.story not in samples and len(samples) < self.keep * _SPARE:
                samples[filed.story] = Found(filed, only.spans)

    def stories(self, kind: str) -> set[str]:
        """Give the stories of before, after, gained, lost or kept."""
        before, after = set().union(*self.before.values()), set().union(*self.after.values())
        return {
            "before": before,
            "after": after,
            "gained": after - before,
            "lost": before - after,
            "kept": after & before,
        }[kind]

    def shown(self, kind: str) -> list[Found]:
        """Give the samples of a kind, newest first."""
        stories = self.stories(kind)
        return [found for story, found in self.samples[kind].items() if story in stories][: self.keep]

    @property
    def is_none(self) -> bool:
        """Tell whether the same articles match."""
        return not (self.articles["gained"] or self.articles["lost"])


def _asked(watch: Watch) -> object:
    stem = bool(watch.file and watch.file.value.get("stem") is True)
    return watch.query_text, stem, frozenset(watch.outlets), frozenset(watch.languages)


class Comparison:
    """Every article against both sides of every pair, and against a watch of which more is to be told."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        keep: int,
        tags: Mapping[str, tuple[str, ...]],
        watch: Watch | None = None,
    ) -> None:
        """Take the pairs, how many samples to keep of each kind, the outlets' tags, and perhaps the watch."""
        from alerts import Matcher

        self.differences = [Difference(pair, keep) for pair in pairs]
        self._watches = [*_sides(pairs), *([replace(watch, slug=_TRIED)] if watch else [])]
        self._matcher = Matcher(self._watches)
        self._tags = tags

    @property
    def condition(self) -> Condition | None:
        """What an index must find in an article that any of them matches."""
        return any_of(watch.condition(self._tags) for watch in self._watches)

    def add(self, filed: FiledArticle) -> Match | None:
        """Count one article; gives its match with the watch of which more is to be told."""
        found: defaultdict[int, dict[str, Match]] = defaultdict(dict)
        tried: Match | None = None
        for match in self._matcher.match(filed, self._tags):
            if match.watch.slug == _TRIED:
                tried = match
                continue
            index, side = match.watch.slug.split()
            found[int(index)][side] = match
        for number, sides in found.items():
            self.differences[number].add(filed, sides.get("before"), sides.get("after"))
        return tried


def compare(
    call: Invocation, pairs: Sequence[Pair], since: datetime | None, keep: int, step: Steps
) -> tuple[list[Difference], int]:
    """Match the archive against both sides of every pair; gives the differences, and how many articles there are."""
    from newsdesk import Archive

    comparison, database = Comparison(pairs, keep, outlet_tags(call)), call.open_database()
    try:
        archive = Archive(database)
        for filed in archive.articles(since=since, condition=comparison.condition):
            step()
            comparison.add(filed)
        return comparison.differences, archive.size(since)
    finally:
        database.close()


def _sides(pairs: Sequence[Pair]) -> Iterator[Watch]:
    for index, pair in enumerate(pairs):
        if pair.state != "same":
            for side, watch in (("before", pair.before), ("after", pair.after)):
                if watch:
                    yield replace(watch, slug=f"{index} {side}")


# Which watches are compared with which


def pairs_of(call: Invocation, paths: Sequence[Path], against: str | None) -> list[Pair]:
    """Pair what would be (watch files and folders of them) with what is, or with `against`.

    Raises UsageError, and ConfigError with every mistake in a file.
    """
    after = [watch for path in paths for watch in _read(path)]
    other = Path(against) if against and Path(against).is_dir() else None
    if against is not None and other is None:
        return [Pair(watch.slug, _one(call, watch.slug, against), watch) for watch in after]
    before = _standing(other or call.folder / "watches", {watch.slug for watch in after})
    _refuse_itself(after, before)
    pairs = [Pair(watch.slug, before.get(watch.slug), watch) for watch in after]
    if any(path.is_dir() for path in paths):
        slugs = {watch.slug for watch in after}
        pairs += [Pair(slug, watch, None) for slug, watch in before.items() if slug not in slugs]
    return pairs


def pair_against(call: Invocation, watch: Watch, against: str) -> Pair:
    """Pair a watch with what `--against` means. Raises UsageError, and ConfigError with every mistake in a file."""
    return Pair(watch.slug, _one(call, watch.slug, against), watch)


def pair_that_stands(call: Invocation, watch: Watch, slug: str) -> Pair | None:
    """Pair a watch with the one of this name in the configuration, unless that is the same file, wrong or none."""
    path = call.folder / "watches" / f"{slug}.yaml" if call.has_folder and _SLUG.fullmatch(slug) else None
    if path is None or not path.is_file() or (watch.file and watch.file.path.samefile(path)):
        return None
    from alerts import load_watch

    try:
        return Pair(slug, load_watch(path), watch)
    except ConfigError as error:
        call.warn(f"{error} (no comparison with the watch as it stands)")
        return None


def _read(path: Path) -> list[Watch]:
    from alerts import load_watch, load_watches

    if not path.is_dir():
        if not path.exists():
            raise UsageError(f"--diff {path}: there is no such file or folder")
        return [load_watch(path)]
    watches, problems = load_watches(path)
    if problems:
        raise ConfigError(problems)
    return watches


def _standing(folder: Path, slugs: set[str]) -> dict[str, Watch]:
    """Give the watches of a folder by slug. Raises ConfigError for a wrong one that is to be compared."""
    from alerts import load_watches

    watches, problems = load_watches(folder)
    wrong = [problem for problem in problems if Path(problem.file).stem in slugs]
    if wrong:
        raise ConfigError(wrong)
    return {watch.slug: watch for watch in watches}


def _refuse_itself(after: Iterable[Watch], before: Mapping[str, Watch]) -> None:
    for watch in after:
        other = before.get(watch.slug)
        if other and other.file and watch.file and other.file.path.samefile(watch.file.path):
            raise UsageError(
                f"{watch.file.path} is itself the watch that stands; compare a changed copy of it, "
                "or say what it was before: --against FOLDER (a checkout of the version before), FILE or QUERY"
            )


def _one(call: Invocation, slug: str, against: str) -> Watch:
    """Give the watch that `--against` means: a file, a slug of the folder, or a query."""
    from alerts import load_watch

    path = Path(against)
    if path.suffix in (".yaml", ".yml"):
        if not path.exists():
            raise UsageError(f"--against {path}: there is no such file")
        return load_watch(path)
    if call.has_folder and (call.folder / "watches" / f"{against}.yaml").exists():
        return load_watch(call.folder / "watches" / f"{against}.yaml")
    return drafted(slug, against, read_query(call, against))


def drafted(slug: str, name: str, query: Query) -> Watch:
    """Give the watch that asks a query."""
    from alerts import Watch

    return Watch(slug, name, query)
