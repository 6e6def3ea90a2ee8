"""Document: what an outlet's server sent, before anybody has read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One answer of a server: the address it came from, its bytes (after decompression), its Content-Type header."""

    url: str
    body: bytes
    content_type: str | None = None
