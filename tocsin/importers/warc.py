"""WARC: the pages of a web archive, read as if they had just been fetched."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from newsdesk import ReadingError, TocsinError
from tocsin.importer import Dated, Importer, Report, Task, can_be_article, file_all, now
from tocsin.reading import outlet_of, slug_of, to_article


class Warc(Importer):
    """Each answer of status 200 that is HTML is a page."""

    name = "warc"
    suffixes = (".warc", ".warc.gz")

    def run(self, task: Task) -> Report:
        """File every page that is an article."""
        report = Report()
        file_all(task, self._articles(task, report), report)
        return report

    def _articles(self, task: Task, report: Report) -> Iterator[Dated]:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed

        from crawler import load_outlets

        outlets = load_outlets(task.call.folder / "outlets")[0]
        most = task.call.settings.crawl.max_page
        try:
            for number, record in enumerate(ArchiveIterator(task.stream), 1):
                if not _is_page(record):
                    continue
                if (dated := _article(record, outlets, most, task, report, number)) is not None:
                    yield dated
        except ArchiveLoadFailed as error:
            raise TocsinError(f"{task.path}: is not a whole WARC file: {str(error).strip()}") from None


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml", "")


def _article(record: Any, outlets: list[Any], most: int, task: Task, report: Report, number: int) -> Dated | None:
    from crawler import Document, ReadingKind, read_page, rules_of

    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    outlet = outlet_of(url, outlets) if url.startswith(("http://", "https://")) else None
    try:
        body = record.content_stream().read(most + 1)
        if len(body) > most:
            raise ReadingError(f"above {most} bytes")
        document = Document(url, body, record.http_headers.get_header("Content-Type"))
        reading = read_page(document, rules_of(outlet) if outlet else None)
    except (TocsinError, OSError, ValueError) as error:
        task.refuse(report, f"record {number}", f"{url}: {error}")
        return None
    if reading.kind != ReadingKind.ARTICLE:
        report.counts["not_an_article"] += 1
        return None
    article = to_article(reading, outlet.slug if outlet else slug_of(urlsplit(url).hostname or ""))
    if fault := can_be_article(article):
        task.refuse(report, f"record {number}", f"{url}: {fault}")
        return None
    return Dated(article, _seen(record.rec_headers.get_header("WARC-Date")))


def _seen(text: str | None) -> datetime:
    moment = now()
    try:
        seen = datetime.fromisoformat(text or "")
    except ValueError:
        return moment
    return min(moment, seen if seen.tzinfo else seen.replace(tzinfo=moment.tzinfo))


WARC = Warc()
