"""What a site offers, and the outlet file that comes of it."""

from pathlib import Path

import pytest

from crawler import Document, Outlet, Source, load_outlets
from crawler.discovery import Probe, feeds_of, name_of, outlet_file, probe, sections_of, sitemaps_of, slug_of
from crawler.reading.tree import parse
from newsdesk import AddressRefused, FetchError, FetchFailure

SITE = "https://www.paper.example/"
FRONT = """<html lang="en-GB"><head><title>Home - The Paper: of Norland</title>
<meta property="og:site_name" content="The Paper">
<link rel="alternate" type="application/rss+xml" title="All" href="/feeds/all.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
<link rel="alternate" hreflang="de" href="/de/"><link rel="stylesheet" href="/x.css"></head>
<body><a href="/rss/world.rss">World</a><a href="/feeds/all.xml">RSS</a><a href="/news/">News</a></body></html>"""
HEADLINES = "".join(
    f'<h2><a href="/news/2026/11/21/a-long-story-{n}">A long story about number {n}</a></h2>' for n in range(5)
)
RSS = (
    '<rss version="2.0"><channel><title>{}</title><item><title>T</title><link>/news/1</link>'
    "<pubDate>Sat, 21 Nov 2026 14:05:09 GMT</pubDate></item></channel></rss>"
)
NEWS_SITEMAP = (
    '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/news/1</loc><n:news><n:title>T</n:title>'
    "<n:publication_date>2026-11-21</n:publication_date></n:news></url></urlset>"
)
PLAIN_SITEMAP = "<urlset><url><loc>/news/1</loc></url><url><loc>/news/2</loc></url></urlset>"


class Site:
    """A site of a few pages that remembers what it was asked."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = {SITE.rstrip("/") + path: text for path, text in pages.items()}
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Document:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchError(FetchFailure.STATUS, f"{url} answers 404")
        return Document(url, self.pages[url].encode())


def lists(found: Probe) -> list[tuple[str, str]]:
    return [(source.kind, source.url.removeprefix(SITE)) for source in found.sources]


async def test_the_feeds_a_page_names_and_its_news_sitemap_are_chosen() -> None:
    site = Site(
        {
            "/": FRONT,
            "/feeds/all.xml": RSS.format("All of The Paper"),
            "/rss/world.rss": RSS.format("World"),
            "/robots.txt": f"User-agent: *\nSitemap: {SITE}s.xml\nsitemap:{SITE}news.xml # new\n",
            "/s.xml": PLAIN_SITEMAP,
            "/news.xml": NEWS_SITEMAP,
            "/news/": HEADLINES,
        }
    )
    found = await probe(SITE, site.fetch)
    assert lists(found) == [("feed", "feeds/all.xml"), ("feed", "rss/world.rss"), ("sitemap", "news.xml")]
    assert [(offer.source.kind, offer.leads) for offer in found.offers if not offer.chosen] == [
        ("sitemap", 2),
        ("section", 5),
    ]
    assert (found.slug, found.name, found.language) == ("paper", "The Paper", "en-GB")
    assert len(site.asked) == len(set(site.asked))


async def test_common_places_are_tried_when_a_page_names_no_feed() -> None:
    site = Site({"/": "<html><title>Paper</title></html>", "/feed.xml": RSS.format("Feed")})
    assert lists(await probe(SITE, site.fetch)) == [("feed", "feed.xml")]


async def test_the_page_itself_is_the_last_resort() -> None:
    site = Site({"/": f"<html>{HEADLINES}</html>", "/feed.xml": "<html>404</html>"})
    assert lists(await probe(SITE, site.fetch)) == [("section", "")]


async def test_a_plain_sitemap_serves_where_there_is_nothing_else() -> None:
    site = Site({"/": "<html></html>", "/sitemap.xml": PLAIN_SITEMAP})
    assert lists(await probe(SITE, site.fetch)) == [("sitemap", "sitemap.xml")]


async def test_the_address_of_a_feed_may_be_given_in_place_of_the_site() -> None:
    site = Site({"/": FRONT, "/odd/place": RSS.format("Odd")})
    found = await probe(f"{SITE}odd/place", site.fetch)
    assert found.site == SITE
    assert ("feed", "odd/place") in lists(found)


async def test_a_site_that_offers_nothing_still_makes_a_file_to_start_from(tmp_path: Path) -> None:
    found = await probe(SITE, Site({"/": "<html><title>Paper</title></html>"}).fetch)
    assert found.offers == ()
    (tmp_path / "paper.yaml").write_text(found.text)
    (outlet,), problems = load_outlets(tmp_path)
    assert not problems
    assert outlet == Outlet(slug="paper", name="Paper", site=SITE)


async def test_a_site_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(FetchError):
        await probe(SITE, Site({}).fetch)


@pytest.mark.parametrize("address", ["https://", "ftp://paper.example/", "https://user@paper.example/"])
async def test_an_address_that_cannot_be_asked_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="address"):
        await probe(address, Site({}).fetch)


async def test_a_feed_whose_site_does_not_answer_is_still_offered() -> None:
    found = await probe(f"{SITE}rss", Site({"/rss": RSS.format("The Feed")}).fetch)
    assert lists(found) == [("feed", "rss")]
    assert found.name == "The Feed"


async def test_a_site_of_a_thousand_feeds_is_not_asked_without_end() -> None:
    front = "".join(f'<a href="/rss/{n}.xml">{n}</a>' for n in range(1000))
    site = Site({"/": front} | {f"/rss/{n}.xml": RSS.format(n) for n in range(1000)})
    found = await probe(SITE, site.fetch)
    assert len(site.asked) < 30
    assert len(found.sources) <= 6


async def test_the_outlet_file_is_read_back_as_it_was_found(tmp_path: Path) -> None:
    site = Site(
        {
            "/": FRONT.replace("The Paper", "No: #1 &quot;Paper&quot;"),
            "/feeds/all.xml": RSS.format("All: #everything, and 'more'"),
            "/news/": HEADLINES,
        }
    )
    found = await probe(SITE, site.fetch)
    (tmp_path / f"{found.slug}.yaml").write_text(outlet_file(found))
    (outlet,), problems = load_outlets(tmp_path)
    assert not problems
    assert outlet.name == 'No: #1 "Paper"'
    assert outlet.language == "en-GB"
    assert outlet.sources == (Source(kind="feed", url=f"{SITE}feeds/all.xml"),)
    assert f"# - section: {SITE}news/" in found.text


@pytest.mark.parametrize(
    "name", ["no", "null", "12:30", "- x", "a: b", "朝日新聞", "{x}", "'x'", "x #y", "1", "@x", "a\\b"]
)
def test_every_name_survives_the_outlet_file(tmp_path: Path, name: str) -> None:
    found = Probe(slug="x", name=name, site=SITE, language=None, offers=())
    (tmp_path / "x.yaml").write_text(found.text, "utf-8")
    (outlet,), problems = load_outlets(tmp_path)
    assert not problems
    assert outlet.name == name


def test_feeds_of_a_page_follow_its_base_and_leave_comments_out() -> None:
    root = parse(
        '<base href="https://cdn.example/x/"><link rel="Alternate" type="application/atom+xml; charset=utf-8" href="a">'
        '<link rel="alternate" type="application/feed+json" href="/b.json"><a href="/comments/feed">c</a>'
        '<a href="https://paper.example/index.rdf">d</a><a href="javascript:x.rss">e</a><a href="/feedback">f</a>'
    )
    assert feeds_of(root, SITE) == (
        "https://cdn.example/x/a",
        "https://cdn.example/b.json",
        "https://paper.example/index.rdf",
    )


def test_robots_txt_names_sitemaps_once_and_those_of_news_first() -> None:
    robots = b"\xef\xbb\xbfSitemap: /a.xml\nSITEMAP :https://x.example/news.xml\nSitemap: /a.xml\nSitemap: file:///x\n"
    assert sitemaps_of(robots, SITE) == ("https://x.example/news.xml", f"{SITE}a.xml")


def test_the_news_section_is_tried_before_the_front_page() -> None:
    root = parse('<a href="/newsletter">x</a><a href="/news/">x</a><a href="https://other.example/news">y</a>')
    assert sections_of(root, SITE) == (f"{SITE}news/", SITE)


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.rt.com/", "rt"),
        ("https://www.bbc.co.uk/news", "bbc"),
        ("https://russian.rt.com/", "russian-rt"),
        ("http://127.0.0.1:8097/", "127-0-0-1"),
        ("https://example/", "example"),
        ("https://www.co.uk/", "www"),
        ("https://bücher.example/", "xn-bcher-kva"),
    ],
)
def test_a_slug_is_made_of_the_host(url: str, slug: str) -> None:
    assert slug_of(url) == slug


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('<meta property="og:site_name" content=" The  Paper ">', "The Paper"),
        ("<title>Breaking news from Norland | The Paper</title>", "The Paper"),
        ("<title>The Paper</title>", "The Paper"),
        ("<p>x", "paper.example"),
    ],
)
def test_the_name_of_a_site_is_what_its_page_says(head: str, name: str) -> None:
    assert name_of(parse(f"<html><head>{head}"), SITE) == name
