"""OPML: the list of feeds of another reader becomes outlet files, one a site."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from newsdesk import TocsinError
from tocsin.importer import ListImporter, Report, Task, whole
from tocsin.roster import Listed, tag_for

_MOST = 20_000_000
_LOOSE = re.compile(r"&(?!#?\w{1,31};)")
_WIDE = {
    b"<\x00\x00\x00": "utf-32-le", b"\x00\x00\x00<": "utf-32-be", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be",
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
}  # fmt: skip


class Opml(ListImporter):
    """Each outline with an xmlUrl is a feed; those of one site share `outlets/<slug>.yaml`; what is known is left."""

    name = "opml"
    suffixes = (".opml", ".xml")

    def recognises(self, head: bytes) -> bool:
        """Look for the root element."""
        return re.search(r"<(?:\w+:)?opml\b", text_of(head), re.IGNORECASE) is not None

    def listed(self, task: Task, report: Report) -> Iterator[Listed]:
        """Give each feed."""
        reader = _Outlines()
        reader.feed(_LOOSE.sub("&amp;", text_of(whole(task, _MOST))))
        reader.close()
        if not reader.is_opml:
            raise TocsinError(f"{task.path}: is not OPML")
        for outline in reader.found:
            if isinstance(listed := _listed(outline), Listed):
                yield listed
            elif listed:
                task.refuse(report, str(outline.line), listed)
        if reader.rawdata.strip() or not reader.is_closed:
            task.refuse(report, str(reader.getpos()[0]), "the file is cut off here; what stands before was read")


@dataclass(frozen=True, slots=True)
class _Outline:
    line: int
    given: dict[str, str]
    groups: tuple[str, ...]
    inside: list[int] = field(default_factory=list)
    """The lines of the outlines within this one."""


class _Outlines(HTMLParser):
    """Reads outlines as they come: however deep, in whatever case, out of files that no XML parser takes.

    It knows no entity but characters, so a file can neither name another one nor grow.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_opml = self.is_closed = False
        self.found: list[_Outline] = []
        self._open: list[_Outline] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a root or an outline."""
        name = tag.rpartition(":")[2]
        self.is_opml = self.is_opml or name == "opml"
        if not self.is_opml or name != "outline":
            return
        given = {key.rpartition(":")[2]: (value or "").strip() for key, value in reversed(attrs)}
        groups = tuple(label for one in self._open if (label := _label(one)))
        outline = _Outline(self.getpos()[0], given, groups)
        for around in self._open[-1:]:
            around.inside.append(outline.line)
        self.found.append(outline)
        self._open.append(outline)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open and close."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last outline, or the whole."""
        name = tag.rpartition(":")[2]
        if name == "outline" and self._open:
            self._open.pop()
        self.is_closed = self.is_closed or name == "opml"


def text_of(content: bytes) -> str:
    """Give the letters of a file in whatever charset it is, also one that its declaration gets wrong."""
    from crawler import decode

    for sign, name in _WIDE.items():
        if content.startswith(sign):
            return content.decode(name, "replace")
    return decode(content)


def _label(outline: _Outline) -> str:
    return outline.given.get("text") or outline.given.get("title") or ""


def _listed(outline: _Outline) -> Listed | str | None:
    """Give a feed, what is wrong with it, or nothing for a mere group."""
    given = outline.given
    url = re.sub(r"^feed:(?://)?(?=https?:)|^feed:(?=//)", "", given.get("xmlurl", ""), flags=re.IGNORECASE)
    url = f"http:{url}" if url.startswith("//") else url
    if url:
        return Listed(
            line=outline.line,
            kind="feed",
            url=url,
            name=_label(outline),
            site=given.get("htmlurl", ""),
            tags=tuple(dict.fromkeys(filter(None, map(tag_for, (*outline.groups, *_categories(given)))))),
            language=given.get("language", ""),
        )
    kind = given.get("type", "").lower()
    if kind in ("include", "link") and given.get("url"):
        return f"{_label(outline) or given['url']}: names another file, {given['url']}; import that one, too"
    if not outline.inside and (kind in ("rss", "atom", "feed", "rdf") or given.get("htmlurl")):
        return f"{_label(outline) or 'an outline'}: has no xmlUrl"
    return None


def _categories(given: dict[str, str]) -> Iterator[str]:
    """Give each part of paths like `/Boston/Weather,/Harvard` (OPML 2.0, category)."""
    for path in given.get("category", "").split(","):
        yield from path.split("/")


OPML = Opml()
