"""Edits: what a later revision of an article did to the words that a watch asks for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsdesk import Change, FiledArticle, Mark, changes, pieces

from ..matcher import Match, OnError, ready
from ..query import Doc, Span
from ..watch import Watch
from .marking import is_unspaced, occur

_REACH = 90
"""How many characters of unchanged words are shown on either side of a change."""
_SHORT = 400
"""A passage of so many characters is shown whole."""
_MOST_CHANGES = 8
_SHOWN = ("title", "lede", "body", "author", "dateline", "section")
"""The fields that have spans, in the order of a document's texts."""

Earlier = Callable[[int], FiledArticle | None]
"""Gives the article as it read at an earlier revision, if that text is on record."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One clause of a query, and how often it was found in the earlier and in the later text."""

    term: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit by which a watched word appeared or disappeared, or an article began or ceased to match."""

    revision: int
    """Of the earlier text."""
    fitted: bool
    """Whether the earlier text matched."""
    fits: bool
    """Whether the later one does."""
    shifts: tuple[Shift, ...]
    gone: tuple[Span, ...]
    """What was found in the earlier text by clauses that find nothing any more; its places are of that text."""
    changes: tuple[Change, ...]
    """The passages that changed; where they are many, above all those with words that appeared or disappeared."""


@dataclass(frozen=True, slots=True)
class Found:
    """A watch that an article concerns: it matches, or it did so before it was edited."""

    match: Match
    edit: Edit | None = None

    @property
    def fits(self) -> bool:
        """Tell whether the article is what the watch asks for."""
        return self.edit is None or self.edit.fits


def concerned(
    filed: FiledArticle,
    matches: Sequence[Match],
    watches: Mapping[str, Watch],
    seen: Mapping[str, int],
    earlier: Earlier,
    tags: Mapping[str, Iterable[str]],
    on_error: OnError | None = None,
) -> list[Found]:
    """Give whom a revised article concerns: the watches that it matches, and those of `watches` that it matched.

    `watches` are those that tell of edits, by their slugs; `seen` says with which revision each of them was last on
    record. For the others an edit is none. What was no news when it matched at first, as it was filed quietly or
    before there was the watch, is none for a further revision.
    """
    found: list[Found] = []
    matching = {match.watch.slug for match in matches}
    matches = [match for match in matches if match.watch.slug in seen or not _is_old(match, filed, earlier, tags)]
    for match in [*matches, *_lost(filed, watches, seen.keys() - matching, tags)]:
        slug, edit = match.watch.slug, None
        before = earlier(seen.get(slug, filed.revision - 1)) if slug in watches else None
        if before is not None:
            try:
                edit = judge(match, before, filed, tags, fits=slug in matching)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(slug, error)
                continue
        if edit is not None or slug in matching:
            found.append(Found(match, edit))
    return found


def _is_old(match: Match, filed: FiledArticle, earlier: Earlier, tags: Mapping[str, Iterable[str]]) -> bool:
    """Tell whether a watch that was never shown the article would have matched it before this revision."""
    before = earlier(filed.revision - 1) if match.watch.tells_each else None
    return before is not None and match.watch.query.matches(ready(before, tags))


def _lost(
    filed: FiledArticle, watches: Mapping[str, Watch], slugs: Iterable[str], tags: Mapping[str, Iterable[str]]
) -> Iterator[Match]:
    lost = sorted(slug for slug in slugs if slug in watches)
    if lost:
        doc = ready(filed, tags)
        yield from (Match(watches[slug], doc) for slug in lost if watches[slug].covers(doc))


def judge(
    match: Match, before: FiledArticle, after: FiledArticle, tags: Mapping[str, Iterable[str]], *, fits: bool
) -> Edit | None:
    """Give what an edit did to the words of a watch; None where it did nothing that the watch is to tell."""
    old = ready(before, tags)
    fitted = match.watch.query.matches(old)
    if not (fitted or fits):
        return None
    was = match.watch.query.spans(old)
    gone, come = _missing(was, match.spans, match.doc), _missing(match.spans, was, old)
    if fitted == fits and not gone and not come:
        return None
    shifts = [Shift(term, 0, count) for term, count in _counts(come)]
    shifts += [Shift(term, count, 0) for term, count in _counts(gone)]
    told = _telling(changes(before.article, after.article), {span.text for span in (*gone, *come)})
    return Edit(before.revision, fitted, fits, tuple(shifts), gone, tuple(map(condensed, told)))


def _telling(found: Sequence[Change], words: Iterable[str]) -> list[Change]:
    """Choose the passages to show, in the order of the text: those with the words first, then as many as fit."""
    ranked = sorted(range(len(found)), key=lambda number: not _holds(found[number], words))
    return [found[number] for number in sorted(ranked[:_MOST_CHANGES])]


def _holds(change: Change, words: Iterable[str]) -> bool:
    return change.field == "title" or occur(words, (change.before_text, change.after_text))


def condensed(change: Change) -> Change:
    """Leave out of a long change what stands unchanged and far from what was changed."""
    if max(len(change.before_text), len(change.after_text)) <= _SHORT:
        return change
    runs = pieces(change)
    old: list[str] = []
    new: list[str] = []
    for number, piece in enumerate(runs):
        text = piece.text
        if piece.mark is Mark.KEPT:
            text = _ends(text, keeps_begin=number > 0, keeps_end=number < len(runs) - 1)
        if piece.mark is not Mark.ADDED:
            old.append(text)
        if piece.mark is not Mark.REMOVED:
            new.append(text)
    return Change(change.field, _joined(old) if change.before_text else "", _joined(new) if change.after_text else "")


def _ends(text: str, *, keeps_begin: bool, keeps_end: bool) -> str:
    if len(text) <= _REACH * (keeps_begin + keeps_end) + _REACH:
        return text
    begin = text[:_REACH].rpartition(" ")[0] or text[:_REACH]
    end = text[-_REACH:].partition(" ")[2] or text[-_REACH:]
    return f"{begin if keeps_begin else ''} … {end if keeps_end else ''}".strip()


def _joined(runs: Sequence[str]) -> str:
    """Put runs of words together again; scripts without spaces want none."""
    text = ""
    for run in runs:
        close = not text or not run or (is_unspaced(text[-1]) and is_unspaced(run[0]))
        text += run if close else f" {run}"
    return text


def _missing(ones: Sequence[Span], others: Sequence[Span], doc: Doc) -> tuple[Span, ...]:
    """Give those that no clause finds in the other text, where the words themselves do not stand either.

    A text that does not match shows only part of what it holds: a word beside one that is missing is still there.
    """
    found = {span.term for span in others}
    lacking: dict[str, list[Span]] = {}
    for span in ones:
        if span.term not in found:
            lacking.setdefault(span.term, []).append(span)
    kept = {term for term, spans in lacking.items() if occur((span.text for span in spans), _texts(doc, spans))}
    return tuple(span for span in ones if span.term in lacking and span.term not in kept)


def _texts(doc: Doc, spans: Sequence[Span]) -> list[str]:
    """Give the texts in which a clause would have found its words: those of a headline are looked for there alone."""
    fields = {span.field for span in spans}
    if fields & {"lede", "body"}:
        fields |= {"title", "lede", "body"}
    return [text for name, text in zip(_SHOWN, doc.texts, strict=False) if name in fields]


def _counts(spans: Iterable[Span]) -> list[tuple[str, int]]:
    return list(Counter(span.term for span in spans).items())
