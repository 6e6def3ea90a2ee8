"""Answer: what came of one GET, the validators it carries, and where a redirect leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin

from scrapy.http import Response
from w3lib.url import safe_url_string

from newsdesk import FetchError, FetchFailure, clean_url

from ..document import Document
from .coding import unpack

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
BUSY = frozenset({429, 503})
_WHOLE = frozenset({200, 203})
_LISTS = frozenset({"cache-control", "link", "vary", "warning", "content-encoding"})
"""Headers whose lines add up to one list (RFC 9110 5.3); of all others the last line counts."""
_LONGEST_VALIDATOR = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one GET: `url` is where it came from in the end, `hops` the addresses before it."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hops: tuple[str, ...] = ()
    moved: bool = False
    """Every redirect on the way was a permanent one."""
    conditional: bool = False
    """The last request said what was known already."""
    ip: str | None = None
    """The address of the machine that answered."""

    @property
    def document(self) -> Document:
        """Give the answer as something to read."""
        return Document(self.url, self.body, self.headers.get("content-type"))

    @property
    def is_not_modified(self) -> bool:
        """Tell whether it says that nothing has changed; to a request that did not ask, 304 says nothing."""
        return self.status == 304 and self.conditional

    @property
    def is_whole(self) -> bool:
        """Tell whether it brings the document: no part of it that nobody asked for, no promise, no puzzle to solve."""
        return self.status in _WHOLE and "challenge" not in self.headers.get("cf-mitigated", "").lower()

    @property
    def refusal(self) -> str:
        """Give in words why it is not whole."""
        if self.status in _WHOLE:
            return "the server answered with a challenge for browsers"
        said = {206: " with a part that nobody asked for", 304: " though it was not asked what had changed"}
        return f"the server answered {self.status}{said.get(self.status, '')}"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of a document's state, byte for byte, and the canonical address that it belongs to."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Validators":
        """Take them from an answer."""
        etag, modified = (_storable(answer.headers.get(name)) for name in ("etag", "last-modified"))
        return cls(clean_url(answer.url), etag, modified)

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that ask whether the document has changed."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}

    def asking(self, url: str) -> dict[str, str]:
        """Give the headers for a request to `url`: none where they belong to another address."""
        return self.headers if self.url == clean_url(url) else {}


def _storable(value: str | None) -> str | None:
    """Give a validator back as it came, or nothing: one that was mended would be one that was invented."""
    if not value or len(value) > _LONGEST_VALIDATOR or any(ord(letter) < 32 and letter != "\t" for letter in value):
        return None
    return value


def header_of(response: Response, name: str) -> str | None:
    """Give a header of one value, in Latin-1, which keeps every byte."""
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")


def target_of(response: Response) -> str | None:
    """Give where a redirect leads, or None when the answer is none. Raises FetchError."""
    location = header_of(response, "location") if response.status in REDIRECTS else None
    if not location:
        return None
    try:
        # Servers write raw UTF-8 there, which headers carry as Latin-1.
        target = urljoin(response.url, location.encode("latin-1").decode("utf-8", "replace").strip())
        return urldefrag(str(safe_url_string(target)))[0]
    except ValueError:
        raise FetchError(FetchFailure.NETWORK, "a redirect leads to a malformed address") from None


def answer_of(
    url: str,
    response: Response,
    most: int,
    *,
    hops: tuple[str, ...] = (),
    moved: bool = False,
    conditional: bool = False,
) -> Answer:
    """Give the answer that a response makes, unpacked up to `most` bytes. Raises FetchError."""
    headers = {
        name.decode("latin-1").lower(): _joined(name.decode("latin-1").lower(), values)
        for name, values in response.headers.items()
    }
    return Answer(
        url=url,
        status=response.status,
        body=_body(response, headers.pop("content-encoding", ""), most),
        headers=headers,
        hops=hops,
        moved=moved,
        conditional=conditional,
        ip=str(response.ip_address) if response.ip_address else None,
    )


def _joined(name: str, values: list[bytes]) -> str:
    return (b", ".join(values) if name in _LISTS else values[-1] if values else b"").decode("latin-1")


def _body(response: Response, coding: str, most: int) -> bytes:
    try:
        return unpack(response.body, coding, most)
    except FetchError:
        if 200 <= response.status < 300:
            raise
        # What an error page would have said is of no use.
        return b""
