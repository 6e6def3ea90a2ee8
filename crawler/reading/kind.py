"""Whether a page is an article at all; a list, a wall or an empty shell is not."""

from itertools import islice

from .claims import Claims
from .texts import squeeze
from .tree import words_in
from .walls import Lock, ReadingKind, Refusal, wall

_SENTENCE = 80
_PLAIN_TEXT = 3
_LONG = 2000
_MOST_LINKS = 500


def refusal(claims: Claims, lock: Lock, title: str, paragraphs: list[str], *, dated: bool) -> Refusal | None:
    """Say why this page is no article; None when it is one. A missing date alone never makes it none."""
    if found := wall(claims, lock, title, paragraphs):
        return found
    reason = _reason(claims, title, paragraphs, dated)
    return Refusal(ReadingKind.NOT_AN_ARTICLE, reason) if reason else None


def _reason(claims: Claims, title: str, paragraphs: list[str], dated: bool) -> str | None:
    length = sum(map(len, paragraphs))
    if not length:
        return "no text was found on the page"
    if claims.article or claims.meta("og:type") == "article":
        return None
    sentences = sum(1 for line in paragraphs if len(line) >= _SENTENCE)
    if not title and sentences < _PLAIN_TEXT:
        return "the page has no headline"
    if not sentences and not (dated and length >= _SENTENCE):
        return "the page holds a list, not a text"
    if length < _LONG and _is_made_of_links(claims, title, paragraphs):
        return "the page holds a list of links, not a text"
    return None


def _is_made_of_links(claims: Claims, title: str, paragraphs: list[str]) -> bool:
    """Tell whether hardly a sentence is left of a text without its links and its headline."""
    said = squeeze("".join(paragraphs))
    whole = len(said)
    for words in (title, *(words_in(link, 500) for link in islice(claims.root.iter("a"), _MOST_LINKS))):
        if key := squeeze(words):
            said = said.replace(key, "", 1)
    return len(said) < _SENTENCE and 3 * len(said) < whole
