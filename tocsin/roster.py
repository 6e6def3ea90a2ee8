"""Roster: outlet files made from a list of addresses: one file a site, under names a person can read, over none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsdesk import clean_url, fold, site_of

if TYPE_CHECKING:
    from crawler import Outlet

SITE = "site"
"""The kind of an address whose feeds are looked for at the first visit."""

# Hosts that carry the feeds of many publishers: what shares one of them need not belong together.
_SHARED = re.compile(
    r"(?:.*\.)?(?:feedburner\.com|feedproxy\.google\.com|news\.google\.com|google\.com|feedblitz\.com|rss\.app|rsshub\.app|"
    r"feedly\.com|inoreader\.com|politepol\.com|fetchrss\.com|morss\.it|medium\.com|youtube\.com|reddit\.com|"
    r"github\.io|t\.me|telegram\.me|facebook\.com|twitter\.com|x\.com|podbean\.com|libsyn\.com|anchor\.fm|"
    r"megaphone\.fm|simplecast\.com|soundcloud\.com|buzzsprout\.com)"
)
_FEED_LABEL = re.compile(r"(?:feeds?\d?|rss\d?|xml|syndication)\.(?=[^.]+\.)")
_EDGES = " \t-–—|:·•»›/,.()[]"
_LEAST_KEPT = 0.5
"""The share of a name's letters that must survive in a-z and 0-9 for it to give a readable slug."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One address of a list, with what the list says of it; `kind` is a kind of source, or `site`."""

    line: int
    kind: str
    url: str
    name: str = ""
    site: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""


@dataclass(slots=True)
class _Group:
    """What will stand in one outlet file."""

    home: str
    members: list[Listed] = field(default_factory=list)
    tags: dict[str, None] = field(default_factory=dict)


class Roster:
    """Gathers addresses, then writes them; what an outlet file already has is left out."""

    def __init__(self, folder: Path, outlets: Iterable[Outlet]) -> None:
        """Write into `folder`, which holds `outlets`."""
        self._folder = folder
        self._known: dict[str, _Group | None] = {}
        self._sites: set[str] = set()
        self._groups: dict[str, _Group] = {}
        for outlet in outlets:
            self._known |= {clean_url(source.url): None for source in outlet.sources}
            self._sites.add(site_of(outlet.site))

    def add(self, listed: Listed) -> str:
        """Take an address in; gives `new`, `merged` (into its site's outlet) or `known`. Raises ValueError."""
        from crawler import Source

        listed = _checked(listed)
        Source(kind=listed.kind, url=listed.url)
        address = clean_url(listed.url)
        if address in self._known:
            if group := self._known[address]:
                group.tags |= dict.fromkeys(listed.tags)
            return "known"
        home = _home(listed)
        if listed.kind == SITE and (home in self._sites or home in self._groups):
            return "known"
        outcome = "merged" if home in self._groups else "new"
        group = self._groups.setdefault(home, _Group(home))
        group.members.append(listed)
        group.tags |= dict.fromkeys(listed.tags)
        self._known[address] = group
        return outcome

    def write(self) -> list[Path]:
        """Write an outlet file for each site, under the first free name."""
        self._folder.mkdir(exist_ok=True)
        taken = {path.stem for path in self._folder.iterdir()}
        return [self._write(group, taken) for group in self._groups.values()]

    def _write(self, group: _Group, taken: set[str]) -> Path:
        name, first = _name(group), group.members[0]
        host = name == _host(first)
        slug, number = slug_for("" if host else name, first.site or first.url), 1
        text = _text(group, name)
        while True:
            wanted = slug if number == 1 else f"{slug[:57].rstrip('-')}-{number}"
            number += 1
            if wanted in taken:
                continue
            taken.add(wanted)
            path = self._folder / f"{wanted}.yaml"
            try:
                with path.open("x", encoding="utf-8") as out:
                    out.write(text)
                    out.flush()
                    os.fsync(out.fileno())
                return path
            except FileExistsError:
                continue


def slug_for(name: str, url: str) -> str:
    """Give a readable, stable slug: of the name where its letters are Latin, else of the host."""
    from crawler import slug_of

    plain = fold(name)
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    letters = sum(letter.isalnum() for letter in plain)
    if slug and sum(letter.isalnum() for letter in slug) >= letters * _LEAST_KEPT:
        return slug
    if _SHARED.fullmatch(urlsplit(url).hostname or ""):
        path = re.sub(r"[^a-z0-9]+", "-", fold(urlsplit(url).path + urlsplit(url).query)).strip("-")
        return f"{slug_of(url)}-{path}"[:63].strip("-")
    return slug_of(url)


def tag_for(text: str) -> str:
    """Give a group's name as a tag: one word, in the letters it is written in."""
    return re.sub(r"[^\w.]+", "-", text.casefold()).strip("-._")[:63]


def _checked(listed: Listed) -> Listed:
    """Drop what an outlet file would refuse, but for the address itself. Raises ValueError for that one."""
    from crawler import Outlet, http_address

    http_address(listed.url)
    site, language = listed.site, listed.language
    try:
        http_address(site)
    except ValueError:
        site = ""
    try:
        language = Outlet(slug="x", name="x", site=listed.url, language=language or None).language or ""
    except ValueError:
        language = ""
    tags = tuple(dict.fromkeys(tag for tag in listed.tags if re.fullmatch(r"[^\W_][\w.-]{0,62}", tag)))
    name = " ".join("".join(c if c.isprintable() else " " for c in listed.name).split())[:200].strip()
    return Listed(listed.line, listed.kind, listed.url, name, site, tags, language)


def _home(listed: Listed) -> str:
    """Give the site that an address belongs to; on a host that many share each address stands alone."""
    for address in (listed.site, listed.url):
        home = _FEED_LABEL.sub("", site_of(address), count=1) if address else ""
        if home and not _SHARED.fullmatch(home.partition(":")[0]):
            return home
    return clean_url(listed.url)


def _name(group: _Group) -> str:
    names = [listed.name for listed in group.members if listed.name]
    return (_shared_part(names) if names else "") or _host(group.members[0])


def _host(listed: Listed) -> str:
    return (urlsplit(listed.site or listed.url).hostname or "outlet").removeprefix("www.")


def _shared_part(names: Sequence[str]) -> str:
    """Give what all names begin or else end with, in whole words."""
    if len(set(names)) == 1:
        return names[0]
    words = [name.split() for name in names]
    return _common(words) or _common([list(reversed(one)) for one in words], backwards=True)


def _common(words: Sequence[Sequence[str]], *, backwards: bool = False) -> str:
    shared = []
    for column in zip(*words, strict=False):
        if len({fold(word).strip(_EDGES) for word in column}) > 1:
            break
        shared.append(column[0])
    text = " ".join(reversed(shared) if backwards else shared).strip(_EDGES)
    return text if sum(letter.isalnum() for letter in text) > 2 else ""


def _text(group: _Group, name: str) -> str:
    """Write the file; JSON's strings are YAML's."""
    members = group.members
    sites = [site for listed in members if (site := listed.url if listed.kind == SITE else listed.site)]
    sources = [listed for listed in members if listed.kind != SITE]
    languages = {listed.language for listed in members if listed.language}
    lines = [f"name: {_quoted(name)}"]
    lines += [f"site: {_quoted(site)}" for site in sites[:1]]
    if len(languages) == 1:
        lines.append(f"language: {languages.pop()}")
    if group.tags:
        lines.append(f"tags: [{', '.join(map(_quoted, group.tags))}]")
    if sources:
        lines.append("sources:")
    for listed in sources:
        remark = f"   # {listed.name}" if len(sources) > 1 and listed.name and listed.name != name else ""
        lines.append(f"  - {listed.kind}: {_quoted(listed.url)}{remark}")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
