"""Advice: what a sound query or watch is probably not meant to say, each with its place and a remedy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from newsdesk import Problem, did_you_mean, fold

from ..query.doc import FIELDS, TEXT
from ..query.grammar import Query
from ..query.outline import Both, Close, Either, Never, Outline, Shape, Value, Within, Word, outline
from ..scalar import place_in_scalar
from ..watch import Watch
from .commonest import COMMONEST, NAMES
from .logic import Clash, Known, always, canonical, clash, same_language
from .slips import slips

_TOO_MANY = 1_000
_FEW = 12
_COMMON = {language: frozenset(map(fold, words.split())) for language, words in COMMONEST.items()}
_BODY = 1 << FIELDS.index("body")


@dataclass(frozen=True, slots=True)
class Advice:
    """What may not be meant, and a remedy. `at` is a place in the query, or the way to a key of the watch's file."""

    at: int | tuple[str | int, ...]
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Give both in one line."""
        return f"{self.what}; {self.remedy}" if self.remedy else self.what


@dataclass(frozen=True)
class Adviser:
    """Knows the outlets that there are, so that it can tell what nobody has."""

    outlets: Sequence[Known] = ()
    whole: bool = True
    """Whether these are all outlets; else nothing is said of what is missing among them."""
    seen: dict[object, Watch] = field(default_factory=dict, compare=False, repr=False)

    def query(self, query: Query, *, stem: bool = False) -> list[Advice]:
        """Give what may not be meant by a query by itself, what its reading told included; in order."""
        return self._advice(query, outline(query.text, stem=stem))

    def watch(self, watch: Watch) -> list[Advice]:
        """Give what may not be meant by a watch, and the watch before it that asks the same."""
        drawn = outline(watch.query_text, stem=_stems(watch))
        found = self._advice(watch.query, drawn, watch)
        found += self._unknown_languages(watch.languages)
        known = self.seen.setdefault(_identity(watch, drawn.shape), watch)
        if known is not watch:
            where = known.file.path.name if known.file else known.slug
            found.append(Advice(0, f"{where} asks the same", "keep one of the two, with whom both tell"))
        return found

    def problems(self, watch: Watch) -> list[Problem]:
        """Give the advice on a watch at its places in the file."""
        return [_located(watch, one) for one in self.watch(watch)]

    def _advice(self, query: Query, drawn: Outline, watch: Watch | None = None) -> list[Advice]:
        told = [Advice(at, what) for at, what in query.warnings]
        slipped = {one.at for one in told if " is read as " in one.what or "in small letters" in one.what}
        found = [Advice(*slip) for slip in slips(drawn) if slip[0] not in slipped]
        unknown = list(self._unknown_values(drawn.terms))
        # What nobody has is told once, not again as what cannot be.
        never = list(_impossible(drawn.shape, watch, self.outlets if self.whole and not unknown else ()))
        found += [*unknown, *never, *_beyond_reason(drawn.shape)]
        if not never and not unknown and not any("nearly every article" in one.what for one in told):
            found += _matches_all(drawn.shape, drawn.terms, watch)
        return sorted(dict.fromkeys([*told, *found]), key=_place)

    # What nobody has

    def _unknown_values(self, terms: Iterable[Word | Value]) -> Iterator[Advice]:
        for term in terms:
            if isinstance(term, Value) and self.outlets and self.whole:
                yield from self._unknown(term)

    def _unknown(self, value: Value) -> Iterator[Advice]:
        kind, _, wanted = value.key.partition(":")
        if kind == "outlet" and wanted not in self._slugs:
            yield Advice(value.at, f'no outlet is "{value.text}"', _suggested(wanted, self._slugs))
        if kind == "tag" and wanted not in self._tags:
            yield Advice(value.at, f'no outlet has the tag "{value.text}"', _suggested(wanted, self._tags))
        if kind == "host" and not any(_same_site(wanted, host) for host in self._hosts):
            yield Advice(
                value.at, f"no outlet has {value.text} for its site or a source", _suggested(wanted, self._hosts)
            )
        if kind == "lang" and not self._is_spoken(wanted):
            yield Advice(
                value.at, f'no outlet is in "{value.text}"', f"declared are: {', '.join(sorted(self._languages))}"
            )

    def _unknown_languages(self, languages: Sequence[str]) -> Iterator[Advice]:
        for index, language in enumerate(languages):
            if self.outlets and self.whole and not self._is_spoken(language):
                declared = f"declared are: {', '.join(sorted(self._languages))}"
                yield Advice(("languages", index), f'no outlet is in "{language}"', declared)

    def _is_spoken(self, language: str) -> bool:
        return any(not spoken or same_language(language, spoken) for spoken in self._languages)

    @cached_property
    def _slugs(self) -> set[str]:
        return {one.slug for one in self.outlets}

    @cached_property
    def _tags(self) -> set[str]:
        return {tag for one in self.outlets for tag in one.tags}

    @cached_property
    def _hosts(self) -> set[str]:
        return {host for one in self.outlets for host in one.hosts}

    @cached_property
    def _languages(self) -> set[str]:
        return {one.language for one in self.outlets}


def _place(advice: Advice) -> int:
    return advice.at if isinstance(advice.at, int) else -1


def _stems(watch: Watch) -> bool:
    return bool(watch.file and watch.file.value.get("stem") is True)


def _identity(watch: Watch, shape: Shape) -> object:
    """Give what two watches that ask the same have in common."""
    outlets = frozenset(one.casefold() for one in watch.outlets)
    languages = frozenset(one.replace("_", "-").lower() for one in watch.languages)
    return canonical(shape), outlets, languages, repr(watch.file.value.get("alert")) if watch.file else ""


def _located(watch: Watch, advice: Advice) -> Problem:
    if not isinstance(advice.at, int):
        return watch.problem(
            advice.at, ".".join(str(part) for part in advice.at[:1]) + f": {advice.what}", advice.remedy
        )
    if watch.file is None:
        return Problem(watch.slug, 0, 0, f"query: {advice.what}", advice.remedy)
    mark = watch.file.marks[("query",)]
    line, column = place_in_scalar(watch.file.path, mark, watch.query_text, advice.at)
    return Problem(watch.file.path, line, column, f"query: {advice.what}", advice.remedy)


def _suggested(wanted: str, known: Iterable[str]) -> str:
    """Give a likely name, or all of a few."""
    names = list(known)
    said = did_you_mean(wanted, names)
    return said if said.startswith("did") or len(names) <= _FEW else "see: tocsin outlets"


def _same_site(one: str, other: str) -> bool:
    return one.split(".")[-2:] == other.split(".")[-2:]


# What can never match


def _impossible(shape: Shape, watch: Watch | None, outlets: Sequence[Known]) -> Iterator[Advice]:
    if clash(shape, outlets):
        where = _innermost(shape, outlets)
        yield Advice(where.start, f"this can never match: {where.what}", "mend or remove one of them")
        return
    for part in _alternatives(shape):
        if not isinstance(part, (Word, Value)) and (found := clash(part, outlets)):
            yield Advice(found.start, f"this alternative can never match: {found.what}", "mend or remove it")
    filters = _filters(watch) if watch else []
    if filters and (found := clash(Both(0, (*filters, shape)), outlets)):
        what = f"with the watch's own outlets and languages, this can never match: {found.what}"
        yield Advice(0, what, "widen one of them")


def _filters(watch: Watch) -> list[Shape]:
    """Give the watch's own outlets and languages as a part of its query."""
    outlets = tuple(Value(0, 0, *_named(name)) for name in watch.outlets)
    languages = tuple(Value(0, 0, "lang", one, f"lang:{one.replace('_', '-').lower()}") for one in watch.languages)
    return [Either(0, values) for values in (outlets, languages) if values]


def _named(name: str) -> tuple[str, str, str]:
    if name.startswith("tag:"):
        return "tag", name[4:].strip(), f"tag:{name[4:].strip().casefold()}"
    return "outlet", name, f"{'host' if '.' in name else 'outlet'}:{name.lower()}"


def _innermost(shape: Shape, outlets: Sequence[Known]) -> Clash:
    """Give the clash of the smallest part that must be met and cannot."""
    inner: Iterable[Shape] = shape.parts if isinstance(shape, Both) else ()
    for part in inner:
        if not isinstance(part, (Word, Value)) and clash(part, outlets):
            return _innermost(part, outlets)
    found = clash(shape, outlets)
    assert found
    return found


def _alternatives(shape: Shape) -> Iterator[Shape]:
    """Give the alternatives in a query, outermost first, where it is not ruled out."""
    if isinstance(shape, Either):
        yield from shape.parts
    if isinstance(shape, (Both, Either)):
        for part in shape.parts:
            yield from _alternatives(part)


def _beyond_reason(shape: Shape) -> Iterator[Advice]:
    if isinstance(shape, (Both, Either)):
        for part in shape.parts:
            yield from _beyond_reason(part)
    if isinstance(shape, Within):
        if shape.name == "COUNT" and shape.number > _TOO_MANY:
            yield Advice(shape.start, f"hardly any article holds {shape.number:,} of these", "ask for fewer")
        yield from _beyond_reason(shape.part)


# What nearly every article holds


def _matches_all(shape: Shape, terms: Sequence[Word | Value], watch: Watch | None) -> Iterator[Advice]:
    if always(shape):
        yield Advice(shape.start, "this matches every article", "say what is looked for")
        return
    if watch is not None and watch.outlets:
        return  # all that some outlets print may well be meant
    spoken = {fold(term.inner.strip()) for term in terms if isinstance(term, Word)}
    asked = {term.key[5:] for term in terms if isinstance(term, Value) and term.name == "lang"}
    common = {language: words for language, words in _COMMON.items() if language in asked or words & spoken}
    for language in dict.fromkeys((*asked, *common)):
        truth = {"lang:" + language: True}
        if _holds(shape, truth, frozenset()):
            what = f"this matches every article in {NAMES.get(language, language)}"
        elif _holds(shape, truth, common.get(language, frozenset())):
            what = f"nearly every article in {NAMES[language]} matches this: it asks for the commonest words alone"
        else:
            continue
        yield Advice(shape.start, what, "say what is looked for")
        return


def _holds(shape: Shape, truth: Mapping[str, bool], common: frozenset[str]) -> bool:
    """Tell whether an article matches that holds only the commonest words of its language."""
    if isinstance(shape, Both):
        return all(_holds(part, truth, common) for part in shape.parts)
    if isinstance(shape, Either):
        return any(_holds(part, truth, common) for part in shape.parts)
    if isinstance(shape, Never):
        return not _may_hold(shape.part, truth, common)
    if isinstance(shape, Value):
        return truth.get(shape.key, False)
    return isinstance(shape, Word) and _is_common(shape, common)


def _may_hold(shape: Shape, truth: Mapping[str, bool], common: frozenset[str]) -> bool:
    """Tell the same of what is ruled out, where a phrase of the commonest words may well occur."""
    if isinstance(shape, (Close, Within)):
        return bool(common)
    if isinstance(shape, Never):
        return not _holds(shape.part, truth, common)
    if isinstance(shape, Both):
        return all(_may_hold(part, truth, common) for part in shape.parts)
    if isinstance(shape, Either):
        return any(_may_hold(part, truth, common) for part in shape.parts)
    return _holds(shape, truth, common)


def _is_common(word: Word, common: frozenset[str]) -> bool:
    plain = word.is_plain and not (word.scope.case or word.scope.exact)
    return plain and word.scope.fields in (TEXT, _BODY) and fold(word.inner.strip()) in common
