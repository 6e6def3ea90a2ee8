"""JSON lines: one article a line, as `tocsin export` writes them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from newsdesk import article_from_json, clean_url
from tocsin.importer import Dated, Importer, Report, Task, can_be_article, lines, now
from tocsin.importing.intake import intake
from tocsin.importing.places import Position
from tocsin.reading import slug_of

_LONGEST = 50_000_000


class Jsonl(Importer):
    """One article a line."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson", ".json")

    def recognises(self, head: bytes) -> bool:
        """Look for an object's bracket."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")

    def run(self, task: Task) -> Report:
        """File every line that is an article; tell of the others."""
        report = Report()
        with intake(task, report) as taking:
            for dated, after in _articles(task, report, taking.position):
                taking.take(dated, after)
        return report


def _articles(task: Task, report: Report, start: Position) -> Iterator[tuple[Dated | None, Position]]:
    """Give what stands behind `start`: each line's article, if it is one, and the place behind it."""
    if start.offset:
        task.stream.seek(start.offset)
    at = start
    for length, line in lines(task.stream, _LONGEST):
        dated, number = None, at.records + 1
        try:
            if line is None:
                raise ValueError(f"the line is above {_LONGEST} bytes")
            dated = _in_order(_article(line), at.last_seen) if line.strip() else None
        except (ValueError, RecursionError) as error:
            what = "is not JSON" if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)) else str(error)
            task.refuse(report, str(number), what)
        at = Position(at.offset + length, number, dated.seen if dated else at.last_seen)
        yield dated, at


def _in_order(dated: Dated, last: datetime | None) -> Dated:
    """Keep the order of the lines within a second: an export tells no more than seconds."""
    if last is not None and timedelta(0) <= last - dated.seen < timedelta(seconds=1):
        return replace(dated, seen=last + timedelta(microseconds=1))
    return dated


def _article(line: bytes) -> Dated:
    document = json.loads(line.decode("utf-8-sig"))
    if not isinstance(document, dict):
        raise ValueError("write one article a line, as `tocsin export` gives it")
    article = article_from_json(document)
    if fault := can_be_article(article):
        raise ValueError(fault)
    return Dated(
        replace(article, outlet=slug_of(article.outlet), canonical_url=clean_url(article.canonical_url)),
        # Of a text that took another's place it tells when it did.
        _seen(document.get("revised") or document.get("first_seen")),
        _revision(document.get("revision")),
    )


def _seen(text: object) -> datetime:
    """Keep when it was first seen, never in the future: an imported archive keeps its days."""
    moment = now()
    if not isinstance(text, str):
        return moment
    try:
        seen = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError('"first_seen" must be an instant like 2026-11-21T14:05:09Z') from None
    return min(moment, seen if seen.tzinfo else seen.replace(tzinfo=moment.tzinfo))


def _revision(number: object) -> int:
    if number is None:
        return 1
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 2**31:
        raise ValueError('"revision" must be a number from 1')
    return number


JSONL = Jsonl()
