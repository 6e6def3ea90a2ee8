"""Watch: what someone wants to be told of, in typed form; and the folder of watches that the operator keeps."""

import hashlib
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic import Field as Setting

from newsdesk import Condition, ConfigError, Problem, QueryError, YamlFile, all_of, read_yaml, validate

from .occasion import EACH, AlertForm, Each, Occasion, read_alert
from .query import Doc, Query, parse
from .query.narrowing import Tags, from_outlets, in_languages
from .scalar import place_in_scalar

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
OPERATOR = "@operator"
"""Where a watch has its slug: what is told to the operator. No slug can be so."""
_DRAFTED = ("outlets", "notify")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Watch:
    """A query, where it is asked, and who is told: the raw targets, which the channels read."""

    slug: str
    name: str
    query: Query
    outlets: tuple[str, ...] = ()
    """Slugs, `tag:` and a tag, or hosts; none means all."""
    languages: tuple[str, ...] = ()
    """Language tags, each of which covers its regions; none means all."""
    notify: tuple[Mapping[str, Any], ...] = ()
    occasion: Occasion = EACH
    """At what it tells."""
    stem: bool = False
    """Whether every word of the query stands for its inflected forms."""
    revisions: bool = False
    """Whether it also tells when an edit makes a watched word appear or disappear."""
    open: bool = False
    """Whether readers may subscribe to it by themselves."""
    file: YamlFile | None = field(default=None, compare=False, repr=False)
    """Where it was written: target n of `notify` stands at the place ("notify", n)."""

    @property
    def query_text(self) -> str:
        """The query as it is written."""
        return self.query.text

    @property
    def tells_each(self) -> bool:
        """Tell whether each story that matches is told, as by most watches."""
        return isinstance(self.occasion, Each)

    @property
    def form(self) -> str:
        """Give what changes when the watch asks for something else, whomever it tells."""
        asked = (self.query_text, self.stem, self.outlets, self.languages, self.occasion)
        return hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()

    def problem(self, place: tuple[str | int, ...], what: str, remedy: str = "") -> Problem:
        """Give a Problem at a place in the watch's file, like ("notify", 0, "when")."""
        return self.file.problem(place, what, remedy) if self.file else Problem(self.slug, 0, 0, what, remedy)

    def covers(self, doc: Doc) -> bool:
        """Tell whether the article is from an outlet and in a language that the watch asks for."""
        return self.asks(doc.outlet, doc.host, doc.tags) and (
            not self.languages or any(_is_in(doc, language) for language in self.languages)
        )

    def condition(self, tags: Tags) -> Condition | None:
        """Give what an index must find in an article that matches, None where nothing can be said."""
        outlets = from_outlets(self.outlets, tags) if self.outlets else None
        languages = in_languages(self.languages) if self.languages else None
        return all_of([self.query.condition(tags), outlets, languages])

    def asks(self, outlet: str, host: str, tags: Container[str]) -> bool:
        """Tell whether the watch asks for an outlet, with its tags in folded case."""
        return not self.outlets or any(_is_from(outlet, host, tags, wanted) for wanted in self.outlets)


def _is_from(outlet: str, host: str, tags: Container[str], wanted: str) -> bool:
    if wanted.startswith("tag:"):
        return wanted[4:].strip().casefold() in tags
    return outlet == wanted or ("." in wanted and f".{host}".endswith("." + wanted.lower()))


def _is_in(doc: Doc, language: str) -> bool:
    wanted = language.replace("_", "-").lower()
    return doc.language is not None and (doc.language == wanted or doc.language.startswith(wanted + "-"))


class WatchFile(BaseModel):
    """A file of `watches/`, but for its query's grammar and its targets' own keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Setting(default="", max_length=200)
    query: str
    outlets: list[str] = []
    languages: list[str] = []
    stem: bool = False
    revisions: bool = False
    open: bool = False
    alert: AlertForm | None = None
    notify: list[dict[str, Any]] = []

    @field_validator("alert")
    @classmethod
    def _tells_no_edits(cls, alert: AlertForm | None, others: ValidationInfo) -> AlertForm | None:
        if alert is not None and others.data.get("revisions"):
            raise ValueError("with revisions: true every story is told; leave one of the two out")
        return alert

    @field_validator("alert", mode="before")
    @classmethod
    def _alert(cls, alert: Any) -> Any:
        return read_alert(alert)

    @field_validator("languages")
    @classmethod
    def _languages(cls, languages: list[str]) -> list[str]:
        for language in languages:
            if not _LANGUAGE.fullmatch(language):
                raise ValueError(f'"{language}" is no language: write codes, like [en, pt-BR]')
        return languages

    @field_validator("outlets")
    @classmethod
    def _outlets(cls, outlets: list[str]) -> list[str]:
        for outlet in outlets:
            if not outlet.removeprefix("tag:").strip():
                raise ValueError('write outlets by their slugs, or "tag:" and a tag')
        return outlets


def load_watches(folder: Path) -> tuple[list[Watch], list[Problem]]:
    """Read every `*.yaml` of a folder: the watches in the order of their slugs, and the mistakes in all files."""
    watches: list[Watch] = []
    problems: list[Problem] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            watches.append(load_watch(path))
        except ConfigError as error:
            problems += error.problems
    seen: dict[str, Watch] = {}
    for watch in watches:
        if seen.setdefault(watch.slug, watch) is not watch:
            assert watch.file
            problems.append(Problem(watch.file.path, 0, 0, "another file has the same name", "rename one"))
    return list(seen.values()), problems


def load_watch(path: Path) -> Watch:
    """Read one file. Raises ConfigError with every mistake in it."""
    slug = path.stem
    if not SLUG.fullmatch(slug):
        raise ConfigError(
            [Problem(path, 0, 0, f'"{slug}" is no slug', "name the file with a-z, 0-9 and -, like quartet.yaml")]
        )
    file = read_yaml(path)
    problems: list[Problem] = []
    parsed: Query | None = None
    written = file.value.get("query")
    if isinstance(written, str):
        try:
            parsed = parse(written, stem=file.value.get("stem") is True)
        except QueryError as error:
            line, column = place_in_scalar(path, file.marks[("query",)], written, error.position)
            problems.append(Problem(path, line, column, f"query: {error.message}", error.remedy))
    try:
        form = validate(WatchFile, file)
    except ConfigError as error:
        problems += error.problems
    if problems or parsed is None:
        raise ConfigError(file.with_mistakes(problems))
    return Watch(
        slug=slug,
        name=form.name or slug,
        query=parsed,
        outlets=tuple(form.outlets),
        languages=tuple(form.languages),
        notify=tuple(form.notify),
        occasion=form.alert.occasion if form.alert else EACH,
        stem=form.stem,
        revisions=form.revisions,
        open=form.open,
        file=file,
    )


def draft_watches(folder: Path, sound: Iterable[str]) -> list[Watch]:
    """Read the outlets and targets of the files that hold no sound watch, so that their mistakes are told, too."""
    slugs, drafts = set(sound), []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if path.stem in slugs:
            continue
        try:
            file = read_yaml(path)
        except ConfigError:
            continue
        outlets, notify = (found if isinstance(found := file.value.get(key), list) else [] for key in _DRAFTED)
        if all(isinstance(one, str) for one in outlets) and all(isinstance(one, dict) for one in notify):
            query = parse("nothing")
            drafts.append(Watch(path.stem, path.stem, query, tuple(outlets), notify=tuple(notify), file=file))
    return drafts
