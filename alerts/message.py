"""Message: an alert worded for people (subject, text, HTML) and for machines (the frozen JSON)."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .payload import cut_text

if TYPE_CHECKING:
    import css_inline
    import jinja2

_SUBJECT = 150
_TEMPLATES = Path(__file__).parent / "templates"

_NO_WATCH = {"slug": "_operator", "name": "Tocsin", "query": ""}

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as a mail shows it."""

    title: Marked
    lede: Marked
    excerpt: Marked
    direction: str
    language: str
    outlet: str
    when: str
    url: str
    revised: bool
    first: bool
    terms: tuple[str, ...]
    also_in: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One alert of a mail that tells more than stories: what it says, and the stories that show it."""

    headline: str
    explanation: tuple[str, ...]
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One delivery, ready for any channel; the wording for people is made when a channel first asks for it."""

    id: str
    payload: Mapping[str, Any]
    json: bytes
    moment: datetime
    """When this attempt is made; everything else is the same at each attempt."""
    thread: str | None = None
    """The id of the first delivery about this story to the same address, if there was one."""
    unsubscribe_url: str = ""
    zone: tzinfo = UTC
    outlet_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Give `story.matched`, `watch.volume`, `digest`, `test`, or the kind of a notice like `outlet.trouble`."""
        return str(self.payload["type"])

    @property
    def watch(self) -> Mapping[str, str]:
        """Give the watch's slug, name and query; a notice has none, and says whom it is for."""
        watch: Mapping[str, str] = self.payload["data"].get("watch", _NO_WATCH)
        return _NO_WATCH if self.is_notice else watch

    @property
    def is_notice(self) -> bool:
        """Tell whether it tells the operator of the house itself, and of no story."""
        return "lines" in self.payload["data"]

    @cached_property
    def stories(self) -> tuple[Story, ...]:
        """Give the articles that it tells of."""
        return tuple(story for section in self.sections for story in section.stories)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Give the alerts that it tells of, one but for a digest."""
        data = self.payload["data"]
        return () if self.is_notice else tuple(self._section(item) for item in data.get("items", [data]))

    @property
    def is_report(self) -> bool:
        """Tell whether it tells of a volume, a silence or its end, and not only of stories that matched."""
        return any(section.headline for section in self.sections)

    @cached_property
    def subject(self) -> str:
        """Give `[watch name] title`, fit for a header: one line, no direction marks, at most 150 characters."""
        if self.is_notice:
            return header_text(f"[Tocsin] {self.payload['data']['subject']}")
        if self.is_report:
            return header_text(f"[{cut_text(self.watch['name'], 60)}] {self._reported()}")
        about = _plain(self.stories[0].title) if len(self.stories) == 1 else f"{len(self.stories)} stories"
        if self.type == "test":
            about = f"Test: {about}"
        return header_text(f"[{cut_text(self.watch['name'], 60)}] {about}")

    @cached_property
    def text(self) -> str:
        """Give the plain text."""
        return _template(f"{self._form}.txt").render(self._context()).strip() + "\n"

    @cached_property
    def html(self) -> str:
        """Give inert HTML with its styles inline."""
        return _inliner().inline(_template(f"{self._form}.html").render(self._context()))

    @property
    def _form(self) -> str:
        return "notice" if self.is_notice else "report" if self.is_report else "alert"

    def _reported(self) -> str:
        if len(self.sections) > 1:
            return f"{len(self.sections)} alerts"
        return self.sections[0].headline

    def _context(self) -> dict[str, Any]:
        return {
            "message": self,
            "watch": self.watch,
            "stories": self.stories,
            "sections": self.sections,
            "is_test": self.type == "test",
            "count": len(self.stories),
            "headline": display_text(self.payload["data"].get("subject", "")),
            "lines": [display_text(line) for line in self.payload["data"].get("lines", ())],
        }

    def _section(self, item: Mapping[str, Any]) -> Section:
        if "stories" not in item:
            return Section("", (), (self._story(item),))
        return Section(
            display_text(item["headline"]),
            tuple(display_text(line) for line in item["explanation"]),
            tuple(self._story(story) for story in item["stories"]),
        )

    def _story(self, item: Mapping[str, Any]) -> Story:
        article, matches = item["article"], item["matches"]
        lede = article["lede"] or ""
        told = lede if not _is_in(lede, article["excerpt"]) else ""
        return Story(
            title=_by_spans(article["title"], _of(matches, "title")) or (("(no title)", False),),
            lede=_by_spans(told, _of(matches, "lede")),
            excerpt=_by_words(article["excerpt"], {m["text"] for m in matches if m["field"] in ("body", "lede")}),
            direction=direction(article["title"]),
            language=article["language"] or "",
            outlet=self._outlet(article["outlet"]),
            when=when(article, self.zone),
            url=safe_url(article["url"]),
            revised=item["reason"] == "revised",
            first=item["reason"] == "first",
            terms=tuple(dict.fromkeys(m["term"] for m in matches))[:12],
            also_in=tuple(
                (self._outlet(o["outlet"]), display_text(o["title"]), safe_url(o["url"])) for o in item["also_in"]
            ),
        )

    def _outlet(self, slug: str) -> str:
        return display_text(self.outlet_names.get(slug, slug))


def compose(
    payload: str,
    *,
    moment: datetime,
    thread: str | None = None,
    unsubscribe_url: str = "",
    zone: tzinfo = UTC,
    outlet_names: Mapping[str, str] | None = None,
) -> Message:
    """Make the message of a frozen payload."""
    document = json.loads(payload)
    return Message(
        id=document["data"]["id"],
        payload=document,
        json=payload.encode(),
        moment=moment,
        thread=thread,
        unsubscribe_url=unsubscribe_url,
        zone=zone,
        outlet_names=outlet_names or {},
    )


def when(article: Mapping[str, Any], zone: tzinfo) -> str:
    """Give when an article was published, no more exactly than is known, or when it was first seen."""
    published, precision = article.get("published"), article.get("published_precision")
    if not published:
        return "first seen " + _clock(datetime.fromisoformat(article["first_seen"]), zone)
    moment = datetime.fromisoformat(published)
    if precision == "day":
        return f"{moment.day} {moment:%B %Y}"
    if precision == "month":
        return f"{moment:%B %Y}"
    return _clock(moment, zone)


def _clock(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def direction(text: str) -> str:
    """Give `rtl` or `ltr` by the first letter that has one: old clients do not find it out by themselves."""
    return next((_DIRECTIONS[way] for c in text if (way := unicodedata.bidirectional(c)) in _DIRECTIONS), "ltr")


_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def safe_url(url: str) -> str:
    """Give an address that may stand in a link, else nothing."""
    return url if re.match(r"https?://[^\s\"'<>\\]+$", url, re.IGNORECASE) else ""


def display_text(text: str) -> str:
    """Give a text without control characters and without marks that turn the direction of what follows."""
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in _UNSEEN or c in _JOINERS
    )
    return "".join(kept)


def header_text(text: str, most: int = _SUBJECT) -> str:
    """Give untrusted text that may stand in a header: one line, and nothing that a parser would decode again."""
    line = re.sub(r"=(?=\?)", "= ", " ".join(display_text(text).split()))
    return cut_text(line, most)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # Persian, Indic scripts and emoji are written with them


def _of(matches: Iterable[Mapping[str, Any]], field: str) -> list[Mapping[str, Any]]:
    return [match for match in matches if match["field"] == field]


def _is_in(lede: str, excerpt: str) -> bool:
    """Tell whether an excerpt already says what the lede says, to its beginning."""
    return " ".join(lede.split())[:60] in excerpt


def _by_spans(text: str, matches: Iterable[Mapping[str, Any]]) -> Marked:
    pieces: list[tuple[str, bool]] = []
    place = 0
    for start, end in sorted((match["start"], min(match["end"], len(text))) for match in matches):
        if end <= place or start >= end:
            continue
        start = max(start, place)
        pieces += [(text[place:start], False), (text[start:end], True)]
        place = end
    pieces.append((text[place:], False))
    return _cleaned(pieces)


def _by_words(text: str, words: Iterable[str]) -> Marked:
    """Mark each whole occurrence of the matched words: an excerpt has no places of its own in the payload."""
    known = sorted({" ".join(word.split()) for word in words if word.strip()}, key=len, reverse=True)
    if not known:
        return _cleaned([(text, False)])
    pattern = "|".join(_edge(word) for word in known)
    return _cleaned([(piece, bool(odd % 2)) for odd, piece in enumerate(re.split(f"({pattern})", text))])


def _edge(word: str) -> str:
    left = r"(?<!\w)" if word[0].isalnum() and not _is_unspaced(word[0]) else ""
    right = r"(?!\w)" if word[-1].isalnum() and not _is_unspaced(word[-1]) else ""
    return left + re.escape(word) + right


def _is_unspaced(letter: str) -> bool:
    """Tell whether a letter is of a script that is written without spaces (Chinese, Japanese, Thai and their like)."""
    return "\u0e00" <= letter <= "\u0eff" or "\u1000" <= letter <= "\u109f" or "\u2e80" <= letter <= "\uabff"


def _cleaned(pieces: Sequence[tuple[str, bool]]) -> Marked:
    return tuple((cleaned, marked) for text, marked in pieces if (cleaned := display_text(text)))


def _plain(pieces: Marked) -> str:
    return "".join(text for text, _ in pieces)


@cache
def _template(name: str) -> "jinja2.Template":
    import jinja2  # here, because reading settings leads through this file and words nothing

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def _inliner() -> "css_inline.CSSInliner":
    import css_inline

    # Only the @media rules stay in the head: they turn the colours for dark screens, and clients that drop them lose
    # nothing else. No style sheet is ever loaded.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
