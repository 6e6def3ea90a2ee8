"""clean_url(): an address as it is fetched; canonical_url(): one name for one page; page_key(): a proposal."""

import re
from ipaddress import IPv6Address
from typing import NamedTuple
from unicodedata import is_normalized, normalize
from urllib.parse import quote, unquote_to_bytes, urlsplit

from .tracking import is_pass, is_session, is_tracking
from .views import has_view_host, is_blogger_view, is_page, is_view, out_of_cache, page_host, page_path

_DEFAULT_PORTS = {"http": "80", "https": "443"}
# Spaces and marks that no address begins or ends with, and what browsers take out of its middle.
_AROUND = "\x00-\x20\x7f\xa0\u200b-\u200f\u2028\u2029\u2060\ufeff"
_IGNORED = re.compile(f"^[{_AROUND}]+|[{_AROUND}]+$|[\t\r\n]")
_PLAIN = re.compile(r"(https?)://((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)((?:/(?:[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)?)+)")
_LITERALLY = re.compile(r"&(?:amp;|#0*38;)+", re.IGNORECASE)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Servers read these alike, escaped or not; what divides a path or a query stays as it is.
_ALIKE_IN_PATH = _UNRESERVED | frozenset(b"!$'()*,:@")
_ALIKE_IN_QUERY = _ALIKE_IN_PATH | frozenset(b"/?")
_ALIKE_IN_VALUE = _ALIKE_IN_QUERY | frozenset(b"=")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_ESCAPED_RUN = re.compile("(?:(?<!%)(?<!%[0-9A-F])[A-Za-z])?(?:%[89A-F][0-9A-F])+")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_PATH_SAFE = "!$&'()*+,/:;=@~%"  # RFC 3986, pchar
_QUERY_SAFE = f"{_PATH_SAFE}?"
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
_NO_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")  # WHATWG URL, 3.2: forbidden domain code points
_COOKIELESS = re.compile(r"/(?:\(|%28)(?:[A-Z](?:\(|%28)[0-9a-z]{24}(?:\)|%29))+(?:\)|%29)(?=/)", re.IGNORECASE)
_PIECES = re.compile("([;?]|%3B|%3F)")
_EQUALS = re.compile("=|%3D")
_ROUTE = re.compile("[!/].*[^!/]")
_SLASHES = re.compile("/{2,}")
_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:x?html?|php|aspx?|jsp)$", re.IGNORECASE)
_OTHER_VIEWS = re.compile(r"^/(?:amp|m|mobile|print)(?=/.)|/(?:amp|print)(?=/?$|\.html?$)", re.IGNORECASE)


class _Parts(NamedTuple):
    """An http address, each part in its clean form."""

    scheme: str
    userinfo: str
    host: str
    port: str
    path: str
    query: str = ""
    fragment: str = ""

    def __str__(self) -> str:
        port = self.port and f":{self.port}"
        query = self.query and f"?{self.query}"
        fragment = self.fragment and f"#{self.fragment}"
        return f"{self.scheme}://{self.userinfo}{self.host}{port}{self.path}{query}{fragment}"


def clean_url(url: str) -> str:
    """Give an address as it is fetched and shown: without what only tracks; what is no http(s) address as it is."""
    if _PLAIN.fullmatch(url):
        return url
    parts = _parts(url)
    return _IGNORED.sub("", url) if parts is None else str(parts)


def canonical_url(url: str) -> str:
    """Give the one name of the page at an address, which all sure plain_addresses of it share and no other page has.

    A name to compare by, not to fetch: it leaves out the scheme's security, `www.`, mobile and AMP forms. A slash at
    the end counts, for it tells pages apart on some sites. What is no http(s) address comes back as it is.
    """
    parts = _parts(url)
    return _IGNORED.sub("", url) if parts is None else str(_named(parts))


def page_key(url: str) -> str:
    """Give a key that addresses of one page share, and now and then those of two: content has to confirm."""
    parts = _parts(url)
    if parts is None:
        return _IGNORED.sub("", url)
    name = _named(parts)
    path = _SLASHES.sub("/", name.path)
    path = _INDEX_FILE.sub("", _OTHER_VIEWS.sub("", path)).rstrip("/")
    return str(name._replace(path=path)).partition("://")[2]


def is_view_url(url: str) -> bool:
    """Tell whether an address asks for another form of a page: AMP, mobile or print, or a cache's copy."""
    parts = _parts(url)
    if parts is None:
        return False
    if has_view_host(parts.host) or page_path(parts.path) != parts.path or _uncached(parts):
        return True
    return _page_query(parts.query, parts.path) != _page_query(parts.query, parts.path, views=True)


def plain_addresses(url: str) -> tuple[str, ...]:
    """Give the addresses, in their clean form, that a page is mostly known by: with and without `www.`, http, https."""
    parts = _parts(url)
    if parts is None:
        return (_IGNORED.sub("", url),)
    parts = _uncached(parts) or parts
    name = _named(parts)
    query = _page_query(parts.query, parts.path) and "&".join(
        part for part in parts.query.split("&") if _page_query(part, parts.path)
    )
    schemes = (parts.scheme,) if parts.port else ("https", "http")
    hosts = (name.host, f"www.{name.host}") if page_host(f"www.{name.host}") == name.host else (name.host,)
    page = parts._replace(path=page_path(parts.path), query=query)
    return tuple(str(page._replace(scheme=scheme, host=host)) for scheme in schemes for host in hosts)


def names_article(url: str) -> bool:
    """Tell whether an address looks like that of an article: front pages and lists are claimed by many by mistake."""
    parts = _parts(url)
    return parts is not None and (bool(parts.query or parts.fragment) or is_page(parts.path))


def site_of(url: str) -> str:
    """Give the host without `www.` and its like: an outlet's site; a port that is not the default stays."""
    parts = _parts(url)
    if parts is None:
        return ""
    return page_host(parts.host) + (parts.port and f":{parts.port}")


def same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one site, a sub-domain counting as its parent's."""
    a, b = site_of(one), site_of(other)
    return bool(a) and (a == b or a.endswith(f".{b}") or (bool(b) and b.endswith(f".{a}")))


def _named(parts: _Parts) -> _Parts:
    """Give what of an address names the page."""
    parts = _uncached(parts) or parts
    path = parts.path
    if "%" in path:
        path = _unescape(path, _ALIKE_IN_PATH)
    path = page_path(path)
    return _Parts(
        # A port of its own speaks one scheme only.
        parts.scheme if parts.port else "https",
        parts.userinfo,
        page_host(parts.host),
        parts.port,
        path,
        parts.query and _page_query(parts.query, path),
        parts.fragment,
    )


def _uncached(parts: _Parts) -> _Parts | None:
    """Give the address that an AMP cache serves here; None where it is no cache's."""
    inner = None if parts.port else out_of_cache(parts.host, parts.path)
    return _parts(f"{inner}?{parts.query}#{parts.fragment}") if inner else None


def _page_query(query: str, path: str, *, views: bool = False) -> str:
    """Give the parameters that name the page, sorted by name: the values of one name keep their order."""
    kept = []
    for part in query.replace("+", "%20").split("&"):
        name, _, value = part.partition("=")
        if "%" in part:
            name, value = _unescape(name, _ALIKE_IN_QUERY), _unescape(value, _ALIKE_IN_VALUE)
        if (name or value) and not is_pass(name) and (views or not is_view(name, value)):
            kept.append((name, value))
    kept.sort(key=lambda parameter: parameter[0])
    if len(kept) == 1 and not views and is_blogger_view(*kept[0], path):
        return ""
    return "&".join(f"{name}={value}" if value else name for name, value in kept)


def _parts(url: str) -> _Parts | None:
    """Take an address apart; None where it is none that http leads to."""
    if plain := _PLAIN.fullmatch(url):
        return _Parts(plain[1], "", plain[2], "", plain[3])
    url = _IGNORED.sub("", url)
    if "\\" in url:
        head = re.split("[?#]", url, maxsplit=1)[0]
        url = head.replace("\\", "/") + url[len(head) :]
    if "&" in url:
        head, mark, rest = url.partition("?")
        url = head + mark + _LITERALLY.sub("&", rest)
    try:
        split = urlsplit(url)
        host, port, userinfo = _host_port(split.netloc)
    except ValueError:
        return None
    scheme = split.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    return _Parts(
        scheme,
        userinfo,
        host,
        "" if port == _DEFAULT_PORTS[scheme] else port,
        _path(split.path),
        split.query and _query(split.query),
        split.fragment and _route(split.fragment),
    )


def _host_port(netloc: str) -> tuple[str, str, str]:
    """Split the authority; raises ValueError when the host can be no name."""
    userinfo, at, address = netloc.rpartition("@")
    userinfo = userinfo + at if userinfo.strip(":") else ""
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        return f"[{_ipv6(host)}]", port.removeprefix(":").lstrip("0"), userinfo
    host, _, port = address.partition(":")
    return _ascii_host(host), port.lstrip("0") if port.isascii() else port, userinfo


def _ipv6(host: str) -> str:
    try:
        return IPv6Address(host).compressed
    except ValueError:
        return host.lower()


def _ascii_host(host: str) -> str:
    host = unquote_to_bytes(host).decode("utf-8") if "%" in host else host
    if not host.isascii():
        import idna  # its tables are large, and few hosts need them

        try:
            host = idna.encode(host.rstrip("."), uts46=True, transitional=False).decode("ascii")
        except idna.IDNAError:
            host = host.rstrip(".").encode("idna").decode("ascii")  # the older rules know emoji
    if _NO_HOST.search(host):
        raise ValueError(host)
    return host.lower().rstrip(".")


def _path(path: str) -> str:
    path = _escape(path, _PATH_SAFE)
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    if "(" in path or "%28" in path:
        path = _COOKIELESS.sub("", path)
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    kept = (_without_tracking(part) for part in _escape(query, _QUERY_SAFE).split("&"))
    return "&".join(part for part in kept if part)


def _without_tracking(part: str) -> str:
    """Give one parameter, or nothing; what some feeds append behind a second `?` or a `;` is looked at by itself."""
    if ";" not in part and "?" not in part and "%3" not in part:
        name, _, value = part.partition("=")
        return "" if _is_idle(name, value) else part
    pieces = _PIECES.split(part)
    name, _, value = pieces[0].partition("=")
    kept = "" if _is_idle(name, value) else pieces[0]
    for mark, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        name, *values = _EQUALS.split(piece, maxsplit=1)
        if not (values and _is_idle(name, values[0])):
            kept = f"{kept}{mark}{piece}" if kept else piece
    return kept


def _is_idle(name: str, value: str) -> bool:
    return is_tracking(name, value) or is_session(name, value)


def _route(fragment: str) -> str:
    """Give a fragment that names a page, as on sites of a single document, without what only tracks."""
    path, _, query = _escape(fragment.partition(":~:")[0], _QUERY_SAFE).partition("?")
    query = query and _query(query)
    route = f"{path}?{query}" if query else path
    return route if _ROUTE.fullmatch(route) else ""


def _escape(text: str, safe: str) -> str:
    """Write escapes one way: those of plain letters undone, the others in capitals, what is missing added."""
    if "%" in text:
        text = _ESCAPE.sub(_one_escape, _LONE_PERCENT.sub("%25", text))
    return quote(text, safe=safe, errors="replace")


def _one_escape(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{found[1].upper()}"


def _unescape(text: str, alike: frozenset[int]) -> str:
    """Undo the escapes of `alike`, and write letters that can be put together in two ways in one."""

    def one(found: re.Match[str]) -> str:
        byte = int(found[1], 16)
        return chr(byte) if byte in alike else found[0]

    text = _ESCAPE.sub(one, text)
    try:
        letters = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return text
    return text if is_normalized("NFC", letters) else _ESCAPED_RUN.sub(_composed, text)


def _composed(found: re.Match[str]) -> str:
    letters = unquote_to_bytes(found[0]).decode("utf-8")
    composed = normalize("NFC", letters)
    # A few signs are written anew as one that divides an address, the Greek question mark as a semicolon.
    divides = any(letter.isascii() and letter not in letters for letter in composed)
    return found[0] if divides else quote(composed, safe="")
