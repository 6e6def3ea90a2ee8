"""tocsin probe: what a site offers, as an outlet file ready to save."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.invocation import Here, Invocation, Json, UsageError

if TYPE_CHECKING:
    from crawler import Probe


def command(url: str, *, write: str | None = None, json: Json = False, call: Here) -> int:
    """Look what feeds, sitemaps and sections a site offers; print an outlet file ready to save.

    Parameters
    ----------
    url: str
        The site's address, like https://www.example.org/
    write: str | None
        Save it as outlets/OUTLET.yaml in the configuration folder; never over another file.
    """
    if not url.startswith(("http://", "https://")):
        url = f"https://{url}"
    path = _target(call, write)
    probe = _probe(call, url)
    if path is not None:
        with path.open("x", encoding="utf-8") as out:
            out.write(probe.text)
        call.warn(f"wrote {path}")
    if json:
        call.emit(_as_json(probe))
        return 0
    for offer in probe.offers:
        told = "; ".join([f"{offer.leads} articles", *offer.notes])
        call.warn(f"{offer.source.kind}  {offer.source.url}  ({told})")
    if not probe.offers:
        call.warn(f"{url} offers no list that can be read")
    if path is None:
        call.out.write(probe.text)
    return 0 if probe.offers else 1


def _target(call: Invocation, slug: str | None) -> Path | None:
    if slug is None:
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        raise UsageError(f"--write {slug}: name it with a-z, 0-9 and -, like the-hindu")
    path = call.folder / "outlets" / f"{slug}.yaml"
    if path.exists():
        raise UsageError(f"{path} exists: nothing is overwritten; choose another name")
    path.parent.mkdir(exist_ok=True)
    return path


def _probe(call: Invocation, url: str) -> Probe:
    from crawler import fetching, probe, run_on_reactor
    from newsdesk import Guard

    settings = call.site_settings

    async def ask() -> Probe:
        async with fetching(settings.crawl, Guard(settings.allow_private)) as fetch:
            return await probe(url, fetch)

    return run_on_reactor(ask)


def _as_json(probe: Probe) -> dict[str, Any]:
    offers = [
        {**asdict(offer), "source": {"kind": offer.source.kind, "url": offer.source.url}} for offer in probe.offers
    ]
    return {
        "slug": probe.slug,
        "name": probe.name,
        "site": probe.site,
        "language": probe.language,
        "offers": offers,
        "text": probe.text,
    }
