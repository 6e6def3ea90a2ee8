"""tocsin watches: what is looked for, and who is told."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.show import table

if TYPE_CHECKING:
    from alerts import Dialect, Kept, Progress, Watch
    from tocsin.adoption import Adopted


command = App(
    name="watches",
    help="List the watches: what each looks for, and whom it tells; tell somebody again who had unsubscribed; "
    "carry queries of other services over.",
    help_flags=["--help", "-h"],
)


@command.default
def watches(*, json: Json = False, call: Here) -> int:
    """List the watches: what each looks for, and whom it tells."""
    ended = _ended(call)
    stand = _progress(call)
    told = call.configuration.watchlist()
    listed = [
        _watch(watch, told.targets(watch.slug), ended, stand.get(watch.slug)) for watch in call.configuration.watches
    ]
    if json:
        for one in listed:
            call.emit(one)
        return 0
    if not listed:
        call.warn(f"no watches: put files into {call.folder / 'watches'}")
        return 0
    rows = [
        (one["slug"], one["name"], one["query"], ", ".join(one["outlets"]) or "all", _told(one["notify"]) or "nobody")
        for one in listed
    ]
    table(call, ["watch", "name", "query", "outlets", "tells"], rows)
    _say_progress(call, [one for one in listed if one["progress"]])
    return 0


@command.command
def resume(watch: str, address: str, *, call: Here) -> int:
    """Tell an address again that has unsubscribed, or a hook that had answered 410; what it missed is not sent.

    Parameters
    ----------
    watch: str
        The watch's slug.
    address: str
        The mail address or the hook, as `tocsin watches` shows it.
    """
    from alerts import Subscriptions
    from alerts import resume as begin_again

    database = call.open_database()
    try:
        ended = {one.address: one for one in Subscriptions(database).all(watch) if not one.is_active}
        if address not in ended:
            raise UsageError(f"{watch} has no ended subscription of {address}; {did_you_mean(address, ended)}")
        with database.begin() as session:
            begin_again(session, ended[address].token, datetime.now(UTC))
    finally:
        database.close()
    call.say(f"{address} is told of {watch} again")
    return 0


@command.command(name="import")
def import_(
    file: Annotated[Path, OrStream],
    *,
    from_: Annotated[str, Parameter(name="--from")],
    write: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    call: Here,
) -> int:
    """Carry the queries of another service over; tell what could not be (exit 1 where a query is refused).

    Parameters
    ----------
    file: Path
        One query a line (or name, tab, query), CSV, or the JSON of a Google export; - for standard input.
    from_: str
        The service: google, talkwalker or meltwater.
    write: bool
        Write the watch files, never over others; else they are shown.
    """
    from alerts import parse
    from tocsin.adoption import adopt, read_list
    from tocsin.searching.search import adviser

    adopted = list(adopt(read_list(_content(file), file.suffix.lower()), _dialect(from_), _slugs(call)))
    if not adopted:
        raise UsageError(f"{file}: holds no query")
    advised = adviser(call)
    for one in adopted:
        _tell_of(call, str(file), one, json=json, write=write)
        for advice in advised.query(parse(one.translation.query)) if one.translation.query else ():
            call.warn(f"{file}:{one.listed.line}: {advice} (warning)")
    refused = sum(not one.text for one in adopted)
    loose = sum(bool(one.text and one.translation.notes) for one in adopted)
    call.warn(
        f"{len(adopted) - refused - loose} carried over whole, {loose} with what is told above, {refused} refused"
    )
    for caveat in _dialect(from_).caveats:
        call.warn(f"note: {caveat}")
    return int(refused > 0)


def _dialect(name: str) -> Dialect:
    from alerts import DIALECTS

    dialect = DIALECTS.get(name)
    if dialect is None:
        raise UsageError(f"--from {name}: {did_you_mean(name, DIALECTS)}")
    return dialect


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _slugs(call: Invocation) -> set[str]:
    return {path.stem for path in (call.folder / "watches").glob("*.y*ml")} if call.has_folder else set()


def _tell_of(call: Invocation, file: str, one: Adopted, *, json: bool, write: bool) -> None:
    """Show or write one watch, and say what could not be carried over."""
    from tocsin.adoption import told, write_watch

    place = f"{file}:{one.listed.line}"
    for note in told(one.listed, one.translation):
        call.warn(f"{place}: {note}")
    if not one.text:
        call.warn(f"{place}: refused: {' '.join(one.listed.query.split())}: {one.translation.refused}")
    path = write_watch(call.folder / "watches", one) if write and one.text else None
    if path:
        call.warn(f"wrote {path}")
    if json:
        call.emit(_adopted(one, path))
    elif one.text and not write:
        call.say(f"# watches/{one.slug}.yaml\n{one.text}")


def _adopted(one: Adopted, path: Path | None) -> dict[str, Any]:
    notes = [
        {"column": note.at + 1, "text": note.text, "what": note.what, "done": note.done}
        for note in one.translation.notes
    ]
    return {
        "line": one.listed.line,
        "slug": one.slug if one.text else None,
        "name": one.listed.name or None,
        "source": one.listed.query,
        "query": one.translation.query,
        "refused": one.translation.refused or None,
        "notes": notes,
        "settings": list(one.listed.notes),
        "file": str(path) if path else None,
    }


def _ended(call: Invocation) -> dict[tuple[str, str, str], str]:
    """Give the state of each subscription that is no longer told."""
    from alerts import Subscriptions

    database = call.open_database()
    try:
        found = Subscriptions(database).all()
    finally:
        database.close()
    return {(one.watch, one.channel, one.address): one.state.value for one in found if not one.is_active}


def _progress(call: Invocation) -> Mapping[str, Progress]:
    """Give where the watches stand that tell not each story."""
    from alerts import progress_of

    database = call.open_database()
    try:
        return progress_of(database, call.configuration.watches, datetime.now(UTC))
    finally:
        database.close()


def _say_progress(call: Invocation, listed: Sequence[dict[str, Any]]) -> None:
    if listed:
        call.say()
        rows = [(one["slug"], one["alert"], one["progress"]["state"], one["progress"]["why"]) for one in listed]
        table(call, ["watch", "alert", "state", "why"], rows)


def _watch(
    watch: Watch, told: Iterable[Kept], ended: Mapping[tuple[str, str, str], str], progress: Progress | None
) -> dict[str, Any]:
    return {
        "slug": watch.slug,
        "name": watch.name,
        "query": watch.query_text,
        "outlets": list(watch.outlets),
        "languages": list(watch.languages),
        "revisions": watch.revisions,
        "alert": str(watch.occasion),
        "progress": progress
        and {
            "state": progress.state,
            "since": instant(progress.since),
            "why": progress.why,
            "last_mention": instant(progress.last),
        },
        "notify": [_target(watch.slug, kept, ended) for kept in told],
    }


def _target(slug: str, kept: Kept, ended: Mapping[tuple[str, str, str], str]) -> dict[str, str]:
    """Give whom a watch tells and when, and whether it still does; never a secret, which an address may be."""
    kind, address = kept.key
    state = ended.get((slug, kind, address), "active")
    return {"channel": kind, "address": address, "when": str(kept.target.when), "state": state}


def _told(notify: list[dict[str, str]]) -> str:
    return ", ".join(
        f"{one['address']} ({one['when'] if one['state'] == 'active' else one['state']})" for one in notify
    )
