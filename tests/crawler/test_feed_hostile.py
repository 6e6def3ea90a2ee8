"""Lists made to break their reader: each is read as far as it is sound, or refused in words."""

import json
from typing import Any

import pytest

from crawler.document import Document
from crawler.outlet import Outlet
from crawler.spider import Listing
from crawler.spiders.feed import FEED, MAX_ENTRIES
from crawler.spiders.sitemap import SITEMAP
from newsdesk import ReadingError

OUTLET = Outlet(slug="paper", name="Paper", site="https://paper.example.org/")
URL = "https://paper.example.org/feed"
GOOD = "<item><title>Good news</title><link>https://paper.example.org/good</link></item>"
SECRET = "file:///etc/passwd"
LOL = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


def feed(body: str | bytes, kind: str | None = "application/rss+xml") -> Listing:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return FEED.read(Document(URL, data, kind), OUTLET)


def rss(items: str = GOOD, before: str = "", root: str = "rss version='2.0'") -> str:
    return f"<?xml version='1.0'?>{before}<{root}><channel><title>x</title>{items}</channel></rss>"


def titles(listing: Listing) -> list[str | None]:
    return [lead.title for lead in listing.leads]


@pytest.mark.parametrize(
    "before",
    [
        f"<!DOCTYPE r [<!ENTITY l0 'lol'>{LOL}]>",
        f"<!DOCTYPE r [<!ENTITY a '{'a' * 50_000}'>]>",
        f"<!DOCTYPE r [<!ENTITY x SYSTEM '{SECRET}'>]>",
        f"<!DOCTYPE r [<!ENTITY % x SYSTEM '{SECRET}'> %x;]>",
        "<!DOCTYPE r [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/x.dtd'> %x;]>",
        "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        "<!DOCTYPE r PUBLIC '-//x//y' 'file:///etc/passwd'>",
        "<!DOCTYPE r [<!ENTITY l0 '&l0;'>]>",
        "<!DOCTYPE r [<!ATTLIST item x CDATA 'y'>]>",
        "<?xml-stylesheet href='file:///etc/passwd' type='text/xsl'?>",
    ],
    ids=["laughs", "quadratic", "external", "parameter", "remote", "dtd", "public", "itself", "attlist", "stylesheet"],
)
@pytest.mark.parametrize("use", ["&l9;", "&x;", "&a;" * 1000, "&l0;", ""])
def test_no_entity_is_expanded_and_no_file_or_server_is_asked(before: str, use: str) -> None:
    listing = feed(rss(GOOD + f"<item><title>[{use}]</title><link>/2</link></item>", before))
    assert titles(listing)[0] == "Good news"
    told = " ".join(title or "" for title in titles(listing))
    assert "root:" not in told and "lollol" not in told and "a" * 100 not in told


@pytest.mark.parametrize(
    "item",
    [
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>",
        "<title>&#0;&#xD800;&#x1F;&#xFFFF;</title>",
        "<title>&#99999999999; &#" + "9" * 5000 + "; &#x110000; & fine</title><link>/references</link>",
        "<title>a\x00b\x01c\x1b[31m</title><link>/c0</link>",
        "<title>\ud800</title><link>/surrogate</link>",
        "<title>]]></title><link>/cdata</link>",
        "<title><![CDATA[<b>x</b>]]><![CDATA[&amp;]]></title><link>/cdata</link>",
        "<title><![CDATA[never ended</title><link>/cdata</link>",
        "<title>no end",
        "<title>wrong</link><link>/nested</title>",
        "<foo:bar>undeclared</foo:bar><link>/ns</link>",
        "<title a='1' a='2'>twice</title><link>/twice</link>",
        "<title a=unquoted>x</title><link>/unquoted</link>",
        f"<title {'a' * 200_000}='x'>long name</title><link>/long</link>",
        f"<title x='{'y' * 200_000}'>long value</title><link>/long</link>",
        f"<title>{'x' * 1_000_000}</title><link>/title</link>",
        f"<link>/{'x' * 1_000_000}</link>",
        "<link>javascript:alert(1)</link>",
        "<link>data:text/html,x</link>",
        "<link>file:///etc/passwd</link>",
        "<link>http://[::1</link>",
        "<link>http://127.0.0.1:99999/</link>",
        "<link>//</link><guid>http://</guid>",
        "<pubDate>" + "9" * 10_000 + "</pubDate><link>/digits</link>",
        "<pubDate>Mon, 00 Foo 99999 99:99:99 +9999</pubDate><link>/date</link>",
        "<description>" + "<p>" * 20_000 + "</description><link>/deep</link>",
        "<description><![CDATA[" + "<div>" * 100_000 + "]]></description><link>/deep</link>",
        "<!-- -- > --><link>/comment</link>",
        "<?php echo 1 ?><link>/pi</link>",
    ],
)
def test_what_one_item_does_costs_its_neighbours_nothing(item: str) -> None:
    listing = feed(rss(GOOD + f"<item>{item}</item>" + GOOD.replace("good", "last").replace("Good", "Last")))
    assert "Good news" in titles(listing)
    for lead in listing.leads:
        said = f"{lead.title}{lead.summary}{lead.url}"
        assert lead.url.startswith(("http://", "https://"))
        assert len(said) < 10_000 and said.encode() and not any(sign in said for sign in "\x00\x01\x1b\x1f\ud800")


@pytest.mark.parametrize(
    "body",
    [
        b"junk before it\n" + rss().encode(),
        b"<br />\n<b>Warning</b>: mysql_connect()" + rss().encode(),
        b"\xef\xbb\xbf\xef\xbb\xbf \n" + rss().encode(),
        rss().encode() + b"<rss><channel><item><title>second root</title></item></channel></rss>",
        rss().encode() + b"\x00\x00 trailing <!-- junk",
        b"<html><body>" + rss().encode() + b"</body></html>",
        rss().replace("<?xml version='1.0'?>", "").encode(),
        rss().replace("version='1.0'", "version='9.9' encoding='x-nonsense' standalone='maybe'").encode(),
        rss(root="rss:rss").encode(),
        rss(root="RSS VERSION='2.0'").encode(),
        rss().replace("</channel></rss>", "").encode(),
        rss().replace("\n", "").encode() * 3,
        rss(GOOD + "&nbsp;&copy;&undefined;").encode(),
        rss("<p>text between</p>" + GOOD + "more text").encode(),
    ],
)
def test_a_feed_in_a_mess_is_still_a_feed(body: bytes) -> None:
    assert "Good news" in titles(feed(body))


@pytest.mark.parametrize(
    "body",
    [
        "<a>" * 200_000,
        "<rss><channel>" + "<item>" * 100_000,
        "<rss><channel><item>" + "<x>" * 300_000 + "</item></channel></rss>",
        "<rss>" * 50_000 + "</rss>" * 50_000,
        "<" * 500_000,
        "<rss " + "a='1' " * 100_000 + "/>",
        "<rss" + "".join(f" a{n}='1'" for n in range(50_000)) + "/>",
        "<rss " + "".join(f"xmlns:a{n}='u{n}' " for n in range(20_000)) + "/>",
        "<rss><channel>" + "&lt;" * 500_000,
        "<!DOCTYPE " + "x" * 500_000,
        "<!DOCTYPE r [" + "<!ENTITY a 'b'>" * 20_000,
        "<?xml " + "x" * 500_000,
        "<![CDATA[" * 50_000,
        "<!--" * 100_000,
        "\x00" * 100_000,
        "{" * 100_000,
        '{"items":' + "[" * 100_000,
        '{"items":' + '{"a":' * 100_000,
        '{"items": [' + "9" * 100_000 + "]}",
        '{"items": "x"}',
        '{"items": {"0": {"url": "/1"}}}',
        '{"version": "https://jsonfeed.org/version/1"',
    ],
)
def test_what_is_only_weight_is_refused_in_words(body: str) -> None:
    try:
        listing = feed(body)
    except ReadingError as error:
        assert 0 < len(str(error)) < 500
    else:
        assert listing.leads == ()


def json_feed(*items: Any, **more: Any) -> Listing:
    return feed(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items, **more}), "application/json")


@pytest.mark.parametrize(
    "item",
    [
        None, 1, [], "x", {}, {"url": 5}, {"url": ["/1"]}, {"url": {"a": "b"}}, {"url": "javascript:x"}, {"id": 1e308},
        {"url": "/1", "title": float("nan")}, {"url": "/1", "title": 10**400}, {"url": "/1", "title": ["x"] * 10_000},
        {"url": "/1", "date_published": 2**70}, {"url": "/1", "date_published": "9" * 100_000},
        {"url": "/1", "title": "\ud800\x00"}, {"url": "/1", "authors": [[[]]]}, {"url": "/1", "tags": None},
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"hubs": 5}, {"hubs": [1, None, {"url": 5}]}, {"title": []}, {"language": {}}])
def test_values_of_the_wrong_kind_spoil_no_json_feed(item: Any, more: dict[str, Any]) -> None:
    listing = json_feed(item, {"url": "/good", "title": "Good news"}, **more)
    assert "Good news" in titles(listing)
    assert "\ud800" not in str(titles(listing))


def test_a_hundred_thousand_items_are_cut_and_that_is_said() -> None:
    many = "".join(f"<item><title>{n}</title><link>/{n}</link></item>" for n in range(100_000))
    for listing in (feed(rss(many)), json_feed(*({"url": f"/{n}"} for n in range(100_000)))):
        assert len(listing.leads) == MAX_ENTRIES
        assert any("left out" in note for note in listing.notes)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("<link href='a'/>", "https://paper.example.org/a"),
        ("<link xml:base='https://other.example/x/' href='a'/>", "https://other.example/x/a"),
        ("<link xml:base='javascript:' href='a'/>", None),
        ("<link xml:base='file:///etc/' href='passwd'/>", None),
        ("<link rel='self' href='/self'/><link rel='alternate' href='/right'/>", "https://paper.example.org/right"),
        ("<link rel='enclosure'>/wrong</link><link href='/right'/>", "https://paper.example.org/right"),
    ],
)
def test_the_address_of_an_atom_entry_is_the_one_meant(entry: str, url: str | None) -> None:
    xhtml = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><a href='/wrong'>x</a></div></content>"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>t</title>{entry}{xhtml}</entry></feed>"
    assert [lead.url for lead in feed(atom).leads] == ([url] if url else [])


@pytest.mark.parametrize("date", ["2098-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "Mon, 01 Jan 0001 00:00:00 GMT"])
def test_a_date_beyond_all_reason_is_no_reason_to_lose_the_item(date: str) -> None:
    (lead,) = feed(rss(f"<item><title>x</title><link>/1</link><pubDate>{date}</pubDate></item>")).leads
    assert lead.published is None or lead.published.year == 2098


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE r [<!ENTITY l0 'lol'>{LOL}]><urlset><url><loc>https://paper.example.org/&l9;</loc></url></urlset>",
        f"<!DOCTYPE r [<!ENTITY x SYSTEM '{SECRET}'>]><urlset><url><loc>https://paper.example.org/&x;</loc></url></urlset>",
        "<urlset>" + "<url>" * 100_000,
        "<urlset>" + "<url><loc>javascript:x</loc></url>" * 1000 + "</urlset>",
        "<sitemapindex>" + "<sitemap><loc>file:///etc/passwd</loc></sitemap>" * 1000 + "</sitemapindex>",
        "<sitemapindex><sitemap><loc>https://paper.example.org/feed</loc></sitemap></sitemapindex>",
        "<urlset><url><loc>https://paper.example.org/" + "x" * 1_000_000 + "</loc></url></urlset>",
        "<urlset><url><loc></loc><lastmod>" + "9" * 100_000 + "</lastmod></url></urlset>",
    ],
)
def test_a_sitemap_leads_nowhere_but_to_the_web(body: str) -> None:
    try:
        listing = SITEMAP.read(Document(URL, body.encode()), OUTLET)
    except ReadingError as error:
        assert 0 < len(str(error)) < 500
        return
    assert all("root" not in lead.url and "lol" not in lead.url for lead in listing.leads)
    assert URL not in listing.more and not any(url.startswith("file") for url in listing.more)


def test_a_damaged_feed_in_utf_7_hides_nothing() -> None:
    title = "+ADw-/title+AD4APA-link+AD4-http://evil.example.org/+ADw-/link+AD4- & x"
    hidden = f"<item><title>{title}</title><link>/1</link></item>"
    for kind in ("application/rss+xml", "application/rss+xml; charset=utf-7"):
        listing = feed(rss(hidden).replace("version='1.0'", "version='1.0' encoding='utf-7'", 1), kind)
        assert [lead.url for lead in listing.leads] == ["https://paper.example.org/1"]
