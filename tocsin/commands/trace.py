"""tocsin trace: one article from discovery to delivery, with times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from newsdesk import TocsinError, clean_url, instant
from tocsin.invocation import Here, Json, inert
from tocsin.searching.edits import edit_json, edit_lines, edits

if TYPE_CHECKING:
    from alerts import Ended
    from newsdesk import Database, FiledArticle


class NotOnRecord(TocsinError):
    """Neither an article nor a lead bears the address."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, or is yet to."""

    at: datetime | None
    what: str
    said: str
    lines: tuple[str, ...] = ()
    """What stands below it, for people."""
    data: Mapping[str, object] = field(default_factory=dict)
    """What stands beside it, for machines."""


def command(url: str, *, json: Json = False, call: Here) -> int:
    """Tell what became of one article, from the list that named it to each message about it.

    Parameters
    ----------
    url: str
        Its address, or its id.
    """
    from newsdesk import Desk

    database = call.open_database()
    try:
        with database.read() as session:
            filed = Desk(database).find(session, url)
        steps = sorted(
            [
                *_crawled(database, filed, url),
                *_kept(database, filed),
                *_carried(database, filed),
                *_alerted(database, filed),
            ],
            key=_when,
        )
    finally:
        database.close()
    if not steps:
        raise NotOnRecord(f"{url}: no outlet has listed it and it is not in the archive")
    for step in steps:
        if json:
            call.emit({"at": instant(step.at), "what": step.what, "said": step.said, **step.data})
            continue
        call.say(f"{instant(step.at) or 'not yet':<20}  {step.what:<9}  {inert(step.said)}")
        for line in step.lines:
            call.say(f"{'':<22}{inert(line)}")
    if filed and not json:
        call.say(f"\nother reports of the event: tocsin articles --related {filed.id}")
    return 0


def _when(step: Step) -> tuple[bool, datetime]:
    from datetime import UTC

    return step.at is None, step.at or datetime.max.replace(tzinfo=UTC)


def _crawled(database: Database, filed: FiledArticle | None, url: str) -> Iterator[Step]:
    """Give the leads that named the page, and the record of its texts."""
    from crawler import gone_since, lead_state
    from newsdesk import Archive

    addresses = [filed.article.url, filed.article.canonical_url] if filed else []
    for address in dict.fromkeys(_canonical([url, *addresses])):
        lead = lead_state(database, address)
        if lead is None:
            continue
        yield Step(lead.found_at, "listed", f"by {lead.outlet} as {lead.given}")
        if lead.ended_at is not None:
            gone = gone_since(lead)
            why = f": {lead.reason}" if lead.reason and not gone else ""
            yield Step(lead.ended_at, "fetched", lead.state + why)
            if gone:
                yield Step(gone, "gone", f"{lead.reason}; the archive keeps it")
            if lead.look_at is not None:
                yield Step(None, "look", f"again at {instant(lead.look_at)}; {lead.looks} looks so far")
        else:
            yield Step(None, "to fetch", f"{lead.tries} tries" + (f": {lead.reason}" if lead.reason else ""))
    if filed is None:
        return
    said = f"{filed.article.title!r} as {filed.id}, story {filed.story}{_akin(database, filed)}"
    yield Step(filed.first_seen, "filed", said)
    for edit in edits(filed, Archive(database).history(filed.id)):
        count = len(edit.changes)
        said = f"revision {edit.revision}: {count} {'passage' if count == 1 else 'passages'} changed"
        yield Step(edit.at, "revised", said, tuple(edit_lines(edit)), edit_json(edit))


def _akin(database: Database, filed: FiledArticle) -> str:
    """Tell whose text an article has, or carries on, and how much they have in common."""
    from newsdesk import Desk, shared_words

    other = filed.copy_of or filed.update_of
    if other is None:
        return ""
    with database.read() as session:
        earlier = Desk(database).find(session, other)
    common = f": {shared_words(filed.article, earlier.article)}" if earlier else ""
    return f", {'a copy' if filed.copy_of else 'an update'} of {other}{common}"


def _carried(database: Database, filed: FiledArticle | None) -> Iterator[Step]:
    """Give the other articles of the story, those that came later included."""
    from newsdesk import Desk

    if filed is None:
        return
    with database.read() as session:
        story = Desk(database).also_in(session, filed.story, filed.id)
    for other in story:
        article = other.article
        what = "also in" if other.original == filed.original else "story"
        kind = " (an update)" if other.update_of else ""
        yield Step(other.first_seen, what, f"{article.outlet}: {article.title!r} {article.canonical_url}{kind}")


def _kept(database: Database, filed: FiledArticle | None) -> Iterator[Step]:
    """Give the pages that were kept as they came."""
    from crawler import kept_pages

    for page in kept_pages(database, filed.id, ()) if filed else ():
        yield Step(page.fetched_at, "kept", f"the page as it came, in {page.file} at {page.offset}, {page.digest}")


def _canonical(addresses: list[str]) -> Iterator[str]:
    for address in addresses:
        try:
            yield clean_url(address)
        except ValueError:
            continue


def _alerted(database: Database, filed: FiledArticle | None) -> Iterator[Step]:
    """Give the matches, the promises made of them, and every attempt to keep those."""
    if filed is None:
        return
    from alerts import Ledger

    ledger = Ledger(database)
    fates = ledger.fates(filed.id)
    for match in ledger.matches(filed.id):
        words = ", ".join(dict.fromkeys(str(span.get("text")) for span in match.spans))
        ends = [one for one in fates if (one.watch, one.revision) == (match.watch, match.revision)]
        yield Step(
            match.matched_at,
            "matched",
            f"watch {match.watch} ({match.reason}; {match.outcome}): {words}",
            tuple(f"{one.channel} {one.address}: {one.words}" for one in ends),
            {"watch": match.watch, "fates": [_fate(one) for one in ends]},
        )
    for one in ledger.of_article(filed.id):
        whom = f"{one.channel} {one.address}, delivery {one.id}"
        yield Step(one.created_at, "promised", f"{whom}, {one.state}")
        for attempt in ledger.attempts(one.id):
            yield Step(
                attempt.started_at, "attempt", f"{attempt.number} to {one.address}: {attempt.status} {attempt.excerpt}"
            )
        if one.sent_at is not None:
            yield Step(one.sent_at, "sent", whom)


def _fate(one: Ended) -> dict[str, object]:
    """Give where a match stands for one whom its watch tells."""
    shown = ("channel", "address", "state", "delivery", "reason")
    return {name: getattr(one, name) for name in shown}
