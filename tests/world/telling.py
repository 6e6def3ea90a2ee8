"""Articles and alerts for the tests of this folder."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from alerts.messages.payload import Told, story_payload
from newsdesk import Article, FiledArticle, Precision

NOW = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)
WATCH = {"slug": "quartet", "name": "Middle East Quartet", "query": "Lavrov AND Quartet"}
BODY = "Sergey Lavrov met his colleagues.\n\nThe Quartet will meet again in December."


def filed(title: str = "Lavrov calls for talks", body: str = BODY, **more: Any) -> FiledArticle:
    own = {name: more.pop(name) for name in ("id", "revision", "story", "copy_of") if name in more}
    url = more.pop("url", "https://rt.example/news/1-talks/")
    fields: dict[str, Any] = {
        "outlet": "rt",
        "language": "en",
        "published": NOW,
        "published_precision": Precision.MINUTE,
    }
    article = Article(url=url, canonical_url=url, title=title, body=body, **{**fields, **more})
    return FiledArticle(**{"id": "a1", "first_seen": NOW, "revision": 1, "story": "s1", "article": article, **own})


def span(field: str, text: str, word: str) -> dict[str, Any]:
    start = text.index(word)
    return {"field": field, "start": start, "end": start + len(word), "text": word, "term": word.lower()}


def payload(article: FiledArticle | None = None, matches: Sequence[dict[str, Any]] = (), **more: Any) -> str:
    article = article or filed()
    told = Told(
        id=more.pop("id", "alert-0123456789abcdef"),
        reason=more.pop("reason", "new"),
        watch=more.pop("watch", WATCH),
        filed=article,
        matches=matches,
        also_in=more.pop("also_in", ()),
    )
    return story_payload(told, NOW, **more)
