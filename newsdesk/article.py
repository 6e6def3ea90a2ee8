"""Article: what a page says (frozen; knows no database, no network)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Precision(StrEnum):
    """How exactly an instant is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says.

    Texts are NFC without control characters; `body` is paragraphs separated by a blank line. Instants are aware
    and in UTC; a `published` of precision day or month is the midnight, in UTC, of the day that the page names.
    """

    outlet: str
    url: str
    canonical_url: str
    title: str
    body: str
    lede: str | None = None
    authors: tuple[str, ...] = ()
    dateline: str | None = None
    section: str | None = None
    language: str | None = None
    published: datetime | None = None
    published_precision: Precision | None = None
    published_raw: str | None = None
    modified: datetime | None = None
    aliases: tuple[str, ...] = ()
    """Further addresses that led to this page (redirects, AMP, the feed's own link)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledArticle:
    """An article as the record holds it."""

    id: str
    article: Article
    first_seen: datetime
    revision: int
    story: str
    copy_of: str | None = None
    """The article whose text this one has."""
    update_of: str | None = None
    """The article of the same story that this one tells more than."""

    @property
    def original(self) -> str:
        """The id of the article whose text this is, its own where it is no copy."""
        return self.copy_of or self.id


# Line breaks of other systems; what no store, mail or JSON may carry: C0, C1, lone surrogates, non-characters.
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Give `text` in NFC with plain line breaks and without anything that a database, a mail or JSON refuses."""
    text = _FORBIDDEN.sub("", _BREAKS.sub("\n", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def clean_article(article: Article) -> Article:
    """Give the article with every text cleaned; only the body keeps its line breaks."""
    return replace(
        article,
        outlet=_line(article.outlet),
        url=clean(article.url).strip(),
        canonical_url=clean(article.canonical_url).strip(),
        title=_line(article.title),
        body=clean(article.body).strip(),
        lede=_line(article.lede or "") or None,
        authors=tuple(name for author in article.authors if (name := _line(author))),
        dateline=_line(article.dateline or "") or None,
        section=_line(article.section or "") or None,
        language=_line(article.language or "") or None,
        published_raw=_line(article.published_raw or "") or None,
        aliases=tuple(alias for raw in article.aliases if (alias := clean(raw).strip())),
    )


def _line(text: str) -> str:
    return _SPACES.sub(" ", clean(text)).strip()


def instant(moment: datetime | None) -> str | None:
    """Give RFC 3339 in UTC, to the second: `2026-11-21T14:05:09Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def article_json(filed: FiledArticle, *, with_body: bool = True) -> dict[str, Any]:
    """Give the article as exported, imported and sent."""
    article = filed.article
    document = {
        "id": filed.id,
        "outlet": article.outlet,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "lede": article.lede,
        "body": article.body,
        "authors": list(article.authors),
        "dateline": article.dateline,
        "section": article.section,
        "language": article.language,
        "published": instant(article.published),
        "published_precision": article.published_precision,
        "published_raw": article.published_raw,
        "modified": instant(article.modified),
        "first_seen": instant(filed.first_seen),
        "revision": filed.revision,
        "story": filed.story,
        "copy_of": filed.copy_of,
        "update_of": filed.update_of,
    }
    if not with_body:
        del document["body"]
    return document


def article_from_json(document: Mapping[str, Any]) -> Article:
    """Read an article as exported. Raises ValueError naming the key that is missing or wrong."""
    url = _text(document, "url", required=True)
    if not url.strip():
        raise ValueError('"url" is empty')
    published = _moment(document, "published")
    precision = _precision(document)
    return Article(
        outlet=_text(document, "outlet") or "imported",
        url=url,
        canonical_url=_text(document, "canonical_url") or url,
        title=_text(document, "title", required=True),
        body=_text(document, "body"),
        lede=_text(document, "lede") or None,
        authors=_texts(document, "authors"),
        dateline=_text(document, "dateline") or None,
        section=_text(document, "section") or None,
        language=_text(document, "language") or None,
        published=published,
        published_precision=precision or (Precision.SECOND if published else None),
        published_raw=_text(document, "published_raw") or None,
        modified=_moment(document, "modified"),
    )


def _text(document: Mapping[str, Any], key: str, *, required: bool = False) -> str:
    value = document.get(key)
    if value is None:
        if required:
            raise ValueError(f'"{key}" is missing')
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be text')
    return value


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'"{key}" must be a list of texts')
    return tuple(value)


def _moment(document: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(document, key)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'"{key}" must be an instant like 2026-11-21T14:05:09Z') from None


def _precision(document: Mapping[str, Any]) -> Precision | None:
    text = _text(document, "published_precision")
    if text and text not in tuple(Precision):
        raise ValueError(f'"published_precision" must be one of {", ".join(Precision)}')
    return Precision(text) if text else None
