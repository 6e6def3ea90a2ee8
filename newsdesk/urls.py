"""clean_url(): an address as it is fetched; canonical_url(): one name for one page; page_key(): a proposal."""

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from .tracking import is_session, is_tracking

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_IGNORED = re.compile(r"^[\x00-\x20]+|[\x00-\x20]+$|[\t\r\n]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_PATH_SAFE = "!$&'()*+,/:;=@~%"  # RFC 3986, pchar
_QUERY_SAFE = f"{_PATH_SAFE}?"
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
_FRONT_LABELS = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)", re.IGNORECASE)
_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_AMP_END = re.compile(r"(?:/amp|\.amp)(?=/?$|\.html?$)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^(?:[^/]+\.cdn\.ampproject\.org/[acv]/|www\.google\.[a-z.]+/amp/)(?:s/)?", re.IGNORECASE)
_VIEW_PARAMETERS = {
    "amp": None,
    "_amp": None,
    "m": {"", "0", "1"},
    "mobile": {"", "0", "1", "true", "false"},
    "output": {"amp"},
    "outputtype": {"amp"},
    "print": {"", "1", "true"},
}


def clean_url(url: str) -> str:
    """Give an address as it is fetched and shown: without what only tracks; what is no http(s) address as it is."""
    url = _IGNORED.sub("", url)
    try:
        parts = urlsplit(url)
        host, port, userinfo = _host_port(parts.netloc)
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return url
    authority = host if port in ("", _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    query = _query(parts.query)
    fragment = _escape(parts.fragment, _QUERY_SAFE) if parts.fragment.startswith("!") else ""
    return (
        f"{scheme}://{userinfo}{authority}{_path(parts.path)}"
        + (f"?{query}" if query else "")
        + (f"#{fragment}" if fragment else "")
    )


def canonical_url(url: str) -> str:
    """Give the one name of the page at an address, which all sure spellings of it share and no other page has.

    A name to compare by, not to fetch: it leaves out the scheme's security, `www.`, mobile and AMP forms. What is no
    http(s) address comes back as it is.
    """
    scheme, mark, rest = clean_url(url).partition("://")
    if not mark:
        return scheme
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    cached = _AMP_CACHE.match(rest)
    if cached and "/" in rest[cached.end() :]:
        rest = rest[cached.end() :]
    authority, _, path = rest.partition("/")
    path = f"/{path}"
    if path.lower().startswith("/amp/"):
        path = path[4:]
    path = _AMP_END.sub("", path)
    query = "&".join(sorted(part for part in query.replace("+", "%20").split("&") if part and not _only_view(part)))
    # A port of its own speaks one scheme only.
    scheme = scheme if ":" in authority.rpartition("]")[2] else "https"
    return (
        f"{scheme}://{_bare(authority)}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    )


def page_key(url: str) -> str:
    """Give a key that addresses of one page share, and now and then those of two: content has to confirm."""
    name, mark, rest = canonical_url(url).partition("://")
    if not mark:
        return name
    rest, hash, fragment = rest.partition("#")
    rest, question, query = rest.partition("?")
    host, _, path = rest.partition("/")
    path = re.sub("/{2,}", "/", f"/{path}").rstrip("/")
    return f"{host}{_INDEX_FILE.sub('', path).rstrip('/')}{question}{query}{hash}{fragment}"


def site_of(url: str) -> str:
    """Give the host without `www.` and its like: an outlet's site; a port that is not the default stays."""
    _, mark, rest = clean_url(url).partition("://")
    return _bare(re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]) if mark else ""


def same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one site, a sub-domain counting as its parent's."""
    a, b = site_of(one), site_of(other)
    return bool(a) and (a == b or a.endswith(f".{b}") or (bool(b) and b.endswith(f".{a}")))


def _bare(host: str) -> str:
    while _FRONT_LABELS.match(host):
        host = _FRONT_LABELS.sub("", host)
    return host


def _only_view(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    if name not in _VIEW_PARAMETERS:
        return False
    values = _VIEW_PARAMETERS[name]
    return values is None or value.lower() in values


def _host_port(netloc: str) -> tuple[str, str, str]:
    """Split the authority; raises ValueError when the host can be no name."""
    userinfo, at, address = netloc.rpartition("@")
    if address.startswith("["):
        host, _, port = address.partition("]")
        return f"{host}]".lower(), port.removeprefix(":"), userinfo + at
    host, _, port = address.partition(":")
    return _ascii_host(host), port.lstrip("0") if port.isascii() else port, userinfo + at


def _ascii_host(host: str) -> str:
    host = unquote_to_bytes(host).decode("utf-8") if "%" in host else host
    if not host.isascii():
        import idna  # its tables are large, and few hosts need them

        try:
            host = idna.encode(host.rstrip("."), uts46=True, transitional=False).decode("ascii")
        except idna.IDNAError:
            host = host.rstrip(".").encode("idna").decode("ascii")  # the older rules know emoji
    return host.lower().rstrip(".")


def _path(path: str) -> str:
    path = _SESSION_IN_PATH.sub("", _escape(path.replace("\\", "/"), _PATH_SAFE))
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
    if not query:
        return ""
    kept = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and not is_tracking(name, value) and not is_session(name, value):
            kept.append(part)
    return _escape("&".join(kept), _QUERY_SAFE)


def _escape(text: str, safe: str) -> str:
    """Write escapes one way: those of plain letters undone, the others in capitals, what is missing added."""
    if "%" in text:
        text = _ESCAPE.sub(_one_escape, _LONE_PERCENT.sub("%25", text))
    return quote(text, safe=safe, errors="replace")


def _one_escape(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{found[1].upper()}"
