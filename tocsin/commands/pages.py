"""tocsin pages: the pages of one article as they came, kept as evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from newsdesk import StorageError, clean_url, instant
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError, inert

if TYPE_CHECKING:
    from crawler import KeptPage


def command(
    url: str,
    *,
    version: int | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"]), OrStream] = None,
    json: Json = False,
    call: Here,
) -> int:
    """List the pages that are kept of an article (`archive.keep_pages`), or write one out, held against its hash.

    Parameters
    ----------
    url: str
        Its address, or its id.
    version: int | None
        Which of them to write: 1 is the oldest; else the newest.
    output: Path | None
        Write the page as it came to this file, - for standard output.
    """
    folder = Path(call.settings.archive.pages_folder)
    kept = _kept(call, url)
    if not kept:
        raise StorageError(f"{url}: no page of it is kept; archive.keep_pages in tocsin.yaml has pages kept")
    if output is not None:
        return _write(call, _chosen(kept, version), folder, output)
    sound = True
    for number, page in enumerate(kept, 1):
        trouble = _trouble(page, folder)
        sound = sound and trouble is None
        if json:
            call.emit(_as_json(number, page, trouble))
        else:
            state = "sound" if trouble is None else inert(trouble)
            call.say(f"{number:>3}  {instant(page.fetched_at)}  {page.file}:{page.offset}  {page.digest}  {state}")
    return 0 if sound else 1


def _kept(call: Invocation, url: str) -> list[KeptPage]:
    from crawler import kept_pages
    from newsdesk import Desk

    database = call.open_database()
    try:
        with database.read() as session:
            filed = Desk(database).find(session, url)
        addresses = [clean_url(url)] if "://" in url else []
        return kept_pages(database, filed.id if filed else url, addresses)
    finally:
        database.close()


def _chosen(kept: list[KeptPage], version: int | None) -> KeptPage:
    if version is not None and not 1 <= version <= len(kept):
        raise UsageError(f"--version {version}: there are versions 1 to {len(kept)}")
    return kept[-1 if version is None else version - 1]


def _write(call: Invocation, page: KeptPage, folder: Path, output: Path) -> int:
    body = page.body(folder)
    if str(output) == "-":
        sys.stdout.buffer.write(body)
        return 0
    try:
        output.write_bytes(body)
    except OSError as error:
        raise UsageError(f"-o {output}: cannot be written: {error.strerror}") from None
    call.say(f"wrote {output} ({len(body)} bytes), fetched {instant(page.fetched_at)}, {page.digest}")
    return 0


def _trouble(page: KeptPage, folder: Path) -> str | None:
    try:
        page.body(folder)
    except StorageError as error:
        return str(error)
    return None


def _as_json(number: int, page: KeptPage, trouble: str | None) -> dict[str, object]:
    return {
        "version": number,
        "url": page.url,
        "article": page.article,
        "fetched_at": instant(page.fetched_at),
        "digest": page.digest,
        "file": page.file,
        "offset": page.offset,
        "trouble": trouble,
    }
