"""Spelled: of the addresses that lists give one page by, the one that is fetched."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from newsdesk import canonical_url, is_view_url, plain_addresses

from ..tables import LeadRow

_CHUNK = 400
_WAITING = 2000
"""So many of an outlet's waiting pages are compared by name; with more, some pages are fetched in two spellings."""


def once(session: Session, outlet: str, urls: Sequence[str], kept_for: str) -> list[str]:
    """Give one address for each page, in order, and none for pages that wait or were read under another spelling.

    Where two lists spell a page in two ways, the page itself goes before its AMP or mobile form. A spelling that led to
    nothing keeps no other from being tried, unless it was set aside with the reason `kept_for`.
    """
    chosen: dict[str, str] = {}
    for url in urls:
        name = canonical_url(url)
        other = chosen.setdefault(name, url)
        if other != url and is_view_url(other) and not is_view_url(url):
            chosen[name] = url
    taken = _taken(session, outlet, chosen, kept_for)
    wanted = {url for name, url in chosen.items() if name not in taken}
    return [url for url in urls if url in wanted]


def _taken(session: Session, outlet: str, chosen: dict[str, str], kept_for: str) -> set[str]:
    spelled = {spelling: name for name, url in chosen.items() for spelling in plain_addresses(url)}
    asked = list(spelled)
    counts = or_(LeadRow.state != "finding", LeadRow.reason == kept_for)
    taken: set[str] = set()
    for start in range(0, len(asked), _CHUNK):
        here = LeadRow.url.in_(asked[start : start + _CHUNK])
        found = session.scalars(select(LeadRow.url).where(and_(here, LeadRow.outlet == outlet, counts)))
        taken.update(spelled[url] for url in found)
    if not chosen:
        return taken
    waiting = select(LeadRow.url).where(LeadRow.state == "due", LeadRow.outlet == outlet).limit(_WAITING)
    return taken | {name for url in session.scalars(waiting) if (name := canonical_url(url)) in chosen}
