"""Texts: articles as the API gives them: as they are exported, and as a story lists them."""

from typing import Any

from pydantic import Field

from newsdesk import FiledArticle, Precision, article_json, instant

from .endpoint import Gives
from .values import When


class Article(Gives):
    """An article, as it is exported, imported and sent."""

    id: str
    outlet: str
    url: str = Field(description="As first seen.")
    canonical_url: str
    title: str
    lede: str | None
    body: str = Field(default="", description="Paragraphs separated by a blank line.")
    authors: list[str]
    dateline: str | None
    section: str | None
    language: str | None
    published: When | None
    published_precision: Precision | None
    published_raw: str | None
    modified: When | None
    first_seen: When
    revision: int
    story: str = Field(description="What copies and updates of one text have in common.")
    copy_of: str | None = Field(description="The article whose text this one has.")
    update_of: str | None = Field(description="The article of the same story that this one tells more than.")


class Carrier(Gives):
    """An article in short."""

    id: str
    outlet: str
    url: str
    title: str
    first_seen: When


def article(filed: FiledArticle, *, with_body: bool = True, **more: Any) -> dict[str, Any]:
    """Give an article's fields."""
    return {**article_json(filed, with_body=with_body), **more}


def carrier(filed: FiledArticle) -> Carrier:
    """Give an article in short."""
    one = filed.article
    return Carrier(
        id=filed.id, outlet=one.outlet, url=one.canonical_url, title=one.title, first_seen=instant(filed.first_seen)
    )
