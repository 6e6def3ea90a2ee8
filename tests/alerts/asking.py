"""Asking one text: the words that a query finds in it."""

import os
from typing import Any

from alerts.query import Doc, parse
from newsdesk import Article

NIGHTLY = bool(os.environ.get("TOCSIN_NIGHTLY"))
"""Whether tests may take their time."""


def doc(body: str, *, tags: tuple[str, ...] = (), url: str = "https://www.rt.com/news/1-a/", **article: Any) -> Doc:
    """An article of RT's with this text."""
    known = {"title": "", **article}
    return Doc.of(Article(outlet="rt", url=url, canonical_url=url, body=body, **known), tags)


def found(query: str, body: str, **article: Any) -> str | None:
    """The words found, field by field, with | between them; empty where a filter matches, None where nothing does."""
    spans = parse(query).find(doc(body, **article))
    return None if spans is None else "|".join(span.text for span in spans)
