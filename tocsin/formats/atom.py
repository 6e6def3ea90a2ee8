"""Atom, RFC 4287."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TextIO
from uuid import UUID

from newsdesk import FiledArticle, instant
from tocsin.format import About, Format
from tocsin.xmltext import element


class Atom(Format):
    """One article an entry, with its whole text."""

    name = "atom"

    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write the feed and its entries."""
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n')
        out.write(element("title", about.title) + element("id", _urn("feed", about.link, about.title)))
        out.write(element("updated", instant(about.now) or "") + element("link", None, href=about.link))
        out.write(f"<author>{element('name', 'Tocsin')}</author>\n")
        for filed in articles:
            out.write(_entry(filed, about.also_in.get(filed.id, ())) + "\n")
        out.write("</feed>\n")


def _entry(filed: FiledArticle, also_in: Sequence[FiledArticle]) -> str:
    article = filed.article
    published = article.published or filed.first_seen
    parts = [
        element("title", article.title),
        element("id", _urn("article", filed.id)),
        element("published", instant(published) or ""),
        element("updated", instant(article.modified or published) or ""),
        element("link", None, rel="alternate", href=article.canonical_url),
        *(
            element("link", None, rel="related", href=other.article.canonical_url, title=_named(other))
            for other in also_in
        ),
        *(f"<author>{element('name', author)}</author>" for author in article.authors or (article.outlet,)),
        element("category", None, term=article.outlet),
        element("summary", article.lede) if article.lede else "",
        element("content", article.body, type="text"),
    ]
    return f"<entry>{''.join(parts)}</entry>"


def _named(filed: FiledArticle) -> str:
    return f"{filed.article.outlet}: {filed.article.title}"


def _urn(*parts: str) -> str:
    """Give a name that stays: an id need not be a fit IRI by itself."""
    return UUID(bytes=sha256("\n".join(parts).encode()).digest()[:16], version=4).urn


ATOM = Atom()
