"""tocsin check: is the configuration right, the database usable, and (--online) does everyone answer?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from newsdesk import StorageError
from tocsin.invocation import Here, Invocation, Json
from tocsin.searching.search import adviser_of
from tocsin.show import count

if TYPE_CHECKING:
    from newsdesk import Problem
    from tocsin.configuration import Configuration
    from tocsin.online import Answer


def command(
    *,
    online: Annotated[bool, Parameter(negative="")] = False,
    show: Annotated[bool, Parameter(negative="")] = False,
    strict: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    call: Here,
) -> int:
    """Check the configuration and the database; tell all mistakes at once, each with its place and remedy.

    Parameters
    ----------
    online: bool
        Also ask each source, the mail server and each hook's host.
    show: bool
        Tell each setting's value and where it comes from.
    strict: bool
        Let a warning count as a failure: exit 1, as is wanted of watches under review.
    """
    from tocsin.configuration import survey_configuration

    configuration = survey_configuration(call.folder, call.env, call.flags)
    trouble = None if configuration.problems else _database_trouble(configuration)
    answers = _ask(call, configuration) if online and not configuration.problems else []
    unrendered = _unrendered(configuration)
    warnings = _warnings(configuration)
    if json:
        call.emit(_as_json(configuration, trouble, answers, unrendered, warnings, strict=strict))
    else:
        _tell(call, configuration, answers, show)
    for problem in configuration.problems:
        call.warn(str(problem))
    for problem in unrendered:
        call.warn(str(problem))
    for warning in warnings:
        call.warn(f"{warning} (warning)")
    if configuration.problems:
        return 2
    failed = [answer for answer in answers if not answer.ok]
    for told in ([trouble] if trouble else []) + [f"fails  {answer.what}: {answer.said}" for answer in failed]:
        call.warn(told)
    if trouble or failed or unrendered or (strict and warnings):
        return 1
    if not json:
        _tell_keeping(call, configuration)
        call.say(_summary(configuration))
    return 0


def _tell(call: Invocation, configuration: Configuration, answers: list[Answer], show: bool) -> None:
    if show:
        for key, value, origin in _values(configuration):
            call.say(f"{key}: {value}  ({origin})")
    for answer in answers:
        if answer.ok:
            call.say(f"ok  {answer.what}: {answer.said}")


def _tell_keeping(call: Invocation, configuration: Configuration) -> None:
    from tocsin.keeping import told

    if keeping := told(configuration):
        call.say(keeping)


def _warnings(configuration: Configuration) -> list[Problem]:
    """Give what is right and perhaps not meant."""
    folder = configuration.folder / "outlets"
    whole = not any(Path(problem.file).is_relative_to(folder) for problem in configuration.problems)
    adviser = adviser_of(configuration.outlets, whole=whole)
    return [warning for watch in configuration.watches for warning in adviser.problems(watch)]


def _unrendered(configuration: Configuration) -> list[Problem]:
    """Give the outlets whose pages need a browser that this machine does not have."""
    from crawler import browser_trouble
    from newsdesk import read_yaml

    outlets = [outlet for outlet in configuration.outlets if outlet.render]
    trouble = browser_trouble(configuration.settings.crawl.browser) if outlets else None
    if trouble is None:
        return []
    files = [read_yaml(configuration.folder / "outlets" / f"{outlet.slug}.yaml") for outlet in outlets]
    return [file.problem(("render",), *trouble) for file in files]


def _summary(configuration: Configuration) -> str:
    sources = sum(len(outlet.sources) for outlet in configuration.outlets)
    outlets, watches = count(len(configuration.outlets), "outlet"), count(len(configuration.watches), "watch")
    return f"ok: {configuration.folder}: {outlets} with {count(sources, 'source')}, {watches}"


def _database_trouble(configuration: Configuration) -> str | None:
    """Look at the database without making or changing one; one that `tocsin run` will make or upgrade is right."""
    from newsdesk import Database
    from tocsin.storage import newest_revision, revision

    database = Database(configuration.settings.database)
    try:
        found = revision(database) if database.is_postgres or _exists(database) else None
        if database.is_postgres and found != newest_revision():
            return f"the database is at revision {found or 'none'}; run: tocsin db upgrade"
        if found is not None and found > newest_revision():
            return f"the database is at revision {found}, made by a newer Tocsin; use that one"
    except StorageError as error:
        return str(error)
    finally:
        database.close()
    return None


def _exists(database: Any) -> bool:
    from tocsin.storage import sqlite_path

    path = sqlite_path(database)
    return path is not None and path.exists()


def _ask(call: Invocation, configuration: Configuration) -> list[Answer]:
    from tocsin.online import ask_all
    from tocsin.show import progress

    with progress(call, "asked") as step:
        return ask_all(configuration, step)


def _values(configuration: Configuration) -> list[tuple[str, str, str]]:
    from tocsin.settings import known_keys

    found = []
    for place, _ in known_keys():
        value: Any = configuration.settings
        for part in place:
            value = getattr(value, str(part))
        key = ".".join(str(part) for part in place)
        text = _lasting(key, value) if isinstance(value, timedelta) else _plain(key, value)
        found.append((key, text, configuration.settings.origin(key)))
    return found


def _lasting(key: str, value: timedelta) -> str:
    from newsdesk import show_duration

    return "none" if key == "archive.keep_pages" and not value else show_duration(value)


def _plain(key: str, value: Any) -> str:
    if key in ("operator.notify", "operator.alarm"):
        from alerts import CHANNELS

        named = [(kind, entry[kind]) for entry in value for kind in CHANNELS if kind in entry]
        return ", ".join(f"{kind} ***" if kind in CHANNELS[kind].target_type.hidden else str(to) for kind, to in named)
    if key == "database":
        from sqlalchemy.engine import make_url

        return make_url(value).render_as_string(hide_password=True)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _as_json(
    configuration: Configuration,
    trouble: str | None,
    answers: list[Answer],
    unrendered: list[Problem],
    warnings: list[Problem],
    *,
    strict: bool,
) -> dict[str, Any]:
    problems = [*configuration.problems, *unrendered]
    return {
        "ok": not (problems or trouble or any(not answer.ok for answer in answers) or (strict and warnings)),
        "problems": [_problem(problem) for problem in problems],
        "warnings": [_problem(warning) for warning in warnings],
        "database": trouble or "ok",
        "outlets": [outlet.slug for outlet in configuration.outlets],
        "watches": [watch.slug for watch in configuration.watches],
        "settings": {key: {"value": value, "origin": origin} for key, value, origin in _values(configuration)},
        "online": [asdict(answer) for answer in answers],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "what": problem.what,
        "remedy": problem.remedy,
    }
