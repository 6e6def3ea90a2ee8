"""Section pages: which of their links lead to articles."""

import pytest

from crawler import Document, Lead, Listing, Outlet
from crawler.spiders.section import MAX_LINKS, SECTION
from newsdesk import ReadingError

URL = "https://www.paper.example/world/"

PAGE = """<!DOCTYPE html><html lang="en"><head><title>World | The Paper</title></head><body>
<header><nav><a href="/">Home</a> <a href="/world/">World</a> <a href="/world/europe/">Europe and its neighbours</a>
<a href="/subscribe-to-the-daily-paper-today">Subscribe to the daily paper today</a>
<a href="/tag/storm-of-the-century-2026">More on the storm of the century</a></nav></header>
<main>
<a href="/world/2026/11/21/storm-hits-coast-of-norland.html?src=world#comments"><img alt="" src="/x.jpg"></a>
<h2><a href="/world/2026/11/21/storm-hits-coast-of-norland.html?src=world">Storm hits the coast of Norland</a></h2>
<article><a href="/politics/ministers-meet-in-southport-over-fish-12345"><style>.a{b:c}</style>Ministers meet
 in <b>Southport</b> over fish</a></article>
<div><a href="https://news.paper.example/article/17">Fish and the law of the sea</a></div>
<div><a href="https://elsewhere.example/2026/11/21/storm-hits-coast.html">Storm hits coast, says rival paper</a></div>
<div><a href="/photos/storm-hits-coast-of-norland-2026.jpg">A picture of the storm that hit the coast</a></div>
<a href="javascript:void(0)">Show me more news of the whole world</a><a href="mailto:desk@paper.example">Write</a>
<a rel="next" href="/world/?page=2">Older</a>
</main>
<footer><a href="/about/terms-and-conditions-of-use-2026">Terms and conditions of use of this site</a></footer>
</body></html>"""


def read(text: str | bytes, *, pattern: str | None = None, url: str = URL, content_type: str | None = None) -> Listing:
    body = text.encode() if isinstance(text, str) else text
    rules = {"url": pattern} if pattern else {}
    outlet = Outlet(slug="paper", name="Paper", site="https://www.paper.example/", article=rules)
    return SECTION.read(Document(url, body, content_type), outlet)


def test_links_that_look_like_articles_are_taken_and_the_rest_of_the_page_is_left() -> None:
    assert read(PAGE).leads == (
        Lead(
            "https://www.paper.example/world/2026/11/21/storm-hits-coast-of-norland.html?src=world",
            "Storm hits the coast of Norland",
        ),
        Lead(
            "https://www.paper.example/politics/ministers-meet-in-southport-over-fish-12345",
            "Ministers meet in Southport over fish",
        ),
        Lead("https://news.paper.example/article/17", "Fish and the law of the sea"),
    )


def test_the_page_tells_its_name_language_and_older_page() -> None:
    listing = read(PAGE)
    assert (listing.title, listing.language) == ("World | The Paper", "en")
    assert listing.next == "https://www.paper.example/world/?page=2"


def test_the_outlets_pattern_decides_alone_where_there_is_one() -> None:
    listing = read(PAGE, pattern=r"^https://www\.paper\.example/(world/europe|about)/")
    assert [lead.url.rpartition("example")[2] for lead in listing.leads] == [
        "/world/europe/",
        "/about/terms-and-conditions-of-use-2026",
    ]


def test_the_pattern_sees_the_address_without_tracking_too() -> None:
    listing = read('<a href="/news/1?utm_source=front">x</a>', pattern=r"/news/\d+$")
    assert [lead.url for lead in listing.leads] == ["https://www.paper.example/news/1?utm_source=front"]


def test_links_follow_the_pages_base() -> None:
    listing = read('<base href="https://www.paper.example/deep/"><a href="news/1">x</a>', pattern="/news/")
    assert listing.leads == (Lead("https://www.paper.example/deep/news/1", "x"),)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/20261121/slug-1107860216.html", "Kurz"),
        ("/news/473849-quartet-talks-expanded/", "Quartet talks"),
        ("/articles/c0rxk4q0pj0o", "Seven dead in a major attack on a city"),
        ("/politics/11333783", "출구조사 나오자 아이고 얼어붙은 국힘 허공만 응시"),
        ("/2026/nov/21/storm-norland", "Storm"),
        ("/haber/turkiye-ve-komsulari-arasinda-yeni-anlasma-42", "Türkiye ve komşuları arasında yeni anlaşma"),
        ("/kosmos/nachrichten-ueber-die-flut-a-1234567.html", ""),
        ("/" + "%E0%B8%82%E0%B9%88%E0%B8%B2%E0%B8%A7" * 6 + "-2893311", "ข่าวด่วนวันนี้จากกรุงเทพมหานครและปริมณฑล"),
    ],
)
def test_articles_are_known_in_many_shapes_and_scripts(path: str, text: str) -> None:
    (lead,) = read(f'<main><a href="{path}">{text}</a></main>').leads
    assert lead.url == f"https://www.paper.example{path}"


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/">A long and winding line of words about the paper</a>',
        '<a href="/world/#latest-news-of-the-day-2026">The latest news of the whole day</a>',
        '<a href="/sport/football/index.html">All the football that is fit to print</a>',
        '<a href="/author/jane-doe-of-the-paper-12345">Jane Doe, our woman in Norland</a>',
        '<a href="/login?next=/2026/11/21/a-b-c-d">Log in to read the whole of the story</a>',
        '<nav><a href="/business/markets-and-money">Markets and money and more of it</a></nav>',
        '<a href="/rss/2026-11-21-all-the-news.xml">All the news of the day as a feed</a>',
        '<a href="/culture">Culture</a>',
    ],
)
def test_what_else_stands_on_a_page_is_not_taken_for_an_article(link: str) -> None:
    assert not read(link).leads


def test_a_page_without_article_links_says_what_to_do() -> None:
    assert "article.url" in read("<p>Nothing</p>").notes[0]


def test_hubs_and_the_topic_are_taken_from_the_head_alone() -> None:
    head = '<head><link rel="Self hub" href="/a"><link rel=hub href="https://hub.example/"></head>'
    listing = read(
        head + '<body><link rel="hub" href="https://evil.example/"><a href="/news/1">One</a>', pattern="/news/"
    )
    assert (listing.hubs[0].rpartition("/")[2], listing.hubs[1:]) == ("a", ("https://hub.example/",))
    assert listing.topic == listing.hubs[0]


def test_links_are_read_in_the_charset_of_the_page() -> None:
    body = '<meta charset="windows-1251"><a href="/news/1">Москва сегодня</a>'.encode("cp1251")
    assert read(body, pattern="/news/").leads[0].title == "Москва сегодня"


def test_an_endless_page_is_cut_and_that_is_said() -> None:
    listing = read("".join(f'<a href="/news/{n}">n</a>' for n in range(MAX_LINKS + 1)), pattern="/news/")
    assert len(listing.leads) == MAX_LINKS
    assert str(MAX_LINKS) in listing.notes[0]


def test_deep_nesting_hurts_nobody() -> None:
    read("<div>" * 50_000 + '<a href="/news/1">x</a>', pattern="/news/")
    assert read("<div>" * 50 + '<a href="/news/1">x</a>', pattern="/news/").leads


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "- feed:"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "- sitemap:"),
    ],
)
def test_what_is_no_page_is_an_error_that_says_so(body: bytes, told: str) -> None:
    with pytest.raises(ReadingError, match=told):
        read(body)
