"""Meltwater: AND OR NOT NEAR/n ONEAR/n in any case, title:, ingress:, wildcards; AND binds tighter than OR."""

import re

from ..clause import Clause, Loose, quoted
from ..dialect import Dialect, language, lost, site, under, valued

_ELSEWHERE = (
    "source sourcename sourceid publisher publisherid publication country countrycode region location sentiment reach"
    " engagement mediatype media type tag category entity keyphrase followers bio hashtag mention duplicate"
)


class Meltwater(Dialect):
    """Meltwater's Boolean search."""

    name = "meltwater"
    title = "Meltwater"
    example = '(Lavrov OR "foreign minister") near/10 quartet NOT title:hockey'
    becomes = '(Lavrov OR "foreign minister") NEAR/11 quartet NOT title:hockey'
    caveats = (
        "NEAR/n counts the words between two there and the positions here: NEAR/10 becomes NEAR/11, NEAR alone NEAR/5",
        "a blank between two terms is read as AND",
    )
    operators = re.compile(
        r"(?i:(?P<AND>and|&&)(?=[\s(\"“]|$)|(?P<OR>or(?=[\s(\"“]|$)|\|\|?)|(?P<NOT>not)(?=[\s(\"“])"
        r"|(?P<NEAR>(?P<name>o?near)(?:/(?P<number>\d{1,4}))?)(?=[\s(\"“]))"
    )
    fields = {  # noqa: RUF012
        "title": under("title"),
        "headline": under("title"),
        "ingress": under("lede"),
        "body": under("body"),
        "author": under("author"),
        "url": under("url"),
        "site": valued(site),
        "domain": valued(site),
        "sourcedomain": valued(site),
        "lang": valued(language),
        "language": valued(language),
        "languagecode": valued(language),
        **dict.fromkeys(_ELSEWHERE.split(), lost("asks for what no article here tells")),
    }

    def word(self, text: str, start: int, end: int) -> Clause:
        """Read a word, with its wildcards; # and @ belong to no word here."""
        plain = text.strip(",;").lstrip("#@")
        term = self.term(quoted(plain, wild=True), plain, start, end)
        if text[:1] in "#@":
            return Loose(start, end, f"{text[0]} belongs to no word here", term)
        return term

    def phrase(self, text: str, start: int, end: int, slop: int | None) -> Clause:
        """Read a phrase; ? in one is widened to *."""
        if "?" in text and re.search(r"\w\?\w", text):
            wide = super().phrase(text.replace("?", "*"), start, end, slop)
            return Loose(start, end, "? is not known inside quotes here", wide)
        return super().phrase(text, start, end, slop)


MELTWATER = Meltwater()
