"""Reading the terms of a query: words, phrases, regular expressions, values; with the warnings they deserve."""

import re
import unicodedata

from newsdesk import QueryError, Spelling, same_letters

from .doc import TEXT
from .edges import MANY, ONE, Edge, StemEdge, StrictEdge, WildEdge
from .operator import OPERATORS, Scope
from .regex import Regex
from .tree import Leaf, Node, Place, Property
from .words import leaf, plain_leaf, query_spellings

_CLOSERS = {
    '"': '"“”„‟＂', "“": '"”“‟', "”": '"”“', "„": '"“”‟', "‟": '"”“', "＂": '＂"',
    "«": "»", "»": "«»", "‹": "›", "›": "‹›", "「": "」", "『": "』", "《": "》",
}  # fmt: skip
_QUOTES = "".join(_CLOSERS)
_HEBREW_QUOTE = r"(?<=[\u05d0-\u05ea])[\"״](?=[\u05d0-\u05ea])"
_WORD = re.compile(rf"(?:\\.|{_HEBREW_QUOTE}|(?!&&|\|\|)[^\s()\\{_QUOTES}」』》])+|\\$", re.DOTALL)
# ‘…’ are also apostrophes: they are quotes where they stand around several words.
_SINGLE = re.compile(r"(?:‘((?:\\.|[^’‘\\]|’(?=\w))+)’|‚((?:\\.|[^‘’\\]|’(?=\w))+)[‘’])(?=[\s()~]|$)", re.DOTALL)
# Most of what queries hold: it is read the short way, to the same end.
_PLAIN = re.compile(r"([A-Za-z0-9]+)(?=[\s)]|$)|\"([A-Za-z0-9]+(?: [A-Za-z0-9]+){0,50})\"(?!~)")
_VALUE = re.compile(rf"(?:\\.|[^\s()\\{_QUOTES}])+", re.DOTALL)
_FIELD = re.compile(r"([^\W\d_][\w-]*)[:：]")
_SLOP = re.compile(r"~(\d*)")
_FUZZY = re.compile(r"~[\d.]*$")
_BOOST = re.compile(r"\^[\d.]+$")
_RANGE = re.compile(r"[\[{]\S+\s+TO\s+\S+[\]}]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SMALL_WORDS = frozenset({"us", "it", "who", "am", "so", "in", "at", "on", "is", "be", "or", "an", "as", "may", "aids"})
_MAX_SLOP = 1_000
_MAX_PHRASE = 200
_LETTERS_BESIDES = 2
_MOST_WILD = 5
_MOST_REGEXES = 100
"""Each costs a walk over the whole text, and memory of its own."""


class Warnings:
    """What a query says that may not be meant."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], None] = {}

    def add(self, position: int, message: str) -> None:
        """Note a warning at a position."""
        self._found[position, message] = None

    def sorted(self) -> tuple[tuple[int, str], ...]:
        """Give them in the order of the text."""
        return tuple(sorted(self._found))


class Reader:
    """Reads one term at a time."""

    def __init__(self, text: str, warnings: Warnings) -> None:
        """Read from `text`, and note what is odd."""
        self.text = text
        self.warnings = warnings
        self.regexes = 0

    def field_name(self, at: int) -> re.Match[str] | None:
        """Give the `name:` that stands here, if one does."""
        found = _FIELD.match(self.text, at)
        # The colon of Chinese and Japanese keyboards is mostly one of the text.
        return None if found and found.group().endswith("：") and found[1].lower() not in OPERATORS else found

    def term(self, start: int, at: int, scope: Scope) -> tuple[Node | None, int]:
        """Read the term at `at`, whose clause began at `start`; give it, or None for mere punctuation, and its end.

        Raises QueryError.
        """
        plain = _PLAIN.match(self.text, at) if _is_plain(scope) else None
        if plain:
            return self._plain(plain, start, scope), plain.end()
        if self.text[at] in _CLOSERS:
            return self._phrase(start, at, scope)
        single = _SINGLE.match(self.text, at)
        if single and re.search(r"\s", single.group()):
            return self._quoted(start, at, single.group()[1:-1], single.end(), scope)
        if scope.property:
            return self._value(start, at, scope)
        if self.text[at] == "/":
            return self._regex(start, at, scope)
        return self._word(start, at, scope)

    def _plain(self, found: re.Match[str], start: int, scope: Scope) -> Leaf:
        """Give the node of a word or phrase of which nothing but its small letters need be known."""
        place = Place(start, self.text[start : found.end()])
        word, phrase = found.groups()
        if word and word.isupper():
            self._warn(word, found.start(), scope)
        return plain_leaf((word or phrase).lower().split(" "), place)

    def _value(self, start: int, at: int, scope: Scope) -> tuple[Node, int]:
        found = _VALUE.match(self.text, at)
        end = found.end() if found else at + 1
        return self._property(_ESCAPE.sub(r"\1", self.text[at:end]), start, at, end, scope), end

    def _property(self, value: str, start: int, at: int, end: int, scope: Scope) -> Node:
        assert scope.property
        if not value.strip():
            raise QueryError(f"{scope.property.name}: has no value", at, f"write {scope.property.example}")
        wanted = scope.property.value(value, Place(at, value))
        return Property(wanted, Place(start, self.text[start:end]))

    def _phrase(self, start: int, at: int, scope: Scope) -> tuple[Node, int]:
        closers = _CLOSERS[self.text[at]]
        if self.text[at] == '"' and '"' in self.text[at + 1 :]:
            closers = '"'
        end = at + 1
        while end < len(self.text) and not self._closes(end, closers):
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise QueryError("this quotation is never closed", at, "add the closing quote")
        return self._quoted(start, at, self.text[at + 1 : end], end + 1, scope)

    def _quoted(self, start: int, at: int, content: str, end: int, scope: Scope) -> tuple[Node, int]:
        if scope.property:
            return self._property(_ESCAPE.sub(r"\1", content), start, at, end, scope), end
        slop, end = self._slop(end)
        # At the end of a word, ? is the question mark of a quoted sentence.
        wild = re.sub(r"(?<=\w)\?(?=\w)", ONE, re.sub(r"(?<!\\)\*", MANY, content))
        text = _ESCAPE.sub(r"\1", wild)
        edges = self._edges(text, at, scope)
        if not edges:
            raise QueryError("the phrase is empty", at, "write words between the quotes")
        return leaf(edges, Place(start, self.text[start:end]), slop), end

    def _closes(self, at: int, closers: str) -> bool:
        if self.text[at] not in closers:
            return False
        # צה"ל: between two Hebrew letters it belongs to the word, unless no other quote closes the phrase.
        inner = re.compile(_HEBREW_QUOTE).match(self.text, at)
        return not inner or not any(closer in self.text[at + 1 :] for closer in closers)

    def _slop(self, at: int) -> tuple[int, int]:
        found = _SLOP.match(self.text, at)
        if not found:
            return 0, at
        if not found[1] or len(found[1]) > 4 or int(found[1]) > _MAX_SLOP:
            raise QueryError("~ needs a number of words", at, f'write "a b"~3, at most {_MAX_SLOP}')
        return int(found[1]), found.end()

    def _regex(self, start: int, at: int, scope: Scope) -> tuple[Node, int]:
        found = re.compile(r"/((?:\\.|[^/\\])*)/", re.DOTALL).match(self.text, at)
        if not found:
            raise QueryError("this regular expression is never closed", at, 'add /, or quote the text: "/"')
        self.regexes += 1
        if self.regexes > _MOST_REGEXES:
            raise QueryError(
                f"more than {_MOST_REGEXES} regular expressions", at, "use words with *, or split the query"
            )
        source = found[1].replace("\\/", "/")
        place = Place(start, self.text[start : found.end()])
        return Regex(source, place, scope.fields, case=scope.case, accents=scope.exact), found.end()

    def _word(self, start: int, at: int, scope: Scope) -> tuple[Node | None, int]:
        if _RANGE.match(self.text, at):
            raise QueryError("ranges are not known here", at, "name the values with OR, or quote the words")
        found = _WORD.match(self.text, at)
        end = found.end() if found else at + 1
        written = self.text[at:end]
        if _FUZZY.search(written):
            raise QueryError("~ after a word is not known here", at, "use * for endings, or stem:")
        boost = _BOOST.search(written)
        if boost:
            self.warnings.add(at + boost.start(), f'"{boost.group()}" has no meaning here: every term counts alike')
            written = written[: boost.start()]
        wild = re.sub(r"(?<!\\)\*", MANY, written)
        wild = re.sub(r"(?<!\\)\?(?=\w|[\U00010600\U00010601])|(?<=\w)(?<!\\)\?(?!$)", ONE, wild)
        wild = re.sub(r"(?<=\w)(?<!\\)\?$", ONE, wild)
        edges = self._edges(_ESCAPE.sub(r"\1", wild), at, scope)
        if not edges:
            self.warnings.add(at, f'"{written}" holds no word and is passed over')
            return None, end
        self._warn(written, at, scope)
        return leaf(edges, Place(start, self.text[start:end])), end

    def _warn(self, written: str, at: int, scope: Scope) -> None:
        scripts = {name for letter in written if letter.isalpha() and (name := _script(letter))}
        if len(scripts) > 1 and "LATIN" in scripts:
            self.warnings.add(at, f'"{written}" mixes {" and ".join(sorted(scripts)).title()} letters that look alike')
        if written.endswith("?") and not written.endswith("\\?"):
            self.warnings.add(at + len(written) - 1, "? stands for exactly one more letter")
        if not scope.case and written.isupper() and written.lower() in _SMALL_WORDS:
            dotted = ".".join(written) + "." if len(written) == 2 else None
            other = f"write {dotted} or case:{written}" if dotted else f"write case:{written}"
            self.warnings.add(at, f'"{written}" also finds the word "{written.lower()}"; {other}')

    def _edges(self, text: str, at: int, scope: Scope) -> list[tuple[int, int, Edge]]:
        found = _whole(query_spellings(text))
        if any(not _bare(spelling.text) for spelling in found):
            raise QueryError(
                "a lone * stands for nothing", at, 'write letters before or after it; "a b"~1 leaves a gap'
            )
        if found and max(spelling.last for spelling in found) >= _MAX_PHRASE:
            raise QueryError(f"a phrase of more than {_MAX_PHRASE} words", at, "shorten it")
        for one in found:
            self._check_wild(one, found, at)
        return [(one.first, one.last + 1, self._edge(one, text, at, scope)) for one in found]

    def _check_wild(self, one: Spelling, found: list[Spelling], at: int) -> None:
        """Refuse a wildcard beside too few letters, all those of a compound counted."""
        if MANY not in one.text and ONE not in one.text:
            return
        whole = (other.text for other in found if other.first <= one.first and one.last <= other.last)
        if max(len(_bare(text)) for text in whole) < _LETTERS_BESIDES:
            raise QueryError("too few letters beside the wildcard", at, "write at least two, like ne*")
        if one.text.count(MANY) > _MOST_WILD:
            raise QueryError("too many wildcards in one word", at, f"write at most {_MOST_WILD}")

    def _edge(self, one: Spelling, text: str, at: int, scope: Scope) -> Edge:
        written = text[one.start : one.end]
        if MANY in one.text or ONE in one.text:
            edge: Edge = WildEdge(one.text, scope.fields)
        elif scope.stem:
            return StemEdge(one.text, same_letters(written, keep_accents=True), scope.fields)
        else:
            edge = Edge(one.text, scope.fields)
        dotted = "." in written and not any(letter.isdigit() for letter in written)
        if scope.case or scope.exact or dotted:
            return StrictEdge(edge, written, case=scope.case, accents=scope.exact, dotted=dotted)
        return edge


def _is_plain(scope: Scope) -> bool:
    """Tell whether words are folded words of the usual fields."""
    return scope.fields == TEXT and not (scope.case or scope.exact or scope.stem or scope.property)


def _bare(spelling: str) -> str:
    return spelling.replace(MANY, "").replace(ONE, "")


def _whole(found: list[Spelling]) -> list[Spelling]:
    """Drop the wildcard that stands at the end of a text without spaces: more may follow there anyhow."""
    while len(found) > 1 and not _bare(found[-1].text) and found[-1].start == found[-2].end:
        found = found[:-1]
    while len(found) > 1 and not _bare(found[0].text) and found[0].end == found[1].start:
        found = [one._replace(first=one.first - 1, last=one.last - 1) for one in found[1:]]
    return found


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return name if name in ("LATIN", "CYRILLIC", "GREEK") else ""
