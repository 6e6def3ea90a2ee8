"""OPML: the list of feeds of another reader becomes outlet files, one a feed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from newsdesk import TocsinError, canonical_url
from tocsin.importer import Importer, Report, Task
from tocsin.reading import slug_of

_MOST = 20_000_000


@dataclass(frozen=True, slots=True)
class _Feed:
    line: int
    name: str
    feed: str
    site: str
    tags: tuple[str, ...]
    language: str


class Opml(Importer):
    """Each outline with an xmlUrl becomes `outlets/<slug>.yaml`; a feed that an outlet already has is left out."""

    name = "opml"
    suffixes = (".opml", ".xml")

    def run(self, task: Task) -> Report:
        """Write outlet files, never over another one."""
        from crawler import load_outlets

        report, folder = Report(), task.call.folder / "outlets"
        outlets, _ = load_outlets(folder)
        known = {canonical_url(source.url) for outlet in outlets for source in outlet.sources}
        folder.mkdir(exist_ok=True)
        for feed in _feeds(task):
            if fault := _fault(feed):
                task.refuse(report, str(feed.line), fault)
            elif (address := canonical_url(feed.feed)) in known:
                report.counts["known"] += 1
            else:
                known.add(address)
                path = _write(folder, feed)
                report.counts["new"] += 1
                task.call.warn(f"wrote {path}")
        return report


def _feeds(task: Task) -> Iterator[_Feed]:
    from lxml import etree

    content = task.stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise TocsinError(f"{task.path}: is above {_MOST} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise TocsinError(f"{task.path}: is not OPML: {error}") from None
    if root is None or len(root) == 0 or etree.QName(root).localname.lower() != "opml":
        raise TocsinError(f"{task.path}: is not OPML")
    for outline in root.iter("{*}outline"):
        given = {str(key).lower(): str(value).strip() for key, value in outline.attrib.items()}
        if given.get("xmlurl"):
            yield _feed(outline, given)


def _feed(outline: object, given: dict[str, str]) -> _Feed:
    groups = [one.get("text") or one.get("title") for one in outline.iterancestors("{*}outline")]  # type: ignore[attr-defined]
    name = given.get("text") or given.get("title") or urlsplit(given["xmlurl"]).hostname or "feed"
    return _Feed(
        line=int(getattr(outline, "sourceline", 0) or 0),
        name=" ".join(name.split())[:200],
        feed=given["xmlurl"],
        site=given.get("htmlurl", ""),
        tags=tuple(dict.fromkeys(slug_of(group) for group in reversed(groups) if group)),
        language=given.get("language", ""),
    )


def _fault(feed: _Feed) -> str | None:
    from crawler import Source

    try:
        Source(kind="feed", url=feed.feed)
    except ValueError:
        return f"{feed.feed}: write an http or https address"
    return None


def _write(folder: Path, feed: _Feed) -> Path:
    """Write the file under the first free name. JSON's strings are YAML's."""
    slug, number = slug_of(feed.name), 1
    if slug == "outlet":
        slug = slug_of(urlsplit(feed.feed).hostname or "outlet")
    lines = [f"name: {_text(feed.name)}"]
    if feed.site.startswith(("http://", "https://")) and not _fault(_Feed(0, "", feed.site, "", (), "")):
        lines.append(f"site: {_text(feed.site)}")
    if feed.tags:
        lines.append(f"tags: [{', '.join(_text(tag) for tag in feed.tags)}]")
    lines += ["sources:", f"  - feed: {_text(feed.feed)}", ""]
    while True:
        path = folder / (f"{slug}.yaml" if number == 1 else f"{slug[:58]}-{number}.yaml")
        try:
            with path.open("x", encoding="utf-8") as out:
                out.write("\n".join(lines))
            return path
        except FileExistsError:
            number += 1


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


OPML = Opml()
