"""Configuration: settings, outlets and watches of one folder, with every mistake in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from alerts import Direct, Heart, Watch, Watchlist, draft_watches, load_watches, operator
from crawler import Outlet, load_outlets
from newsdesk import ConfigError, Guard, Problem, did_you_mean
from tocsin.changes import Stamps, survey, unchanged
from tocsin.settings import Settings, survey_settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one folder says; `problems` are the mistakes that keep parts of it out."""

    folder: Path
    settings: Settings
    outlets: tuple[Outlet, ...]
    watches: tuple[Watch, ...]
    problems: tuple[Problem, ...] = ()
    stamps: Stamps = field(default_factory=dict)
    """What its files are known by, taken before they were read."""

    def direct(self) -> Direct:
        """Give those who are told of the house's own trouble; its `problems` are the mistakes in them."""
        settings = self.settings
        guard = Guard(settings.allow_private, settings.web.own)
        return Direct(settings.operator.alarm, guard, settings.section("operator"))

    def heart(self) -> Heart | None:
        """Give what beats for a watcher outside, where one is named."""
        settings = self.settings
        url = settings.operator.heartbeat.get_secret_value()
        return Heart(url, Guard(settings.allow_private, settings.web.own)) if url else None

    def watchlist(self) -> Watchlist:
        """Give the watches with whom they tell. Raises ConfigError with every mistake in their targets."""
        settings = self.settings
        return Watchlist(
            self.watches,
            settings.smtp,
            guard=Guard(settings.allow_private, settings.web.own),
            public_url=settings.web.public_url if settings.web.enabled else "",
            outlet_tags={outlet.slug: outlet.tags for outlet in self.outlets},
            outlet_names={outlet.slug: outlet.name for outlet in self.outlets},
            operator=operator(settings.operator.notify, settings.section("operator")),
            alerts=settings.alerts,
        )


def load_configuration(
    folder: Path, env: Mapping[str, str], flags: Mapping[str, str], before: Configuration | None = None
) -> Configuration:
    """Read the folder; of outlet files that are as they were `before`, what was read then.

    Raises ConfigError with every mistake in every file.
    """
    configuration = survey_configuration(folder, env, flags, before)
    if configuration.problems:
        raise ConfigError(configuration.problems)
    return configuration


def survey_configuration(
    folder: Path, env: Mapping[str, str], flags: Mapping[str, str], before: Configuration | None = None
) -> Configuration:
    """Read the whole folder and keep the mistakes beside what is sound."""
    stamps = survey(folder)
    settings, problems = survey_settings(folder, env, flags)
    outlets, outlet_problems = load_outlets(folder / "outlets", _read_before(before, folder, stamps))
    watches, watch_problems = load_watches(folder / "watches")
    found = Configuration(folder, settings, tuple(outlets), tuple(watches), stamps=stamps)
    told = [*problems, *outlet_problems, *watch_problems]
    places = {(one.file, one.line, one.column) for one in told}
    drafts = draft_watches(folder / "watches", [watch.slug for watch in watches])
    # Where the settings cannot be had, no target is blamed for what they would have allowed.
    settings = settings.model_copy(update={"allow_private": ("0.0.0.0/0", "::/0")}) if problems else settings
    whole = replace(found, settings=settings, watches=(*watches, *drafts))
    for one in (*_in_targets(whole), *whole.direct().problems, *_in_outlets(whole, outlet_problems)):
        if (one.file, one.line, one.column) not in places:
            told.append(one)
    told.sort(key=lambda one: _order(folder, one))
    return replace(found, problems=tuple(told))


def _read_before(before: Configuration | None, folder: Path, stamps: Stamps) -> Mapping[Path, Outlet]:
    if before is None:
        return {}
    same = unchanged(before.stamps, stamps)
    paths = ((folder / "outlets" / f"{outlet.slug}.yaml", outlet) for outlet in before.outlets)
    return {path: outlet for path, outlet in paths if str(path) in same}


def _order(folder: Path, problem: Problem) -> tuple[int, str, int, int]:
    """Settings first, then the outlets, then the watches; each file from its top."""
    file = Path(problem.file)
    rank = next((rank for rank, name in enumerate(("outlets", "watches"), 1) if file.is_relative_to(folder / name)), 0)
    return rank, str(file), problem.line, problem.column


def _in_targets(configuration: Configuration) -> Sequence[Problem]:
    try:
        configuration.watchlist()
    except ConfigError as error:
        return error.problems
    return ()


def _in_outlets(configuration: Configuration, outlet_problems: Sequence[Problem]) -> Iterator[Problem]:
    """Give what watches ask for and no outlet file has; an outlet whose file is wrong is not missing."""
    wrong = {Path(problem.file).stem for problem in outlet_problems}
    slugs = {outlet.slug for outlet in configuration.outlets} | wrong
    tags = {f"tag:{tag}".casefold() for outlet in configuration.outlets for tag in outlet.tags}
    for watch in configuration.watches:
        for index, name in enumerate(watch.outlets):
            if name.startswith("tag:"):
                if name.casefold() not in tags and not wrong:
                    what = f"no outlet has the tag {name[4:]}"
                    yield watch.problem(("outlets", index), what, did_you_mean(name, tags))
            elif name not in slugs and "." not in name:
                yield watch.problem(("outlets", index), f"{name} is not an outlet", did_you_mean(name, slugs))
