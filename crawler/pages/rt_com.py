"""RT: rt.com and its sister sites, which share the names of their blocks."""

from ..page import Page, PageRules

RT = Page(
    "rt_com",
    ("rt.com",),
    PageRules(
        name="RT",
        timezone="UTC",
        title="h1.article__heading",
        lede=".article__summary",
        body=".article__text",
        published=".article__date .date_article-header, .article__date .date",
        remove=(".read-more-big", ".read-more", ".article__share", ".rtcode"),
    ),
)
