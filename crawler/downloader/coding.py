"""Coding: what a server compressed, unpacked within bounds; what is cut short or damaged is no document."""

import re
import sys
import zlib
from collections.abc import Callable
from typing import TypeVar

import brotli

from newsdesk import FetchError, FetchFailure

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_Bytes = TypeVar("_Bytes", bytes, bytearray)

_PIECE = 65_536
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PACKED = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
# What careless servers write there though nothing is packed: charsets, and words for "as it is".
_PLAIN = re.compile(r"|identity|none|binary|[78]bit|utf-?8|us-ascii|iso-8859-\d+|windows-\d+|chunked|text/.*")


class _Damaged(FetchError):
    def __init__(self, what: str) -> None:
        super().__init__(FetchFailure.NETWORK, f"the answer {what}")


def unpack(body: bytes, label: str, most: int) -> bytes:
    """Undo the one coding that Content-Encoding names, up to `most` bytes (RFC 9110 8.4). Raises FetchError."""
    codings = [coding for part in label.split(",") if not _PLAIN.fullmatch(coding := part.strip().lower())]
    if not codings or not body:
        return _within(body, most)
    if len(codings) > 1:
        raise _Damaged("is compressed more than once")
    if codings[0] not in _PACKED:
        raise _Damaged(f"is compressed by {codings[0][:40]!r}, which nobody asked for")
    return _UNPACK[codings[0]](body, most)


def _gunzip(body: bytes, most: int) -> bytes:
    if not body.startswith(_GZIP):
        return _mislabelled(body, most)
    pieces: list[bytes] = []
    left = most
    # Members may follow one another (RFC 1952 2.2); what follows them and is none is padding.
    while body.startswith(_GZIP):
        stream = zlib.decompressobj(31)
        pieces.append(_inflated(stream, body, left))
        left -= len(pieces[-1])
        body = stream.unused_data
    return b"".join(pieces)


def _inflate(body: bytes, most: int) -> bytes:
    try:
        return _inflated(zlib.decompressobj(), body, most)
    except _Damaged:
        pass
    # Some servers leave the wrapping of zlib out (RFC 9110 8.4.1.2).
    try:
        return _inflated(zlib.decompressobj(-15), body, most)
    except _Damaged:
        if _looks_plain(body):
            return _within(body, most)
        raise


def _inflated(stream: "zlib._Decompress", body: bytes, most: int) -> bytes:
    try:
        plain = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise _Damaged(f"is damaged: {error}") from None
    _within(plain, most)
    if not stream.eof:
        raise _Damaged("is cut short")
    return plain


def _unbrotli(body: bytes, most: int) -> bytes:
    stream, plain, piece = brotli.Decompressor(), bytearray(), b""
    try:
        piece = stream.process(body, output_buffer_limit=_PIECE)
        while piece:
            plain += piece
            _within(plain, most)
            piece = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_PIECE)
    except brotli.error as error:
        if _looks_plain(body):
            return _within(body, most)
        raise _Damaged(f"is damaged: {error}") from None
    if not stream.is_finished():
        raise _Damaged("is cut short")
    return bytes(plain)


def _unzstd(body: bytes, most: int) -> bytes:
    if not body.startswith(_ZSTD):
        return _mislabelled(body, most)
    plain = bytearray()
    # Frames may follow one another (RFC 8878 3.1).
    while body.startswith(_ZSTD):
        stream = zstd.ZstdDecompressor()
        piece, more = b"", body
        try:
            while not stream.eof:
                piece, more = stream.decompress(more, _PIECE), b""
                plain += piece
                _within(plain, most)
                if not piece and stream.needs_input:
                    raise _Damaged("is cut short")
        except zstd.ZstdError as error:
            raise _Damaged(f"is damaged: {error}") from None
        body = stream.unused_data
    return bytes(plain)


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}


def _mislabelled(body: bytes, most: int) -> bytes:
    """Take a text that is called compressed and is not for what it is."""
    if not _looks_plain(body):
        raise _Damaged("is not compressed as it says")
    return _within(body, most)


def _looks_plain(body: bytes) -> bool:
    head = body[:1024]
    return not any(byte < 9 or 13 < byte < 32 for byte in head) and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in b"<{["


def _within(body: _Bytes, most: int) -> _Bytes:
    if len(body) > most:
        raise FetchError(FetchFailure.TOO_LARGE, f"the answer is above {most} bytes")
    return body
