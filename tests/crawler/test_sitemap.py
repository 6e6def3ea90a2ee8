"""Sitemaps: what they list, in every form that sites print them."""

import gzip
import re
from datetime import datetime

import pytest

from crawler import Document, Lead, Listing, Outlet
from crawler.spiders.sitemap import MAX_CHILDREN, MAX_URLS, SITEMAP
from newsdesk import ReadingError

URL = "https://paper.example/sitemap.xml"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def read(text: str | bytes, *, pattern: str | None = None, timezone: str = "UTC") -> Listing:
    body = text.encode() if isinstance(text, str) else text
    rules = {"url": pattern} if pattern else {}
    outlet = Outlet(slug="paper", name="Paper", site="https://paper.example/", article=rules, timezone=timezone)
    return SITEMAP.read(Document(URL, body), outlet)


def urlset(inner: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="{NEWS}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{inner}</urlset>'
    )


def index(*children: tuple[str, str]) -> str:
    inner = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{m}</lastmod>' if m else ''}</sitemap>" for loc, m in children
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_news_sitemap_gives_headline_date_and_language() -> None:
    listing = read(
        urlset(
            """<url><loc> https://paper.example/1 </loc><news:news><news:publication><news:name>Paper</news:name>
            <news:language>eng</news:language></news:publication>
            <news:publication_date>2026-11-21T14:05:09+03:00</news:publication_date>
            <news:title><![CDATA[  Storm &amp; flood ]]></news:title></news:news>
            <image:image><image:loc>https://paper.example/1.jpg</image:loc><image:title>A picture</image:title>
            </image:image></url>"""
        )
    )
    published = at("2026-11-21T11:05:09+00:00")
    assert listing.leads == (Lead("https://paper.example/1", "Storm & flood", published, language="en"),)


def test_the_parts_may_stand_in_any_order_and_outside_of_the_news_element() -> None:
    (lead,) = read(
        urlset(
            "<url><lastmod>2026-11-21T15:00:00Z</lastmod><news:news><news:title>T</news:title></news:news>"
            "<news:publication_date>2026-11-21</news:publication_date><loc>https://paper.example/1</loc></url>"
        )
    ).leads
    assert lead.published == at("2026-11-21T00:00:00+00:00")
    assert lead.updated == at("2026-11-21T15:00:00+00:00")


def test_the_newest_pages_come_first_and_those_without_a_date_last() -> None:
    listing = read(
        urlset(
            "<url><loc>/none</loc></url><url><loc>/old</loc><lastmod>2020-01-01</lastmod></url>"
            "<url><loc>/new</loc><lastmod>2026-11-21T14:00Z</lastmod></url>"
        )
    )
    assert [lead.url.rpartition("/")[2] for lead in listing.leads] == ["new", "old", "none"]


def test_a_date_without_a_zone_is_meant_in_the_zone_of_the_outlet() -> None:
    text = urlset("<url><loc>/1</loc><lastmod>2026-11-21T14:05:09</lastmod></url>")
    assert read(text, timezone="Europe/Moscow").leads[0].updated == at("2026-11-21T11:05:09+00:00")


def test_the_front_page_and_files_are_no_leads() -> None:
    listing = read(
        urlset(
            "<url><loc>https://paper.example</loc></url><url><loc>https://paper.example/</loc></url>"
            "<url><loc>/a.pdf</loc></url><url><loc>/photo.JPG?x=1</loc></url><url><loc>javascript:x</loc></url>"
            "<url><loc>https://paper.example/?p=17</loc></url><url/><url><loc/></url>"
        )
    )
    assert [lead.url for lead in listing.leads] == ["https://paper.example/?p=17"]


def test_the_outlets_pattern_says_which_pages_are_articles() -> None:
    listing = read(urlset("<url><loc>/news/1-a</loc></url><url><loc>/about</loc></url>"), pattern=r"/news/\d+-")
    assert [lead.url for lead in listing.leads] == ["https://paper.example/news/1-a"]


def test_an_index_gives_its_sitemaps_newest_first_and_that_of_news_before_all() -> None:
    listing = read(
        index(
            ("https://paper.example/2024.xml.gz", "2024-12-31"),
            ("/2026.xml.gz", "2026-11-21"),
            ("/undated.xml", ""),
            ("/news.xml", ""),
            (URL, "2026-11-21"),
            ("ftp://paper.example/x.xml", ""),
        ).replace("</sitemapindex>", "<other/></sitemapindex>")
    )
    names = [one.rpartition("/")[2] for one in listing.more]
    assert names == ["news.xml", "2026.xml.gz", "2024.xml.gz", "undated.xml"]
    assert listing.leads == ()


def test_an_endless_index_is_cut_and_that_is_said() -> None:
    listing = read(index(*((f"/{n}.xml", "") for n in range(MAX_CHILDREN + 1))))
    assert len(listing.more) == MAX_CHILDREN
    assert f"{MAX_CHILDREN + 1} sitemaps" in listing.notes[0]


def test_an_endless_sitemap_is_cut_and_that_is_said() -> None:
    listing = read(urlset("<other/>" + "".join(f"<url><loc>/{n}</loc></url>" for n in range(MAX_URLS + 1))))
    assert len(listing.leads) == MAX_URLS
    assert str(MAX_URLS) in listing.notes[0]


def test_a_gzipped_sitemap_is_unpacked_in_one_piece_or_several() -> None:
    text = urlset("<url><loc>/1</loc></url>").encode()
    assert read(gzip.compress(text)).leads == (Lead("https://paper.example/1"),)
    assert read(gzip.compress(text[:50]) + gzip.compress(text[50:])).leads == (Lead("https://paper.example/1"),)


def test_a_sitemap_may_be_a_plain_list_of_addresses() -> None:
    listing = read("\ufeffhttps://paper.example/1\r\n\r\nhttps://paper.example/2\n")
    assert [lead.url for lead in listing.leads] == ["https://paper.example/1", "https://paper.example/2"]


def test_a_sitemap_without_namespaces_and_in_utf_16_is_read() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><urlset><url><loc>https://paper.example/日本</loc></url></urlset>'
    assert read(text.encode("utf-16")).leads == (Lead("https://paper.example/日本"),)


def test_a_damaged_sitemap_gives_what_can_be_read() -> None:
    listing = read("\n" + urlset("<url><loc>/1?a=1&b=2</loc></url><url><loc>/2</loc></url><url><lo"))
    assert "https://paper.example/2" in [lead.url for lead in listing.leads]
    assert "damaged" in listing.notes[0]


def test_entities_are_not_expanded() -> None:
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "{"x" * 1000}">]>'
    text = bomb + re.sub(r"<\?.*?\?>", "", urlset(f"<url><loc>/1</loc><news:title>{'&e;' * 1000}</news:title></url>"))
    (lead,) = read(text).leads
    assert "xxx" not in (lead.title or "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
        (b'<rss version="2.0"><channel/></rss>', "feed came"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "feed came"),
        (b"User-agent: *\nDisallow: /x\nSitemap: https://paper.example/s.xml\n", "not a sitemap"),
        (b"\xff\xfe\x00", "damaged"),
        ("<x><urlset/></x>".encode("utf-16"), "<x> is not a sitemap"),
        (gzip.compress(b"\0" * 60_000_000, 1), "50 MB"),
    ],
)
def test_what_is_no_sitemap_is_an_error_that_says_so(body: bytes, told: str) -> None:
    with pytest.raises(ReadingError, match=told):
        read(body)
