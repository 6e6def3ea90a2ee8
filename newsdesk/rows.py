"""Between the typed article and its row."""

from typing import Any

from sqlalchemy import Row

from .article import Article, FiledArticle, Precision


def filed_article(row: Row[Any]) -> FiledArticle:
    """Give the article that a row of the table `articles` holds; its aliases stay in their own table."""
    precision = row.published_precision
    article = Article(
        outlet=row.outlet,
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        body=row.body,
        lede=row.lede,
        authors=tuple(row.authors),
        dateline=row.dateline,
        section=row.section,
        language=row.language,
        published=row.published,
        published_precision=Precision(precision) if precision else None,
        published_raw=row.published_raw,
        modified=row.modified,
    )
    return FiledArticle(
        id=row.id,
        article=article,
        first_seen=row.first_seen,
        revision=row.revision,
        story=row.story,
        copy_of=row.copy_of,
        update_of=row.update_of,
    )


def article_values(article: Article) -> dict[str, Any]:
    """Give the columns that a reading of the page fills; the addresses are not among them."""
    return {
        "title": article.title,
        "lede": article.lede,
        "body": article.body,
        "authors": list(article.authors),
        "dateline": article.dateline,
        "section": article.section,
        "language": article.language,
        "published": article.published,
        "published_precision": article.published_precision,
        "published_raw": article.published_raw,
        "modified": article.modified,
    }
