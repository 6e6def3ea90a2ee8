"""Talkwalker: AND OR NOT, NEAR/n ONEAR/n SENTENCE, ++exact, title:, lang:, site:, and what it knows of its sources."""

import re
from dataclasses import replace

from ..clause import Clause, Framed, Group, Loose, Term, quoted
from ..dialect import Dialect, Token, language, lost, site, under, valued

_ELSEWHERE = (
    "sourcecountry sourceregion sourcecity sourcegeo sourcecontinent country region city sentiment engagement reach"
    " published indexed search_indexed has is tag tags_internal topic cluster image images video device gender age"
    " interest occupation followers likes shares comments retweets virality trending provider porn_level fluency_level"
    " spam_level noise_level word_count document_count entity extra_author_attributes.id post_type"
)
_ALL = re.compile(r"(?i)(?:online)?news\*?|online\*?")
_SOME = re.compile(r"(?i)(?:online)?news\w+\*?|press\w*|print\w*|newspaper\w*|magazine\w*|blog\w*|tv\w*|radio\w*")


def _source_type(term: Term) -> Clause:
    if _ALL.fullmatch(term.raw):
        return Loose(term.start, term.end, "all that is read here is online news", True, True)
    if _SOME.fullmatch(term.raw):
        return Loose(term.start, term.end, "kinds of news outlets are tags here: tag:")
    return Loose(term.start, term.end, "no such sources are read here", False, False)


def _tagged(term: Term) -> Clause:
    return Loose(term.start, term.end, "hashtags and mentions are words like others here", term)


class Talkwalker(Dialect):
    """Talkwalker's query syntax."""

    name = "talkwalker"
    title = "Talkwalker"
    example = 'title:(Lavrov OR ++Quartet) AND "foreign minister" NEAR/5 Hamas AND sourcecountry:gb'
    becomes = 'title:(Lavrov OR case:Quartet) AND "foreign minister" NEAR/6 Hamas'
    caveats = ("NEAR/n is taken to count the words between two: NEAR/5 becomes NEAR/6",)
    operators = re.compile(
        r"(?:(?P<AND>AND|&&)(?=[\s(]|$)|(?P<OR>OR(?=[\s(]|$)|\|\|)|(?P<NOT>NOT)(?=[\s(\"])"
        r"|(?P<NEAR>(?P<name>O?NEAR|SENTENCE)(?:/(?P<number>\d{1,4}))?)(?=[\s(\"]))"
    )
    fields = {  # noqa: RUF012
        "title": under("title"),
        "content": under("lede", "body"),
        "text": under("lede", "body"),
        "author": under("author"),
        "url": under("url"),
        "inurl": under("url"),
        "site": valued(site),
        "domain": valued(site),
        "domain_url": valued(site),
        "host_url": valued(site),
        "root_url": valued(site),
        "lang": valued(language),
        "language": valued(language),
        "sourcetype": valued(_source_type),
        "hashtag": valued(_tagged),
        "hashtags": valued(_tagged),
        "mention": valued(_tagged),
        "mentions": valued(_tagged),
        **dict.fromkeys(_ELSEWHERE.split(), lost("asks for what no article here tells")),
    }

    def word(self, text: str, start: int, end: int) -> Clause:
        """Read a word: ++ keeps it to the letter, + to its form; # and @ belong to no word here."""
        if re.fullmatch(r"[a-z_.]+[<>]=?\d+[a-z]?", text):
            return Loose(start, end, "asks for what no article here tells")
        plain = text.strip(",;").lstrip("+#@")
        term = self.term(quoted(plain, wild=True), plain, start, end)
        if not isinstance(term, Term) or text[:1] not in "+#@":
            return term
        if text.startswith("++"):
            return replace(term, written=f"case:{term.written}")
        if text.startswith("+"):
            exact = replace(term, written=f"case:exact:{term.written}")
            return Loose(start, end, "+ asks for the word as it is written", term, exact)
        return Loose(start, end, f"{text[0]} belongs to no word here", term)

    def phrase(self, text: str, start: int, end: int, slop: int | None) -> Clause:
        """Read a phrase; ? in one is widened to *."""
        if re.search(r"\w\?\w", text):
            wide = super().phrase(text.replace("?", "*"), start, end, slop)
            return Loose(start, end, "? is not known inside quotes here", wide)
        return super().phrase(text, start, end, slop)

    def near(self, left: Clause, right: Clause, token: Token) -> Clause:
        """Read a nearness; one of sentences holds for a single one only."""
        if not token.text.startswith("SENTENCE"):
            return super().near(left, right, token)
        both = Group(left.start, right.end, "AND", (left, right))
        inside = Framed(left.start, right.end, "SENTENCE(", both, ")")
        if (token.number or 0) <= 1:
            return inside
        return Loose(left.start, right.end, "several sentences are not known here", both, inside)


TALKWALKER = Talkwalker()
