"""Brief: an alert as a short plain text, for chats and telephones: title, outlet, link, words, who else carries it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .marking import plain
from .message import Message
from .payload import cut_text
from .shown import Story

Escape = Callable[[str], str]

_NAMED = 3
_MORE = "… and {} more."


@dataclass(frozen=True, slots=True)
class Brief:
    """A title of one line, and what stands below it."""

    title: str
    lines: tuple[str, ...]

    @property
    def body(self) -> str:
        """Give the lines below the title."""
        return "\n".join(self.lines)

    @property
    def whole(self) -> str:
        """Give title and lines as one text."""
        return "\n".join((self.title, *self.lines))


def brief(message: Message, most: int, escape: Escape = str) -> Brief:
    """Word an alert in at most `most` UTF-8 bytes, untrusted words through `escape`; what has no room is counted.

    Addresses are left as they are but for characters that a markup could take for its own: those are percent-encoded.
    """
    title = escape(cut_text(message.subject, max(most // 3, 20)))
    room = most - len(title.encode()) - len(_MORE) - 4
    blocks = list(_blocks(message, escape))
    lines: list[str] = []
    for number, block in enumerate(blocks):
        cost = sum(len(line.encode()) + 1 for line in block)
        if cost > room and not lines:
            block = _shortened(block, room)
            cost = sum(len(line.encode()) + 1 for line in block)
        if cost > room:
            lines.append(_MORE.format(len(blocks) - number))
            break
        room -= cost
        lines += block
    return Brief(title, tuple(lines))


def _shortened(block: list[str], room: int) -> list[str]:
    """Give the lines that have room, those with the address first: it stands for all the rest."""
    kept: set[int] = set()
    for place in sorted(range(len(block)), key=lambda place: not block[place].startswith(("http://", "https://"))):
        cost = len(block[place].encode()) + 1
        if cost <= room:
            kept.add(place)
            room -= cost
    return [line for place, line in enumerate(block) if place in kept]


def _blocks(message: Message, escape: Escape) -> Iterator[list[str]]:
    """Give what belongs together: the lines of one story, of one headline, or one line of a notice."""
    data = message.payload["data"]
    if message.is_notice:
        yield from ([escape(_flat(line))] for line in data["lines"])
        return
    watches = [cut_text(str(watch["name"]), 60) for watch in data.get("watches", ())]
    if len(watches) > 1:
        yield [escape(_flat(f"Watches: {_few(watches)}"))]
    alone = len(message.stories) == 1 and not message.is_report
    for section in message.sections:
        if section.headline:
            yield [escape(_flat(line)) for line in (section.headline, *section.explanation)]
        for story in section.stories:
            yield list(_story(story, escape, titled=not alone))


def _story(story: Story, escape: Escape, *, titled: bool) -> Iterator[str]:
    if titled:
        yield escape(_flat(f"• {cut_text(plain(story.title), 200)}"))
    yield escape(_flat(" · ".join(part for part in (story.outlet, story.when, story.badge) if part)))
    if story.url:
        yield bare(story.url)
    for shift in story.shifts:
        yield escape(_flat(shift))
    if story.terms:
        yield escape(_flat(f"Matched: {cut_text(', '.join(story.terms), 200)}"))
    if story.also_in:
        yield escape(_flat(f"Also in: {_few([outlet for outlet, _, _ in story.also_in])}"))


def bare(url: str) -> str:
    """Give an address without what a chat's markup would act upon; it leads to the same page."""
    return "".join(_ENCODED.get(c, c) for c in url)


_ENCODED: dict[str, Any] = {c: f"%{ord(c):02X}" for c in "<>|`*~[]()@\\\"'{}^ "}


def _few(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    more = len(names) - _NAMED
    return f"{', '.join(names[:_NAMED])} and {more} more" if more > 0 else ", ".join(names)


def _flat(text: str) -> str:
    return " ".join(text.split())
