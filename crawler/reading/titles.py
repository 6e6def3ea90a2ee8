"""The headline, without the outlet's name at its end: what the page shows, checked against what it claims."""

import re
from itertools import islice

from .claims import Claims
from .jsonld import text
from .texts import clean, squeeze
from .tree import Element, words_in

_LONGEST = 400
_MOST = 20
_HEADLINE = 4
_SURE = 20
_ENDING = re.compile(r"^(.{8,}\S)\s*(?:\s[-–—•·»:]\s|\s?[|ㅣ｜]\s?|\s[-–—]+\s?|\s::\s)\s*([^|ㅣ｜•·»]{2,60})$")
_DOMAIN = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|[a-z]{2})$", re.I)


def find_title(claims: Claims, outlet_name: str | None = None) -> str:
    """Give the headline of a page; the empty text when it has none."""
    names = {squeeze(name) for name in (outlet_name, claims.meta("og:site_name", "application-name")) if name}
    shown = headings(claims.root)
    plain = [title for title in (clean(text(claims.article, "headline")), claims.item("headline")) if title]
    sure = [*shown, *plain]
    said = [
        *plain,
        _bare(claims.meta("og:title"), names, sure),
        _bare(claims.meta("twitter:title", "dc.title", "parsely-title", "sailthru.title", "title"), names, sure),
        _bare(_head_title(claims.root), names, sure),
    ]
    said = [title for title in said if title and len(title) <= _LONGEST and squeeze(title) not in names]
    if len(shown) == 1 and not plain and len(shown[0].split()) >= _HEADLINE and squeeze(shown[0]) not in names:
        # The one heading is what readers see; meta tags alone often hold a line for search engines.
        said = [title for title in said if _agrees(title, shown[0])] or shown
    return _agreed(shown, said)


def headings(root: Element) -> list[str]:
    """Give the texts of the page's first-rank headings, in order."""
    shown = (clean(words_in(heading)) for heading in islice(root.iter("h1"), _MOST))
    return [title for title in shown if 1 < len(title) <= _LONGEST]


def _agreed(shown: list[str], said: list[str]) -> str:
    """Choose: what is shown and also claimed; else what two claims share; else the first claim; else what is shown."""
    claimed = [squeeze(title) for title in said]
    for heading in shown:
        if squeeze(heading) in claimed:
            return heading
    for heading in shown:
        # A kicker in the same element: `Culture : What the Philippines read`.
        for title, key in zip(said, claimed, strict=True):
            if len(key) > 20 and squeeze(heading).endswith(key):
                return title
    for heading in shown:
        if len(shown) == 1 and any(_alike(heading, title) for title in said):
            return heading
    for title, key in zip(said, claimed, strict=True):
        if claimed.count(key) > 1:
            return title
    return said[0] if said else (shown[0] if shown else "")


def _agrees(title: str, heading: str) -> bool:
    one, other = squeeze(title), squeeze(heading)
    return one == other or (len(one) > _SURE and other.endswith(one))


def _alike(one: str, other: str) -> bool:
    mine, theirs = set(one.casefold().split()), set(other.casefold().split())
    return bool(mine) and len(mine & theirs) >= 0.6 * min(len(mine), len(theirs))


def _head_title(root: Element) -> str:
    # Drawings carry titles too: only the one of the head counts.
    title = root.find("./head/title")
    return clean(words_in(title)) if title is not None else ""


def _bare(title: str, names: set[str], shown: list[str]) -> str:
    """Take the outlet's name off the end (`... — RT World News`), where it is one."""
    keys = {squeeze(heading) for heading in shown}
    for _ in range(3):
        if squeeze(title) in keys:
            return title
        found = _ENDING.match(title)
        if not found:
            return title
        ending = squeeze(found[2])
        named = bool(_DOMAIN.match(found[2])) or any(
            name in ending or (len(ending) > 3 and ending in name) for name in names
        )
        if not named and squeeze(found[1]) not in keys and not _whole(found[1], keys):
            return title
        title = found[1]
    return title


def _whole(title: str, keys: set[str]) -> bool:
    key = squeeze(title)
    return any(known.startswith(key) or key.startswith(known) for known in keys if len(known) > 12)
