"""RSS 2.0."""

from collections.abc import Iterable
from email.utils import format_datetime
from typing import TextIO

from newsdesk import FiledArticle
from tocsin.format import About, Format
from tocsin.xmltext import element


class Rss(Format):
    """One article an item; the description is its lede, else its first paragraph."""

    name = "rss"

    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write the channel and its items."""
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n')
        out.write(element("title", about.title) + element("link", about.link))
        out.write(element("description", "Articles from the archive of Tocsin"))
        out.write(element("lastBuildDate", format_datetime(about.now)) + "\n")
        for filed in articles:
            out.write(_item(filed) + "\n")
        out.write("</channel></rss>\n")


def _item(filed: FiledArticle) -> str:
    article = filed.article
    parts = [
        element("title", article.title),
        element("link", article.canonical_url),
        element("guid", filed.id, isPermaLink="false"),
        element("pubDate", format_datetime(article.published or filed.first_seen)),
        element("description", article.lede or article.body.partition("\n\n")[0]),
        *(element("dc:creator", author) for author in article.authors),
        element("category", article.outlet),
    ]
    return f"<item>{''.join(parts)}</item>"


RSS = Rss()
