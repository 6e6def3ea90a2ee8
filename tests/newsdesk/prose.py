"""Texts of our own to file: as long as wanted, repeatable, and never alike by chance."""

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from newsdesk import Article

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_SYLLABLES = re.findall(r"\w+", "ba co du fe gi lo ma ne pi ro su ta vu we zo chi the ster land ing")


def prose(seed: str, words: int = 120) -> str:
    """Give sentences of invented words; another seed gives another text."""
    chance = random.Random(seed)
    said = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(words)]
    sentences = [" ".join(said[start : start + 12]).capitalize() + "." for start in range(0, words, 12)]
    return "\n\n".join(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))


def article(slug: str = "1", *, outlet: str = "gazette", seed: str | None = None, **changes: Any) -> Article:
    """Give an article of an outlet; each slug has a text of its own unless a seed says otherwise."""
    url = f"https://{outlet}.example/news/{slug}"
    fields: dict[str, Any] = {
        "outlet": outlet,
        "url": url,
        "canonical_url": url,
        "title": f"Headline {slug}",
        "body": prose(seed or f"{outlet}/{slug}"),
        "published": NOW - timedelta(hours=1),
        "published_precision": "minute",
    }
    return Article(**(fields | changes))
