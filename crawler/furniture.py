"""Which passages of an outlet's articles are furniture: learnt from its newest texts, by a rule that would rather miss.

A general extractor sees one page and cannot know that "Log in or register", a newsletter box, a disclaimer or a box
about the author stands on the next page too. Over many pages of one outlet it shows. A passage (a paragraph, a list
item, a line) is furniture when all of this holds:

- It stands in at least 5 different texts. Texts count as one when, without the passages in question, they say the
  same (half of their word groups in common), and not at all when they say nothing else: a text that was printed ten
  times makes none of its paragraphs furniture.
- It stands in a large share of the outlet's newest texts: at least 1/5 where it always stands before or after all
  that is the text's own, else 7/10 (1/2 where it stands at an edge at least as often as not). A quotation, a paragraph
  of background or a syndicated one comes back in a few texts, a sentence of the template in most.
- It is no sub-heading ("Pros", "Why it matters"): a line of up to 40 letters between paragraphs of the text's own has
  to stand in 9/10 of the texts, and no more than once in most of them.
- It is not about the story. The telling words of background ("the attack on the harbour in October") stand in the
  rest of the texts that hold it, and less so in those that do not; the words of a newsletter box do not.
- It is not of a series: where the titles of the texts that hold it, and hardly any other, share a word ("Briefing"),
  it is that series' standing introduction.
- A passage after the text that names the author of the page, in 5 texts at least, is a box about the author, however
  many others write there: the share does not count.

Furniture of which only the place was certain is taken from that place only (`Furniture.at_edges`). A new text of a
box is learnt like the first one, and what was not seen for 60 days is forgotten.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from newsdesk import Fingerprint

from .reading.furniture import Furniture, mark_of
from .reading.texts import squeeze

FEWEST = 5
"""Different texts that a passage has to stand in."""
WINDOW = 50
"""Texts that are looked at together."""
MOST = 200
"""Passages that are kept of one outlet."""
_AT_EDGES, _MOSTLY_AT_EDGES, _BETWEEN = 0.2, 0.5, 0.7
_HEADING, _HEADINGS = 40, 0.9
_SAME_TEXT = 0.5
_ABOUT, _ABOUT_ALL, _LIFT = 0.3, 0.5, 1.6
_OF_SERIES, _ELSEWHERE = 0.8, 0.25
_OTHERS = 3
_FEW_TELLING, _SENTENCE = 2, 100
_SHORTEST = 2
_MOST_PASSAGES = 400
_WORD = re.compile(r"[^\W\d_]{4,}")
_TELLING = 5


@dataclass(frozen=True)
class Text:
    """One article as it was read: its title, its authors, its paragraphs."""

    title: str
    authors: tuple[str, ...]
    paragraphs: Sequence[str]

    @cached_property
    def marks(self) -> list[int]:
        """The marks of its paragraphs, in order; 0 for what is too short to be told apart."""
        lines = self.paragraphs[:_MOST_PASSAGES]
        return [mark_of(line) if len(line) >= _SHORTEST and squeeze(line) else 0 for line in lines]


@dataclass
class _Passage:
    """What is seen of one passage in question."""

    line: str
    texts: list[int] = field(default_factory=list)
    inside: int = 0
    by_author: int = 0
    again: int = 0
    """Texts that hold it more than once."""


def learn(texts: Sequence[Text]) -> dict[int, tuple[int, bool]]:
    """Give the furniture of an outlet from its newest texts: by mark, in how many texts, and whether anywhere."""
    passages = _in_question(texts)
    if not passages:
        return {}
    own = [_own_lines(text, passages) for text in texts]
    different = _different([Fingerprint.of("\n".join(lines)) for lines in own])
    if len(different) < FEWEST:
        return {}
    rests = [_words([text.title, *lines]) for text, lines in zip(texts, own, strict=True)]
    _look(texts, different, passages)
    common = _common(rests, different)
    titles = {at: _words([texts[at].title]) for at in different}
    found: dict[int, tuple[int, bool]] = {}
    for mark, passage in passages.items():
        count = len(passage.texts)
        if count < FEWEST:
            continue
        anywhere = _place(passage, count / len(different))
        if anywhere is None or _is_of_series(passage, titles) or _is_of_story(passage, rests, different, common):
            continue
        found[mark] = (count, anywhere)
    return dict(sorted(found.items(), key=lambda one: -one[1][0])[:MOST])


def furniture_of(rows: Iterable[tuple[int, bool]]) -> Furniture:
    """Give the furniture that pairs of mark and `anywhere` stand for."""
    rows = list(rows)
    return Furniture(
        frozenset(mark for mark, anywhere in rows if anywhere), frozenset(mark for mark, some in rows if not some)
    )


def _in_question(texts: Sequence[Text]) -> dict[int, _Passage]:
    """Give the passages that stand in enough texts at all, by their marks."""
    counts: dict[int, int] = {}
    for text in texts:
        for mark in set(text.marks):
            counts[mark] = counts.get(mark, 0) + 1
    counts.pop(0, None)
    passages: dict[int, _Passage] = {}
    for text in texts:
        for line, mark in zip(text.paragraphs, text.marks, strict=False):
            if counts.get(mark, 0) >= FEWEST and mark not in passages:
                passages[mark] = _Passage(line)
    return passages


def _words(lines: Iterable[str]) -> set[str]:
    return {word for line in lines for word in _WORD.findall(line.casefold())}


def _own_lines(text: Text, passages: dict[int, _Passage]) -> list[str]:
    return [line for line, mark in zip(text.paragraphs, text.marks, strict=False) if mark and mark not in passages]


def _different(rests: list[Fingerprint]) -> list[int]:
    """Give one of each group of texts that say the same but for the passages in question; none that say nothing."""
    different: list[int] = []
    for at, rest in enumerate(rests):
        if rest.tokens and not any(_alike(rest, rests[other]) for other in different):
            different.append(at)
    return different


def _alike(one: Fingerprint, other: Fingerprint) -> bool:
    return one.digest == other.digest or one.containment(other) >= _SAME_TEXT


def _look(texts: Sequence[Text], different: list[int], passages: dict[int, _Passage]) -> None:
    """See in which texts each passage stands, and where: before or after the text's own, or inside it."""
    for at in different:
        text = texts[at]
        own = [place for place, mark in enumerate(text.marks) if mark not in passages]
        authors = [squeeze(name) for name in text.authors if " " in name]
        seen: set[int] = set()
        for place, mark in enumerate(text.marks):
            passage = passages.get(mark)
            if passage is None or mark in seen:
                continue
            passage.again += text.marks.count(mark) > 1
            seen.add(mark)
            passage.texts.append(at)
            passage.inside += own[0] < place < own[-1]
            key = squeeze(text.paragraphs[place])
            passage.by_author += place > own[-1] and any(name in key for name in authors)


def _place(passage: _Passage, share: float) -> bool | None:
    """Say whether a passage goes wherever it stands (True), only from the edges (False), or not at all (None)."""
    count = len(passage.texts)
    if passage.inside == 0:
        if share >= _MOSTLY_AT_EDGES:
            return True
        return False if share >= _AT_EDGES or passage.by_author == count else None
    if (
        len(passage.line) <= _HEADING
        and 2 * passage.inside > count
        and (share < _HEADINGS or 2 * passage.again > count)
    ):
        return None
    if share >= _BETWEEN or (share >= _MOSTLY_AT_EDGES and 2 * passage.inside <= count):
        return True
    return False if share >= _MOSTLY_AT_EDGES else None


def _is_of_series(passage: _Passage, titles: dict[int, set[str]]) -> bool:
    """Tell whether the titles of the texts that hold a passage share a word that hardly any other title has."""
    held = [titles[at] for at in passage.texts]
    others = [words for at, words in titles.items() if at not in set(passage.texts)]
    if len(others) < _OTHERS:
        return False
    for word in set().union(*held):
        inside = sum(word in words for words in held) / len(held)
        if inside >= _OF_SERIES and sum(word in words for words in others) <= _ELSEWHERE * len(others):
            return True
    return False


def _common(rests: list[set[str]], different: list[int]) -> set[str]:
    """Give the words that stand in more than half of the texts: they tell nothing of a story."""
    counts: dict[str, int] = {}
    for at in different:
        for word in rests[at]:
            counts[word] = counts.get(word, 0) + 1
    return {word for word, times in counts.items() if 2 * times > len(different)}


def _is_of_story(passage: _Passage, rests: list[set[str]], different: list[int], common: set[str]) -> bool:
    """Tell whether the telling words of a passage stand in the rest of the texts that hold it, and not in others."""
    telling = {word for word in _words([passage.line]) if len(word) >= _TELLING} - common
    if passage.by_author == len(passage.texts):
        return False
    if len(telling) < _FEW_TELLING:
        # It speaks as all the texts do: a paragraph among paragraphs, unless most texts have it.
        return len(passage.line) > _SENTENCE and len(passage.texts) < _MOSTLY_AT_EDGES * len(different)
    held = set(passage.texts)
    inside = _mean_share(telling, [rests[at] for at in passage.texts])
    others = [rests[at] for at in different if at not in held]
    if len(others) < _OTHERS:
        return inside >= _ABOUT_ALL
    return inside >= _ABOUT and inside >= _LIFT * _mean_share(telling, others)


def _mean_share(telling: set[str], rests: list[set[str]]) -> float:
    return sum(len(telling & rest) for rest in rests) / (len(telling) * len(rests))
