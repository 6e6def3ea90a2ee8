"""One text: whether a query matches it, and where."""

from __future__ import annotations

import json as jsonlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsdesk import Article, FiledArticle, article_from_json
from tocsin.invocation import Invocation, UsageError
from tocsin.searching.hits import spans_json
from tocsin.searching.search import matching, outlet_tags

if TYPE_CHECKING:
    from alerts import Query

_NOWHERE = "about:blank"


def try_text(call: Invocation, query: Query, path: Path, json: bool) -> int:
    """Tell whether a query matches the text of a file, and where; exits 0 when it does, 1 when not."""
    filed = FiledArticle(
        id="", article=_article(path), first_seen=datetime.now(UTC), revision=1, story="", copy_of=None
    )
    spans = matching(query, filed, outlet_tags(call))
    if json:
        call.emit({"matched": spans is not None, "spans": spans_json(spans or ())})
    elif spans is None:
        call.say("no match")
    else:
        call.say("match")
        for span in spans:
            call.say(f"{span.field} {span.start}-{span.end}: {span.text}  ({span.term})")
    return 0 if spans is not None else 1


def _article(path: Path) -> Article:
    """Read an article from FILE.json; any other file is the body of one."""
    try:
        content = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--text {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--text {path}: is not UTF-8") from None
    if path.suffix != ".json":
        return Article(outlet="", url="", canonical_url="", title="", body=content)
    try:
        document = jsonlib.loads(content)
        if not isinstance(document, dict):
            raise ValueError("write one article, as `tocsin export` gives it")
        # What a trial does not need may be left out; an address is on record for no one.
        given = {key: value for key, value in document.items() if value is not None and value != ""}
        return article_from_json({"url": _NOWHERE, "title": "", "outlet": "", **given})
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--text {path}: {error}") from None
