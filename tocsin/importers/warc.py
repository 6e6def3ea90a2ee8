"""WARC: the pages of a web archive (CC-NEWS and the like), read as if they had just been fetched."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import datetime
from io import StringIO
from typing import Any, BinaryIO

from newsdesk import TocsinError
from tocsin.importer import Importer, Report, Task, now
from tocsin.importing.bulk import Page, backfill
from tocsin.importing.places import Position

_GZIP = b"\x1f\x8b"
_WORDS = {"revisit": "revisits"}


class Warc(Importer):
    """Each answer of status 200 that is HTML is a page."""

    name = "warc"
    suffixes = (".warc", ".warc.gz")

    def recognises(self, head: bytes) -> bool:
        """Look for the first record's first word, also within gzip."""
        if head.startswith(_GZIP):
            try:
                head = zlib.decompressobj(31).decompress(head, 100)
            except zlib.error:
                return False
        return head.lstrip().startswith(b"WARC/")

    def run(self, task: Task) -> Report:
        """File every page that is an article."""
        from crawler import load_outlets

        report = Report()
        outlets = load_outlets(task.call.folder / "outlets")[0]
        reader = _Reader(task, report)
        backfill(task, reader.pages, outlets, report)
        return report


class _Reader:
    """Walks over the records of one file."""

    def __init__(self, task: Task, report: Report) -> None:
        self._task, self._report = task, report
        self._most = task.call.settings.crawl.max_page

    def pages(self, start: Position) -> Iterator[Page]:
        """Give what stands behind `start`. Raises TocsinError when the file is no WARC at all."""
        stream = _unpacked(self._task.stream)
        if start.offset:
            stream.seek(start.offset)
        number, last = start.records, start.offset
        try:
            for number, last, page in self._walk(stream, start):  # noqa: B007  (told when the walk breaks off)
                yield page
        except (_CutOff, EOFError, zlib.error, OSError, ValueError, IndexError) as error:
            if number == 0:
                raise TocsinError(f"{self._task.path}: is not a whole WARC file: {_said(error)}") from None
            what = f"the file is damaged or cut off behind this record; what stands before was read: {_said(error)}"
            yield Page(number, last, fault=what)

    def _walk(self, stream: Any, start: Position) -> Iterator[tuple[int, int, Page]]:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed

        number, records = start.records, ArchiveIterator(stream)
        try:
            while True:
                with redirect_stderr(StringIO()):
                    record = next(records, None)
                if record is None:
                    _check_end(stream, records.offset)
                    return
                page = self._page(record, number + 1)
                with redirect_stderr(StringIO()):
                    records.read_to_end()
                if getattr(record.raw_stream, "limit", 0) > 0:
                    raise _CutOff("it ends within a record")
                number += 1
                yield number, records.offset, _at(page, records.offset)
        except ArchiveLoadFailed as error:
            raise _CutOff(str(error)) from None

    def _page(self, record: Any, number: int) -> Page:
        from crawler import Document

        if record.rec_type in _WORDS:
            self._report.counts[_WORDS[record.rec_type]] += 1
        if not _is_page(record):
            return Page(number, 0)
        url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
        try:
            body = record.content_stream().read(self._most + 1)
        except (OSError, ValueError, zlib.error) as error:
            return Page(number, 0, url, fault=_said(error))
        if len(body) > self._most:
            return Page(number, 0, url, fault=f"above {self._most} bytes")
        document = Document(url, body, record.http_headers.get_header("Content-Type"))
        return Page(number, 0, url, document, _seen(record.rec_headers.get_header("WARC-Date")))


def _check_end(stream: Any, end: int) -> None:
    """See that nothing stands behind the last record: of a packed one that is cut off, nothing may come at all."""
    if stream.seekable():
        stream.seek(end)
        if stream.read(1000).strip(b"\r\n"):
            raise _CutOff("it ends within a record")


class _CutOff(Exception):
    """The file ends before its last record does."""


def _at(page: Page, after: int) -> Page:
    return Page(page.number, after, page.url, page.document, page.seen, page.fault)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _unpacked(stream: BinaryIO) -> Any:
    """Give the file as it is; one packed as a whole, not record by record, unpacked: places are then told in that."""
    peek = getattr(stream, "peek", None)
    if peek is None or not stream.seekable() or peek(2)[:2] != _GZIP:
        return stream
    unpacker = zlib.decompressobj(31)
    text = b""
    while not unpacker.eof and len(text) < 2**20 and (piece := stream.read(2**16)):
        text += unpacker.decompress(piece, 2**20)
    stream.seek(0)
    is_one_record = unpacker.eof or text.count(b"WARC-Record-ID:") < 2
    return stream if is_one_record and not _holds_two(text) else gzip.GzipFile(fileobj=stream)


def _holds_two(text: bytes) -> bool:
    return text.count(b"\r\n\r\nWARC/1.") > 0


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    return url.startswith(("http://", "https://")) and kind in ("text/html", "application/xhtml+xml", "")


def _seen(text: str | None) -> datetime:
    moment = now()
    try:
        seen = datetime.fromisoformat(text or "")
    except ValueError:
        return moment
    return min(moment, seen if seen.tzinfo else seen.replace(tzinfo=moment.tzinfo))


WARC = Warc()
