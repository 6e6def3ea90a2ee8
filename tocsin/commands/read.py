"""tocsin read: what is extracted from a page."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from newsdesk import did_you_mean
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.reading import outlet_of, slug_of, to_article

if TYPE_CHECKING:
    from crawler import Document, Outlet, Reading

_MOST = 100_000_000


def command(
    page: Annotated[str, OrStream], *, url: str | None = None, outlet: str | None = None, json: Json = False, call: Here
) -> int:
    """Show what is extracted from a page: title, lede, body, authors, dates.

    Parameters
    ----------
    page: str
        An address, or a saved page (- for standard input).
    url: str | None
        The address that a saved page came from.
    outlet: str | None
        Read with this outlet's own rules; else with those of the outlet on whose site the page lies, if any.
    """
    from crawler import read_page, rules_of

    remote = page.startswith(("http://", "https://"))
    address = page if remote else url or ""
    chosen = _outlet(call, outlet, address)
    document = _fetched(call, page, chosen) if remote else _local(page, address)
    reading = read_page(document, rules_of(chosen) if chosen else None)
    found = _as_json(reading, chosen, Path("/dev/stdin" if page == "-" else page))
    if json:
        call.emit(found)
    else:
        _show(call, found, chosen)
    return 0


def _outlet(call: Invocation, slug: str | None, address: str) -> Outlet | None:
    if slug is None and (not address or not call.has_folder):
        return None
    from crawler import load_outlets

    outlets, _ = load_outlets(call.folder / "outlets")
    if slug is None:
        return outlet_of(address, outlets)
    by_slug = {outlet.slug: outlet for outlet in outlets}
    if slug not in by_slug:
        raise UsageError(f"--outlet {slug} is not an outlet; {did_you_mean(slug, by_slug)}")
    return by_slug[slug]


def _local(page: str, address: str) -> Document:
    from crawler import Document

    try:
        body = sys.stdin.buffer.read(_MOST) if page == "-" else Path(page).read_bytes()
    except OSError as error:
        raise UsageError(f"{page}: cannot be read: {error.strerror}") from None
    return Document(address, body)


def _fetched(call: Invocation, url: str, outlet: Outlet | None) -> Document:
    """Ask for the page once, with the crawler's manners, and by a browser where its outlet needs one."""
    from crawler import fetching, run_on_reactor
    from newsdesk import Guard

    settings = call.site_settings

    async def ask() -> Document:
        async with fetching(settings.crawl, Guard(settings.allow_private)) as fetch:
            return await fetch(url, render=outlet is not None and outlet.render)

    return run_on_reactor(ask)


def _as_json(reading: Reading, outlet: Outlet | None, path: Path) -> dict[str, Any]:
    """Give the article's JSON form, with what only the record knows left open."""
    from dataclasses import replace

    from newsdesk import FiledArticle, article_json

    if not reading.url:
        reading = replace(reading, url=reading.canonical or path.absolute().as_uri())
    slug = outlet.slug if outlet else slug_of(urlsplit(reading.url).hostname or "unknown")
    filed = FiledArticle(
        id="", article=to_article(reading, slug), first_seen=datetime.now(UTC), revision=1, story="", copy_of=None
    )
    unknown = dict.fromkeys(("id", "first_seen", "revision", "story"))
    return {**article_json(filed), **unknown, "kind": reading.kind.value, "notes": list(reading.notes)}


def _show(call: Invocation, found: dict[str, Any], outlet: Outlet | None) -> None:
    if found["kind"] != "article":
        call.say(
            "not an article" if found["kind"] == "not_an_article" else f"no article: {found['kind'].replace('_', ' ')}"
        )
    if outlet is not None:
        call.say(f"read as:    {outlet.slug}")
    for key in ("title", "lede", "authors", "dateline", "section", "language", "published", "modified"):
        value = "; ".join(found[key]) if isinstance(found[key], list) else found[key]
        if key == "published" and value:
            value = f"{value} (to the {found['published_precision']}; the page says: {found['published_raw']})"
        call.say(f"{key + ':':<11} {value or '-'}")
    call.say(f"{'address:':<11} {found['canonical_url']}")
    for note in found["notes"]:
        call.say(f"{'note:':<11} {note}")
    call.say(f"\n{found['body']}")
