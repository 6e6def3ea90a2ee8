"""What a message shows people: passages, stories, sections, groups of a digest, and why it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from .marking import Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One passage that an edit changed, word by word."""

    name: str
    """`Headline`, `Summary`, or none for a part of the body."""
    direction: str
    before: Marked
    """Nothing where it was added."""
    after: Marked
    """Nothing where it was removed."""
    pieces: tuple[tuple[str, Marked], ...]
    """What became of each run of words (`kept`, `added`, `removed`), and the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as a mail shows it."""

    title: Marked
    lede: Marked
    excerpt: Marked
    brief: bool
    """Whether only its headline is told, because there are very many."""
    unmarked: str
    """What matched, where none of the texts shows it."""
    direction: str
    """`rtl` or `ltr`, as most letters of the title run."""
    text_direction: str
    language: str
    outlet: str
    when: str
    url: str
    revised: bool
    first: bool
    terms: tuple[str, ...]
    also_in: tuple[tuple[str, str, str], ...]
    earlier: tuple[str, str, str] | None
    """Of an update, the outlet, title and address of the report that it goes on from."""
    news: tuple[Marked, ...]
    """Of an update, what that report did not tell."""
    edited: bool
    shifts: tuple[str, ...]
    """Of an edit, what it did to the words of the watch, in sentences."""
    passages: tuple[Passage, ...]

    @property
    def badge(self) -> str:
        """Give what the story is beside new, in a word or two."""
        kinds = ((self.first, "First mention"), (self.edited, "Edited"), (self.revised, "Revised"))
        return next((name for holds, name in kinds if holds), "Update" if self.earlier else "")


@dataclass(frozen=True, slots=True)
class Section:
    """One alert of a mail that tells more than stories: what it says, and the stories that show it."""

    headline: str
    explanation: tuple[str, ...]
    stories: tuple[Story, ...]
    others: tuple[str, ...] = ()
    """In a digest of several watches: the names of those that asked for it besides the one it stands under."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a digest tells of one watch."""

    name: str
    sections: tuple[Section, ...]

    @property
    def count(self) -> str:
        """Say how many there are."""
        return count_of(self.sections)


@dataclass(frozen=True, slots=True)
class Reason:
    """One watch that a message is of, and the address that ends its subscription."""

    name: str
    query: str
    unsubscribe_url: str


def count_of(sections: Sequence[Section], count: int = 0) -> str:
    """Say how many alerts there are, or that there are `count` of their kind: stories, where they are nothing else."""
    is_report = any(section.headline for section in sections)
    one, many = ("alert", "alerts") if is_report else ("story", "stories")
    count = count or len(sections)
    return f"{count} {one if count == 1 else many}"
