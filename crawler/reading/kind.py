"""Whether a page is an article at all; a list, a consent wall or an empty shell is not."""

import re

from .claims import Claims

_WALL = re.compile(
    r"before you continue|we value your privacy|just a moment|attention required|access denied|are you a robot|"
    r"enable javascript|verify(?:ing)? you are (?:a )?human|403 forbidden|404 not found|page not found|"
    r"cookie consent|страница не найдена|доступ ограничен|seite nicht gefunden|page introuvable|página no encontrada",
    re.I,
)
_SENTENCE = 80
_SHORT_TEXT = 600
_PLAIN_TEXT = 3


def refusal(claims: Claims, title: str, paragraphs: list[str], *, dated: bool) -> str | None:
    """Say why this page is no article; None when it is one. A missing date alone never makes it none."""
    length = sum(map(len, paragraphs))
    if not length:
        return "no text was found on the page"
    if length < _SHORT_TEXT and (_WALL.search(title) or _WALL.search(" ".join(paragraphs))):
        return "the page is a wall before the article, not the article"
    if claims.article or claims.meta("og:type") == "article":
        return None
    sentences = sum(1 for line in paragraphs if len(line) >= _SENTENCE)
    if not title and sentences < _PLAIN_TEXT:
        return "the page has no headline"
    if not sentences and not (dated and length >= _SENTENCE):
        return "the page holds a list, not a text"
    return None
