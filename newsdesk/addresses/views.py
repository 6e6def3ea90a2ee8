"""What of an address chooses only a view of a page: its AMP, mobile or print form, or a cache that serves it."""

import re

_FRONT = re.compile(r"^(?:www\d{0,2}|m|mobile|mobil|touch|wap|3g|pda|amp)\.|^amp-|\.(?:m|mobile|amp)\.")
_WWW = re.compile(r"www\d{0,2}")
_FRONT_LABELS = frozenset("m mobile mobil touch wap 3g pda amp".split())  # noqa: SIM905  (a table)
_INNER_LABELS = frozenset(("m", "mobile", "amp"))
# Under these everybody registers names: `m.co.uk` is no mobile form of `co.uk`, nor `amp.github.io` of `github.io`.
_SECOND_LEVELS = frozenset("co com org net gov edu ac or ne go gob mil gen nom asso".split())  # noqa: SIM905
_HOSTERS = frozenset(
    """
    blogspot.com wordpress.com substack.com tumblr.com livejournal.com medium.com ghost.io beehiiv.com github.io
    gitlab.io netlify.app vercel.app pages.dev web.app herokuapp.com weebly.com wixsite.com
    """.split()  # noqa: SIM905
)

_ANY_AMP = re.compile(r"[/.]amp(?:[/._]|$)", re.IGNORECASE)
_AMP_TAIL = re.compile(r"^(/.*[^/])/amp(/?)$", re.IGNORECASE)
_AMP_HEAD = re.compile(r"^/amp(/.+)$", re.IGNORECASE)
_AMP_AMID = re.compile(r"^(/[^/]+)/amp(/.*)$", re.IGNORECASE)  # BBC: /news/amp/world-1234567
_AMP_NAME = re.compile(r"/amp_(?=[a-z]+/)", re.IGNORECASE)  # The Times of India: /amp_articleshow/1.cms
_AMP_SUFFIX = re.compile(r"(?<=[^/.])\.amp(?:/?$|(?=\.html?$))", re.IGNORECASE)
_DATED_ARCHIVE = re.compile(r"(?:^|/)(?:19|20)\d\d(?:/\d{1,2}){0,2}/?$")
_NUMBERED_PAGE = re.compile(r"/(?:page|seite|pagina)/\d+/?$", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{5}")
_LONG_NAME = 24
_LISTS = frozenset(
    """
    tag tags topic topics hashtag category categories section sections search author authors people profile user users
    label labels keyword keywords archive archives wiki glossary dictionary term terms thema themen theme themes tema
    temas sujet dossier series product products shop store gear music audio company companies stock stocks symbol quote
    """.split()  # noqa: SIM905
)
_CACHED = re.compile(
    r"(?:(?:[^/]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/(?:[acv]|wp)|(?:google(?:\.[a-z]{2,3}){1,2}|bing\.com)/amp)"
    r"/(s/)?(?=[^/]+\.[^/.]+(?:/|$))"
)
_MOST_STEPS = 6

_SWITCH = frozenset(("", "0", "1", "true", "false", "yes", "no", "y", "n", "on", "off"))
_SWITCHES = {
    **dict.fromkeys(("amp", "_amp", "wpamp", "isamp", "is_amp"), _SWITCH | {"amp"}),
    **dict.fromkeys(("noamp", "nonamp", "no_amp"), _SWITCH | {"available", "mobile"}),
    **dict.fromkeys(("mobile", "ismobile", "desktop"), _SWITCH),
    **dict.fromkeys(("print", "printable", "printview", "print_view", "printerfriendly", "isprint"), _SWITCH),
}
_FORMS = frozenset("view viewmode mode format output outputtype layout template style version display".split())  # noqa: SIM905
_FORM_VALUES = frozenset("amp mobile print printable printer printer-friendly printerfriendly".split())  # noqa: SIM905
_SCRIPT = re.compile(r"(?:/|\.(?:php\d?|aspx?|cgi|pl|jsp|do))$", re.IGNORECASE)


def page_host(host: str) -> str:
    """Give a host without the labels that its mobile, AMP and `www` names stand behind."""
    if not _FRONT.search(host):
        return host
    labels = host.split(".")
    while (kept := _without_front(labels)) != labels:
        labels = kept
    inner = [at for at, label in enumerate(labels[:-2]) if at and label in _INNER_LABELS]
    return ".".join(label for at, label in enumerate(labels) if at not in inner)


def has_view_host(host: str) -> bool:
    """Tell whether a host is that of a mobile or AMP form: `www` is none."""
    labels = host.split(".")
    while len(labels) > 2 and _WWW.fullmatch(labels[0]):
        labels = labels[1:]
    without = ".".join(labels)
    return page_host(without) != without


def _without_front(labels: list[str]) -> list[str]:
    first, rest = labels[0], labels[1:]
    if _WWW.fullmatch(first):
        return labels if _is_suffix(rest) and rest[:1] != ["gov"] else rest
    if _is_suffix(rest) or ".".join(rest) in _HOSTERS:
        return labels
    if first in _FRONT_LABELS:
        return rest
    return [first[4:], *rest] if first.startswith("amp-") and first[4:] else labels


def _is_suffix(labels: list[str]) -> bool:
    return len(labels) < 2 or (len(labels) == 2 and labels[0] in _SECOND_LEVELS and len(labels[1]) == 2)


def page_path(path: str) -> str:
    """Give a path without the mark of its AMP form; a page that is named `amp` keeps its name."""
    if not _ANY_AMP.search(path):
        return path
    shorter = path
    for _ in range(_MOST_STEPS):
        before, shorter = shorter, _without_amp(shorter)
        if shorter == before:
            return shorter
    return path


def _without_amp(path: str) -> str:
    path = _AMP_NAME.sub("/", _AMP_SUFFIX.sub("", path))
    if (found := _AMP_TAIL.match(path)) and is_page(found[1]):
        return found[1] + found[2]
    if (found := _AMP_HEAD.match(path)) and is_page(found[1]):
        return found[1]
    if (found := _AMP_AMID.match(path)) and _LONG_NUMBER.search(found[2].rstrip("/").rpartition("/")[2]):
        return found[1] + found[2]
    return path


def is_page(path: str) -> bool:
    """Tell whether a path looks like that of an article, not of a list: only then is an `amp` beside it a mark."""
    segments = [segment for segment in path.lower().split("/") if segment]
    if not segments or _DATED_ARCHIVE.search(path) or _NUMBERED_PAGE.search(path):
        return False
    last = segments[-1]
    words = 1 + last.count("-") + last.count("_")
    if words > 2 or len(last) >= _LONG_NAME or any(letter.isdigit() or letter in ".%" for letter in last):
        return True
    return (len(segments) > 1 or words > 1) and _LISTS.isdisjoint(segments)


def out_of_cache(host: str, path: str) -> str | None:
    """Give the address that an AMP cache serves at such a place; None where it is no cache's."""
    served = None
    for _ in range(_MOST_STEPS):
        host = page_host(host)
        found = _CACHED.match(f"{host}{path}")
        if found is None:
            return served
        host, slash, path = f"{host}{path}"[found.end() :].partition("/")
        host, path = host.lower(), slash + path
        served = f"http{'s' if found[1] else ''}://{host}{path}"
    return None


def is_view(name: str, value: str) -> bool:
    """Tell whether a parameter only chooses the form of the page."""
    name, value = name.lower(), value.lower()
    values = _SWITCHES.get(name)
    return value in values if values is not None else name in _FORMS and value in _FORM_VALUES


def is_blogger_view(name: str, value: str, path: str) -> bool:
    """Tell whether `m`, alone behind the path of a page, is Blogger's choice of the mobile form: else it is a month."""
    return name == "m" and value in ("", "0", "1") and not _SCRIPT.search(path)
