"""Google Alerts: quotes, OR, minus, intitle:, intext:, inurl:, site:, AROUND(n), * inside quotes."""

import re

from ..clause import Clause, Loose, Near, quoted
from ..dialect import Dialect, lost, site, under, valued

_OPTIONAL = frozenset({"a", "an", "and", "at", "by", "for", "in", "is", "of", "on", "or", "the", "to", "with"})
_GAP = 10
_ELSEWHERE = (
    "related cache info link inanchor allinanchor filetype ext before after daterange source location loc define stocks"
    " weather map movie imagesize group insubject msgid author inposttitle blogurl"
)


class GoogleAlerts(Dialect):
    """Google's search operators, as its alerts know them."""

    name = "google"
    title = "Google Alerts"
    example = 'Lavrov OR "foreign minister" Geneva -hockey site:rt.com'
    becomes = '(Lavrov OR "foreign minister") AND Geneva AND outlet:rt.com NOT hockey'
    caveats = (
        "Google also finds synonyms and other forms of a word without quotes; here a word is found as it is written: "
        "add alternatives, or `stem: true`",
        "AROUND(n) counts the words between two, NEAR the positions: AROUND(5) becomes NEAR/6",
    )
    or_first = True
    operators = re.compile(
        r"(?:(?P<AND>AND|&&)(?=[\s(]|$)|(?P<OR>OR(?=[\s(]|$)|\|\|?)|(?P<NOT>NOT(?=[\s(]))"
        r"|(?P<NEAR>(?P<name>AROUND)\s?\((?P<number>\d{1,3})\)))"
    )
    unknown_fields_are_words = True
    fields = {  # noqa: RUF012
        "intitle": under("title"),
        "allintitle": under("title"),
        "intext": under("lede", "body"),
        "allintext": under("lede", "body"),
        "inurl": under("url"),
        "allinurl": under("url"),
        "site": valued(site),
        **dict.fromkeys(_ELSEWHERE.split(), lost("asks for what no article here tells")),
    }

    def word(self, text: str, start: int, end: int) -> Clause:
        """Read a word; of the commonest Google does not insist on any."""
        if re.fullmatch(r"\W*\d[\d,.]*\.\.\W*\d[\d,.]*\w*", text):
            return Loose(start, end, "ranges of numbers are not known here")
        if text.lower() in _OPTIONAL:
            return Loose(start, end, "is so common that Google does not insist on it; quote it to ask for it")
        plain = text.strip(",;").lstrip("+~#@").replace("*", "")
        term = self.term(quoted(plain), plain, start, end)
        if "~" in text[:1] or "*" in text:
            return Loose(start, end, "Google passes over ~ and, outside quotes, *", term, term)
        return term

    def phrase(self, text: str, start: int, end: int, slop: int | None) -> Clause:
        """Read a phrase; a lone * in it stands for some words."""
        parts = [part.strip() for part in re.split(r"(?:^|\s)\*+(?=\s|$)", text)]
        parts = [part.replace("*", "") for part in parts if part]
        if len(parts) < 2:
            return self.term(quoted(parts[0] if parts else text), text, start, end)
        found: Clause = self.term(quoted(parts[0]), parts[0], start, end)
        for part in parts[1:]:
            found = Near(start, end, found, self.term(quoted(part), part, start, end), _GAP, True)
        done = f"the pieces at most {_GAP} words apart, in this order"
        return Loose(start, end, "a lone * stands for words of any number", found, None, done)


GOOGLE = GoogleAlerts()
