"""Message: an alert worded for people (subject, text, HTML) and for machines (the frozen JSON)."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import cache, cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsdesk import Change, pieces

from .marking import by_spans, by_words, direction, display_text, of_field, plain, safe_url
from .payload import cut_text
from .shown import Group, Passage, Reason, Section, Story, count_of

if TYPE_CHECKING:
    import css_inline
    import jinja2

_SUBJECT = 150
_NAMES_ROOM = 95
"""How much of a subject the names of several watches may take."""
_NAME = 80
_REASONS = 25
"""How many watches a mail gives as its reason; a person may have hundreds, and a mail has to stay below 100 kB."""
_QUERY_ROOM = 600
_LEAST_QUERY = 60
_PLACES = 300
_TEMPLATES = Path(__file__).parent / "templates"

_NO_WATCH = {"slug": "_operator", "name": "Tocsin", "query": ""}

_NAMES = {"title": "Headline", "lede": "Summary", "body": ""}


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
    unsubscribe_urls: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    """The subscription's: what only its receiver and we know."""
    """Where it is of several watches: the same for each, by its slug."""
    zone: tzinfo = UTC
    outlet_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Give `story.matched`, `watch.volume`, `digest`, `test`, or the kind of a notice like `outlet.trouble`."""
        return str(self.payload["type"])

    @cached_property
    def watch(self) -> Mapping[str, str]:
        """Give the watch's slug, name and query; a notice has none, and says whom it is for."""
        return _NO_WATCH if self.is_notice else _shown(self.payload["data"].get("watch", _NO_WATCH))

    @cached_property
    def watches(self) -> tuple[Mapping[str, str], ...]:
        """Give all watches that it is of, mostly one."""
        return tuple(_shown(watch) for watch in self.payload["data"].get("watches") or [self.watch])

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of its watches, as people are shown them."""
        return tuple(cut_text(watch["name"], _NAME) for watch in self.watches)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Give why it is sent: each watch, what it asks for, and how to end it; of very many, the first ones."""
        room = max(_QUERY_ROOM // len(self.watches), _LEAST_QUERY)
        return tuple(
            Reason(
                name,
                cut_text(watch["query"], room),
                self.unsubscribe_urls.get(watch["slug"], "" if self.unsubscribe_urls else self.unsubscribe_url),
            )
            for name, watch in list(zip(self.names, self.watches, strict=True))[:_REASONS]
        )

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

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Give what a digest of several watches tells, by the watch that each thing stands under."""
        names = {watch["slug"]: name for watch, name in zip(self.watches, self.names, strict=True)}
        found: dict[str, list[Section]] = {}
        for item, section in zip(self.payload["data"].get("items", ()), self.sections, strict=False):
            first, *others = item.get("watches") or [self.watch["slug"]]
            told = replace(section, others=tuple(names.get(slug, slug) for slug in others))
            found.setdefault(first, []).append(told)
        return tuple(Group(names.get(slug, slug), tuple(sections)) for slug, sections in found.items())

    @property
    def tallies(self) -> tuple[tuple[str, int], ...]:
        """Give how much a digest tells of each watch; what several asked for counts for each."""
        items = self.payload["data"].get("items", ())
        counts = Counter(slug for item in items for slug in item.get("watches", ()))
        told = [(name, counts[watch["slug"]]) for watch, name in zip(self.watches, self.names, strict=True)]
        return tuple(sorted(told, key=itemgetter(1), reverse=True))

    @property
    def total(self) -> str:
        """Say how much a digest tells, with all its parts."""
        return count_of(self.sections, self.payload["data"].get("part", {}).get("total", 0))

    @property
    def part(self) -> str:
        """Say which part of a digest it is, if it has parts."""
        part = self.payload["data"].get("part")
        return f", part {part['number']} of {part['of']}" if part else ""

    @property
    def is_report(self) -> bool:
        """Tell whether it tells of a volume, a silence or its end, and not only of stories that matched."""
        return any(section.headline for section in self.sections)

    @cached_property
    def subject(self) -> str:
        """Give `[watch name] title`, fit for a header: one line, no direction marks, at most 150 characters."""
        if self.is_notice:
            return header_text(f"[Tocsin] {self.payload['data']['subject']}")
        return header_text(f"[{_enumerated([watch['name'] for watch in self.watches])}] {self._about()}")

    def _about(self) -> str:
        if len(self.sections) > 1 or self.is_report:
            return self._reported()
        one = self.stories[0]
        about = f"Edited: {plain(one.title)}" if one.edited else plain(one.title)
        return f"Test: {about}" if self.type == "test" else about

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
        if self.is_notice:
            return "notice"
        if len(self.watches) > 1 and len(self.sections) > 1:
            return "digest"
        return "report" if self.is_report else "alert"

    def _reported(self) -> str:
        return self.total + self.part if len(self.sections) > 1 else self.sections[0].headline

    def _context(self) -> dict[str, Any]:
        return {
            "message": self,
            "watch": self.watch,
            "stories": self.stories,
            "sections": self.sections,
            "groups": self.groups if self._form == "digest" else (),
            "names": self.names,
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
        article, matches, edit = item["article"], item["matches"], item.get("edit")
        whole = article["lede"] or ""
        told = whole if not _is_in(whole, article["excerpt"]) else ""
        words = {m["text"] for m in matches if m["field"] in ("body", "lede")}
        news = tuple(by_words(text, words) for text in item.get("what_is_new", ()))
        passages = tuple(_passage(change, matches, edit) for change in edit["changes"]) if edit else ()
        # What was changed, and what is new, shows the words by itself.
        shown = passages or any(hit for text in news for _, hit in text)
        title = by_spans(article["title"], of_field(matches, "title")) or (("(no title)", False),)
        lede = by_spans(told, of_field(matches, "lede")) if not shown else ()
        excerpt = by_words(article["excerpt"], words) if not shown else ()
        return Story(
            title=title,
            lede=lede,
            excerpt=excerpt,
            brief="brief" in item,
            unmarked="" if shown or any(hit for _, hit in (*title, *lede, *excerpt)) else _places(matches),
            direction=direction(article["title"]),
            text_direction=direction(article["excerpt"]),
            language=article["language"] or "",
            outlet=self._outlet(article["outlet"]),
            when=when(article, self.zone),
            url=safe_url(article["url"]),
            revised=item["reason"] == "revised",
            first=item["reason"] == "first",
            terms=tuple(dict.fromkeys(m["term"] for m in matches))[:12],
            also_in=tuple(self._carrier(other) for other in item["also_in"]),
            earlier=self._carrier(item["earlier"]) if item.get("earlier") else None,
            news=news,
            edited=edit is not None,
            shifts=tuple(_shifts(edit)) if edit else (),
            passages=passages,
        )

    def _carrier(self, carrier: Mapping[str, str]) -> tuple[str, str, str]:
        return self._outlet(carrier["outlet"]), display_text(carrier["title"]), safe_url(carrier["url"])

    def _outlet(self, slug: str) -> str:
        return display_text(self.outlet_names.get(slug, slug))


def compose(
    payload: str,
    *,
    moment: datetime,
    form: type[Message] = Message,
    thread: str | None = None,
    unsubscribe_url: str = "",
    unsubscribe_urls: Mapping[str, str] | None = None,
    token: str = "",
    zone: tzinfo = UTC,
    outlet_names: Mapping[str, str] | None = None,
) -> Message:
    """Make the message of a frozen payload."""
    document = json.loads(payload)
    return form(
        id=document["data"]["id"],
        payload=document,
        json=payload.encode(),
        moment=moment,
        thread=thread,
        unsubscribe_url=unsubscribe_url,
        unsubscribe_urls=unsubscribe_urls or {},
        token=token,
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


def _shown(watch: Mapping[str, str]) -> Mapping[str, str]:
    return {key: display_text(value) for key, value in watch.items()}


def header_text(text: str, most: int = _SUBJECT) -> str:
    """Give untrusted text that may stand in a header: one line, and nothing that a parser would decode again."""
    line = re.sub(r"=(?=\?)", "= ", " ".join(display_text(text).split()))
    return cut_text(line, most)


def _enumerated(names: Iterable[str]) -> str:
    """Name watches in a subject, the longer ones cut so that each has its place."""
    every, text = list(names), ""
    for most in range(60, 10, -5):
        text = ", ".join(cut_text(name, most) for name in every)
        if len(text) <= _NAMES_ROOM:
            break
    return cut_text(text, _NAMES_ROOM)


def _passage(change: Mapping[str, str], matches: Iterable[Mapping[str, Any]], edit: Mapping[str, Any]) -> Passage:
    words = {match["text"] for match in (*matches, *edit["matches_before"])}
    before, after = change["before"], change["after"]
    return Passage(
        name=_NAMES.get(change["field"], ""),
        direction=direction(after or before),
        before=by_words(before, words),
        after=by_words(after, words),
        pieces=tuple((str(one.mark), by_words(one.text, words)) for one in pieces(Change("", before, after))),
    )


def _shifts(edit: Mapping[str, Any]) -> Iterable[str]:
    """Say what an edit did to the words of a watch."""
    if gone := edit["disappeared"]:
        yield "No longer found: " + ", ".join(_counted(one["term"], one["before"], was=True) for one in gone)
    if come := edit["appeared"]:
        yield "Now found: " + ", ".join(_counted(one["term"], one["after"]) for one in come)
    if not edit["matches_now"]:
        yield "The article no longer matches the watch."
    elif not edit["matched_before"]:
        yield "The article did not match the watch before."


def _places(matches: Iterable[Mapping[str, Any]]) -> str:
    """Say what matched, and where: an author, a section, an address."""
    found = dict.fromkeys(f"{match['text']} ({match['field']})" for match in matches)
    return cut_text(display_text(", ".join(found)), _PLACES)


def _counted(term: str, count: int, *, was: bool = False) -> str:
    times = "once" if count == 1 else "twice" if count == 2 else f"{count} times"
    return f"{display_text(term)} ({'was there ' if was else ''}{times})"


def _is_in(lede: str, excerpt: str) -> bool:
    """Tell whether an excerpt already says what the lede says, to its beginning."""
    return " ".join(lede.split())[:60] in excerpt


@cache
def _template(name: str) -> "jinja2.Template":
    import jinja2  # here, because reading settings leads through this file and words nothing

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def _inliner() -> "css_inline.CSSInliner":
    import css_inline

    # Only the @media rules stay in the head: they turn the colours for dark screens, and clients that drop them lose
    # nothing else. No style sheet is ever loaded.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
