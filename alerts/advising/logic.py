"""Logic: can a query ever match? Sound, not complete: what is called impossible is so; what is not may still be.

A query is taken apart into the ways in which it could be met, until one holds no contradiction or none is left.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from newsdesk import fold

from ..query.outline import Both, Close, Either, Never, Shape, Value, Within, Word

_MOST_STEPS = 5_000
_ONE_FIELD = ("SENTENCE", "PARAGRAPH")
_ANY = -1


@dataclass(frozen=True, slots=True)
class Known:
    """What is on file of one outlet."""

    slug: str
    hosts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """In folded case."""
    language: str = ""
    """As it is declared, in small letters; empty where it is left to each page."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two clauses of which an article can only meet one; or one that none can meet, and why."""

    start: int
    what: str


def clash(shape: Shape, outlets: Sequence[Known] = ()) -> Clash | None:
    """Give why a query can never match, None where it may; with `outlets`, no other outlet is thought of."""
    return _Search(outlets).impossible(shape, True)


def always(shape: Shape) -> bool:
    """Tell whether a query matches every article, whatever it says."""
    return _Search(()).impossible(shape, False) is not None


class _TooLong(Exception):
    """The search has taken too many steps."""


Undo = list[Callable[[], object]]
"""How to let go of what a way had held."""
Goal = tuple[Shape, bool]
Goals = tuple[Goal, "Goals"] | None
"""What is still to be met: the next, and the others."""


class _Search:
    def __init__(
        self,
        outlets: Sequence[Known],
        *,
        one_field: bool = False,
        most_words: int = 0,
        within: "_Search | None" = None,
    ) -> None:
        self.outlets = outlets
        self.steps: list[None] = within.steps if within else []
        # By identity, and with what it is of, so that no other takes its place.
        self.insides: dict[int, tuple[Shape, Clash | None]] = within.insides if within else {}
        self.forms: dict[int, tuple[Shape, tuple[object, ...]]] = within.forms if within else {}
        self.slugs = {one.slug for one in outlets}
        self.tags = {tag for one in outlets for tag in one.tags}
        self.one_field = one_field
        self.most_words = most_words
        self.words: dict[tuple[str, bool], list[Word]] = defaultdict(list)
        self.values: list[tuple[Value, bool]] = []
        self.others: dict[tuple[object, ...], bool] = {}
        self.fields = [_ANY]
        self.last: Clash | None = None

    def impossible(self, shape: Shape, positive: bool) -> Clash | None:
        try:
            met = self.meet(((shape, positive), None))
        except (_TooLong, RecursionError):
            return None
        return None if met else self.last

    def meet(self, goals: Goals) -> bool:
        """Tell whether all goals can be met together with what is already held."""
        self.steps.append(None)
        if len(self.steps) > _MOST_STEPS:
            raise _TooLong
        undo: Undo = []
        met = self._meet_each(goals, undo)
        while undo:
            undo.pop()()
        return met

    def _meet_each(self, goals: Goals, undo: Undo) -> bool:
        while goals is not None:
            (shape, positive), goals = goals
            while isinstance(shape, Never):
                shape, positive = shape.part, not positive
            if isinstance(shape, (Both, Either)):
                if isinstance(shape, Both) is not positive:
                    return any(self.meet(((part, positive), goals)) for part in shape.parts)
                parts = shape.parts
            elif not self._hold(shape, positive, undo):
                return False
            else:
                parts = _inside(shape) if positive else ()
            for part in reversed(parts):
                goals = (part, positive), goals
        return True

    def _hold(self, shape: Shape, positive: bool, undo: Undo) -> bool:
        if isinstance(shape, Word):
            return self._hold_word(shape, positive, undo)
        if isinstance(shape, Value):
            return self._hold_value(shape, positive, undo)
        assert isinstance(shape, (Close, Within))
        if positive and (found := self._inside(shape)):
            self.last = found
            return False
        key = self._form(shape)
        if self.others.get(key, positive) is not positive:
            self.last = Clash(shape.start, "the same is asked for and ruled out")
            return False
        if key not in self.others:
            self.others[key] = positive
            undo.append(partial(self.others.pop, key))
        return True

    def _inside(self, shape: Close | Within) -> Clash | None:
        """Give why what stands inside a NEAR or a function can never be met there; sought once for each."""
        if id(shape) not in self.insides:
            most = shape.number if isinstance(shape, Within) and shape.name == "FIRST" else 0
            one_field = isinstance(shape, Close) or shape.name in _ONE_FIELD
            whole = Both(shape.start, (shape.left, shape.right)) if isinstance(shape, Close) else shape.part
            search = _Search(self.outlets, one_field=one_field, most_words=most, within=self)
            self.insides[id(shape)] = shape, search.impossible(whole, True)
        return self.insides[id(shape)][1]

    def _form(self, shape: Shape) -> tuple[object, ...]:
        if id(shape) not in self.forms:
            self.forms[id(shape)] = shape, canonical(shape)
        return self.forms[id(shape)][1]

    def _hold_word(self, word: Word, positive: bool, undo: Undo) -> bool:
        if positive:
            parts = len(word.inner.split()) if word.is_plain else 1
            if self.most_words and parts > self.most_words:
                self.last = Clash(word.at, f"{word.text} is longer than the {self.most_words} words it must lie within")
                return False
            fields = self.fields[-1] & word.scope.fields
            if self.one_field and not fields:
                self.last = Clash(word.at, f"{word.text} is asked for in another field, and nothing lies in two")
                return False
            self.fields.append(fields)
            undo.append(self.fields.pop)
        for other in self._against(word, positive):
            asked, barred = (word, other) if positive else (other, word)
            if _implies(asked, barred):
                self.last = Clash(barred.start, _said(asked, barred))
                return False
        for key in _keys(word) if positive else {_likeness(word)}:
            self.words[key, positive].append(word)
            undo.append(self.words[key, positive].pop)
        return True

    def _against(self, word: Word, positive: bool) -> Iterable[Word]:
        keys = _keys(word) if positive else {_likeness(word)}
        return [other for key in keys for other in self.words.get((key, not positive), ())]

    def _hold_value(self, value: Value, positive: bool, undo: Undo) -> bool:
        for other, sign in self.values:
            if not _together(value.key, positive, other.key, sign):
                self.last = Clash(value.start, _apart(value, positive, other, sign))
                return False
        self.values.append((value, positive))
        undo.append(self.values.pop)
        stranger = any(
            sign and one.key.startswith("outlet:") and one.key[7:] not in self.slugs for one, sign in self.values
        )
        if self.outlets and not stranger and not any(map(self._fits, self.outlets)):
            asked = " ".join(("" if sign else "NOT ") + f"{one.name}:{one.text}" for one, sign in self.values)
            self.last = Clash(value.start, f"no outlet here is as all of this asks: {asked}")
            return False
        return True

    def _fits(self, outlet: Known) -> bool:
        """Tell whether an article of the outlet could have the properties; what no file knows is thought possible."""
        for value, sign in self.values:
            kind, _, wanted = value.key.partition(":")
            if kind == "outlet" and (wanted == outlet.slug) is not sign:
                return False
            if kind == "tag" and wanted in self.tags and (wanted in outlet.tags) is not sign:
                return False
            if kind == "lang" and sign and outlet.language and not same_language(wanted, outlet.language):
                return False
        return True


def _inside(shape: Shape) -> tuple[Shape, ...]:
    """Give what the whole article must hold for what must stand close together, or within something."""
    parts: tuple[Shape, ...] = (shape.left, shape.right) if isinstance(shape, Close) else ()
    parts = (shape.part,) if isinstance(shape, Within) else parts
    return tuple(core for part in parts if (core := _asked(part)) is not None)


def _asked(shape: Shape) -> Shape | None:
    """Give what a stretch of a text must hold, so the whole text, too; what it must lack the whole may have."""
    if isinstance(shape, Never):
        return None
    if isinstance(shape, Both):
        parts = tuple(core for part in shape.parts if (core := _asked(part)) is not None)
        return Both(shape.start, parts) if parts else None
    if isinstance(shape, Either):
        cores = [_asked(part) for part in shape.parts]
        return None if None in cores else replace(shape, parts=tuple(core for core in cores if core is not None))
    return shape


def _likeness(word: Word) -> str:
    return fold(word.likeness)


def _keys(word: Word) -> set[str]:
    """Give what the words are filed under that this one brings along."""
    return {_likeness(word), *(_parts(word))}


def _parts(word: Word) -> list[str]:
    """Give the words of a phrase; those of which it is sure that each is found for itself, too."""
    parts = _likeness(word).split() if word.is_plain and not word.scope.stem else []
    return [part for part in parts if part.isalpha()]


def _implies(asked: Word, barred: Word) -> bool:
    """Tell whether a text that has the one surely has the other."""
    if asked.scope.fields & ~barred.scope.fields:
        return False
    if asked.scope.stem or barred.scope.stem:
        return asked.scope.stem is barred.scope.stem and asked.likeness == barred.likeness
    strict = (barred.scope.case, barred.scope.exact)
    if strict == (asked.scope.case, asked.scope.exact) and asked.likeness == barred.likeness:
        return True
    if any(strict) or not barred.is_plain or not asked.is_plain:
        return False
    wanted = _likeness(barred)
    return wanted == _likeness(asked) or (wanted.isalpha() and wanted in _parts(asked))


def _said(asked: Word, barred: Word) -> str:
    if asked.text == barred.text:
        return f"{barred.text} is asked for and ruled out"
    return f"{asked.text} is asked for and {barred.text} ruled out"


def _apart(value: Value, positive: bool, other: Value, sign: bool) -> str:
    if positive and sign:
        return f"no article is {value.name}:{value.text} and {other.name}:{other.text}"
    asked, barred = (value, other) if positive else (other, value)
    return f"{asked.name}:{asked.text} is asked for and {barred.name}:{barred.text} ruled out"


def _together(key: str, positive: bool, other: str, sign: bool) -> bool:
    """Tell whether one article can have, or lack, the two properties."""
    kind, _, wanted = key.partition(":")
    other_kind, _, other_wanted = other.partition(":")
    if kind != other_kind or not (positive or sign):
        return True
    if positive and sign:
        if kind == "outlet":
            return wanted == other_wanted
        return kind not in _NESTED or _covers(kind, wanted, other_wanted) or _covers(kind, other_wanted, wanted)
    asked, barred = (wanted, other_wanted) if positive else (other_wanted, wanted)
    return asked != barred and not (kind in _NESTED and _covers(kind, barred, asked))


_NESTED = ("lang", "host")


def _covers(kind: str, wide: str, narrow: str) -> bool:
    if kind == "lang":
        return narrow == wide or narrow.startswith(wide + "-")
    return narrow == wide or narrow.endswith("." + wide)


def same_language(one: str, other: str) -> bool:
    """Tell whether two language tags name one language, whatever the region."""
    return one.replace("_", "-").partition("-")[0].lower() == other.replace("_", "-").partition("-")[0].lower()


def canonical(shape: Shape) -> tuple[object, ...]:
    """Give what all ways to write the same query have in common, up to the order of its parts."""
    if isinstance(shape, Word):
        return (
            "word",
            shape.likeness,
            shape.is_plain,
            shape.scope.fields,
            shape.scope.case,
            shape.scope.exact,
            shape.scope.stem,
        )
    if isinstance(shape, Value):
        return ("value", shape.key)
    if isinstance(shape, Never):
        return ("not", canonical(shape.part))
    if isinstance(shape, Close):
        sides = [canonical(shape.left), canonical(shape.right)]
        return ("near", shape.distance, shape.ordered, *(sides if shape.ordered else sorted(sides, key=repr)))
    if isinstance(shape, Within):
        return ("within", shape.name, shape.number, canonical(shape.part))
    kind = "all" if isinstance(shape, Both) else "any"
    parts: set[tuple[object, ...]] = set()
    for part in map(canonical, shape.parts):
        parts |= set(part[1:]) if part[0] == kind else {part}  # type: ignore[arg-type]
    return next(iter(parts)) if len(parts) == 1 else (kind, *sorted(parts, key=repr))
