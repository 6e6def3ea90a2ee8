"""Warc: pages as records of WARC files (ISO 28500), each packed by itself; the files grow by whole records only."""

import fcntl
import logging
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger("tocsin.crawler")

MOST_BYTES = 100_000_000
"""A file that has grown so long is followed by the next of its day."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-\d{1,6}\.warc\.gz")
_LEFT_OUT = frozenset({
    "authorization", "connection", "content-encoding", "content-length", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "set-cookie", "set-cookie2", "te", "trailer", "transfer-encoding", "upgrade",
    "www-authenticate",
})  # fmt: skip
"""What belongs to the connection, not to the page, or to nobody else: cookies, and how the body was packed."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A page as it came: its bytes after decompression, and of what article it became a text."""

    url: str
    """Where it came from in the end."""
    asked: str
    """The address that was asked for."""
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    article: str
    ip: str | None = None
    is_rendered: bool = False
    """The body is what a browser made of the page."""

    @property
    def digest(self) -> str:
        """Give the hash by which the body is known again."""
        return f"sha256:{sha256(self.body).hexdigest()}"


class Damaged(ValueError):
    """There is no whole record at the place."""


def record_of(page: Evidence) -> bytes:
    """Give a page as a packed response record, with the digests of WARC and one of its own."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    about = {
        "WARC-Date": page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "WARC-IP-Address": page.ip,
        "Tocsin-Asked": page.asked if page.asked != page.url else None,
        "Tocsin-Article": page.article,
        "Tocsin-Body-Digest": page.digest,
        "Tocsin-Rendered": "as a browser shows it" if page.is_rendered else None,
    }
    said = [(name, " ".join(value.split())) for name, value in page.headers.items() if name.lower() not in _LEFT_OUT]
    said.append(("content-length", str(len(page.body))))
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    record = writer.create_warc_record(
        page.url,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),  # else it is copied first
        http_headers=StatusAndHeaders(f"{page.status} {_reason(page.status)}", said, protocol="HTTP/1.1"),
        warc_headers_dict={name: value for name, value in about.items() if value},
    )
    writer.write_record(record)
    return out.getvalue()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def body_at(path: Path, offset: int) -> tuple[bytes, str | None]:
    """Give the body of the record that begins at `offset`, and the digest that the record tells.

    Raises Damaged, or OSError when there is no such file.
    """
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as file:
        file.seek(offset)
        packed = next(_members(file), None)
    if packed is None:
        raise Damaged("there is no whole record")
    try:
        record = next(iter(ArchiveIterator(BytesIO(packed))))
        return record.raw_stream.read(), record.rec_headers.get_header("Tocsin-Body-Digest")
    except Exception as error:
        raise Damaged(f"the record cannot be read: {error}") from error


def _members(file: BinaryIO) -> Iterator[bytes]:
    """Give the bytes of each whole gzip member from where the file stands. Raises Damaged where none begins."""
    rest = b""
    while True:
        unpacker, packed = zlib.decompressobj(31), bytearray()
        while not unpacker.eof:
            chunk = rest or file.read(_CHUNK)
            rest = b""
            if not chunk:
                return
            try:
                unpacker.decompress(chunk)
            except zlib.error as error:
                raise Damaged(str(error)) from error
            packed += chunk
        rest = unpacker.unused_data
        yield bytes(packed[: len(packed) - len(rest)])


def _end_of(path: Path, start: int) -> int:
    """Give where the last whole record ends. Raises Damaged where something else than the beginning of one follows."""
    with path.open("rb") as file:
        file.seek(start)
        try:
            return start + sum(map(len, _members(file)))
        except Damaged:
            if not start:
                raise
    return _end_of(path, 0)


def day_of(name: str) -> date | None:
    """Give the day of a file of pages by its name; None where it is no such file."""
    found = _NAME.fullmatch(name)
    return date.fromisoformat(found[1]) if found else None


class Volume:
    """One file, open for this process alone. A write that fails, or is cut off by a crash, leaves whole records."""

    def __init__(self, path: Path, handle: int) -> None:
        """Go on with an open and locked file; `Volume.open` gives one."""
        self.path, self._handle = path, handle
        self.size = os.fstat(handle).st_size

    @classmethod
    def open(cls, folder: Path, day: date, last: Callable[[str], int] = lambda name: 0) -> "Volume":
        """Open the day's first file that is neither full, nor damaged, nor another process's. Raises OSError.

        `last` gives by the file's name where a record is known to begin: what stands before it is not looked at.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1_000_000):
            path = folder / f"{day.isoformat()}-{number}.warc.gz"
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                continue
            volume = cls(path, handle)
            if not volume.is_full and volume.mend(last(path.name)):
                return volume
            volume.close()
        raise OSError(f"{folder}: too many files for one day")

    @property
    def is_full(self) -> bool:
        """Tell whether the next file is to follow."""
        return self.size >= MOST_BYTES

    def mend(self, start: int) -> bool:
        """Take off a record that was cut off at the end; gives False where the file is damaged: then it is left."""
        try:
            end = _end_of(self.path, start if start < self.size else 0)
        except Damaged as error:
            log.error("a file of pages is damaged", extra={"file": str(self.path), "problem": str(error)})
            return False
        if end < self.size:
            log.warning("a page cut off was removed", extra={"file": str(self.path), "bytes": self.size - end})
            os.ftruncate(self._handle, end)
            self.size = end
        return True

    def append(self, record: bytes) -> int:
        """Add a record; gives where it begins. Raises OSError, with the file as it was."""
        offset, view = self.size, memoryview(record)
        try:
            while view:
                view = view[os.pwrite(self._handle, view, self.size + len(record) - len(view)) :]
        except OSError:
            os.ftruncate(self._handle, offset)
            raise
        self.size += len(record)
        return offset

    def close(self) -> None:
        """Let the file go, and its lock with it."""
        os.close(self._handle)
