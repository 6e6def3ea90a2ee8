"""Feeds: what they list, in every dialect."""

import json
import pickle
from datetime import datetime, timedelta

import pytest

from crawler import Document, Lead, Listing, Outlet
from crawler.spiders.feed import FEED

URL = "https://paper.example/feeds/rss.xml"


def read(text: str | bytes, *, timezone: str = "UTC") -> Listing:
    body = text.encode() if isinstance(text, str) else text
    outlet = Outlet(slug="paper", name="Paper", site="https://paper.example/", timezone=timezone)
    return FEED.read(Document(URL, body), outlet)


def rss(items: str, channel: str = "", attributes: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" {attributes}><channel>{channel}{items}</channel></rss>'


def item(inner: str) -> Lead:
    (lead,) = read(rss(f"<item><link>https://paper.example/1</link>{inner}</item>")).leads
    return lead


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_rss_2_is_read() -> None:
    listing = read(
        rss(
            """<item><title><![CDATA[
              Storm   hits <b>coast</b> &amp; harbour ]]></title>
              <link> https://paper.example/news/1?utm_source=rss </link><guid isPermaLink="true">https://paper.example/g/1</guid>
              <description>&lt;p&gt;Waves of &lt;em&gt;nine&lt;/em&gt; metres&lt;/p&gt;</description>
              <pubDate>Sat, 21 Nov 2026 14:05:09 +0300</pubDate></item>""",
            "<title>The Paper</title><language>en_gb</language>",
        )
    )
    assert listing.leads == (
        Lead(
            url="https://paper.example/news/1?utm_source=rss",
            title="Storm hits coast & harbour",
            published=at("2026-11-21T11:05:09+00:00"),
            summary="Waves of nine metres",
        ),
    )
    assert (listing.title, listing.language, listing.notes) == ("The Paper", "en-GB", ())


def test_rss_1_is_read() -> None:
    listing = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="x"><title>紙</title><dc:language>ja</dc:language>
        </channel><item rdf:about="https://paper.example/1"><title>見出し</title><link>https://paper.example/1</link>
        <dc:date>2026-11-21T23:05:09+09:00</dc:date></item></rdf:RDF>"""
    )
    assert listing.leads == (Lead("https://paper.example/1", "見出し", at("2026-11-21T14:05:09+00:00")),)
    assert (listing.title, listing.language) == ("紙", "ja")


def test_atom_is_read_and_the_alternate_link_wins() -> None:
    listing = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title>
        <link rel="self" href="https://paper.example/atom"/><link rel="next" href="?page=2"/>
        <link rel="hub" href="https://hub.example/"/>
        <entry xml:lang="fr"><title type="html">&lt;i&gt;Grève&lt;/i&gt; &amp;eacute;tendue</title>
        <link rel="enclosure" href="https://paper.example/a.mp3"/><link rel="related" href="https://paper.example/r"/>
        <link rel="alternate" type="application/json" href="https://paper.example/1.json"/>
        <link rel="alternate" type="text/html" href="/1"/><id>tag:paper.example,2026:1</id>
        <published>2026-11-21T14:05:09.75Z</published><updated>2026-11-21T15:00:00Z</updated>
        <summary>Kurz</summary></entry></feed>"""
    )
    assert listing.leads == (
        Lead(
            url="https://paper.example/1",
            title="Grève étendue",
            published=at("2026-11-21T14:05:09+00:00"),
            updated=at("2026-11-21T15:00:00+00:00"),
            language="fr",
            summary="Kurz",
        ),
    )
    assert listing.topic == "https://paper.example/atom"
    assert listing.next == "https://paper.example/feeds/rss.xml?page=2"
    assert listing.hubs == ("https://hub.example/",)
    assert listing.language == "de"


def test_json_feed_is_read() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Paper",
        "language": "en",
        "feed_url": "https://paper.example/feed.json",
        "next_url": "https://paper.example/feed.json?p=2",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}, 5],
        "items": [
            {"id": "1", "url": "/1", "title": "One", "date_published": "2026-11-21T14:05:09Z", "content_text": "Text"},
            {"id": "https://paper.example/2", "title": None, "url": 7},
            {"id": "3"},
            "no item",
        ],
    }
    listing = read(b"\xef\xbb\xbf" + json.dumps(feed).encode())
    assert listing.leads == (
        Lead("https://paper.example/1", "One", at("2026-11-21T14:05:09+00:00"), summary="Text"),
        Lead("https://paper.example/2"),
    )
    assert listing.notes == ("1 of 3 entries have no usable link",)
    assert (listing.topic, listing.next) == ("https://paper.example/feed.json", "https://paper.example/feed.json?p=2")
    assert listing.hubs == ("https://hub.example/",)


def test_links_follow_xml_base() -> None:
    listing = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/a/">
        <entry xml:base="b/"><link href="c"/></entry></feed>"""
    )
    assert listing.leads == (Lead("https://other.example/a/b/c"),)


def test_the_guid_is_an_address_only_where_there_is_no_link() -> None:
    listing = read(
        rss(
            "<item><guid>https://paper.example/a</guid></item>"
            '<item><guid isPermaLink="false">https://paper.example/b</guid></item>'
            "<item><guid>17</guid></item><item><guid>https://paper.example/d</guid><link>/c</link></item>"
        )
    )
    assert [lead.url for lead in listing.leads] == ["https://paper.example/a", "https://paper.example/c"]
    assert listing.notes == ("2 of 4 entries have no usable link",)


def test_a_link_behind_a_counting_proxy_gives_way_to_the_original() -> None:
    (lead,) = read(
        rss(
            "<item><link>https://proxy.example/~3/x</link><f:origLink>https://paper.example/1</f:origLink></item>",
            attributes='xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"',
        )
    ).leads
    assert lead.url == "https://paper.example/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://", "http://[", "#top", ""]
)
def test_a_link_that_leads_nowhere_on_the_web_is_no_lead(link: str) -> None:
    listing = read(rss(f"<item><title>x</title><link>{link}</link></item>"))
    assert not listing.leads
    assert listing.notes


def test_each_address_comes_once() -> None:
    listing = read(rss("<item><link>/1</link><title>a</title></item><item><link>/1</link><title>b</title></item>"))
    assert listing.leads == (Lead("https://paper.example/1", "a"),)


def test_the_title_of_a_picture_is_not_the_title_of_the_entry() -> None:
    (lead,) = read(
        rss(
            "<item><m:title>A picture</m:title><m:content><m:title>Deep</m:title></m:content>"
            "<m:description>A caption</m:description><title>News</title><link>/1</link></item>",
            attributes='xmlns:m="http://search.yahoo.com/mrss/"',
        )
    ).leads
    assert (lead.title, lead.summary) == ("News", None)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("  ", None),
        ("a&#x9;b", "a b"),
        ("<![CDATA[5 < 6 & 7 > 6]]>", "5 < 6 & 7 > 6"),
        ("<![CDATA[<a href='x'>Linked</a> <span>words</span>]]>", "Linked words"),
        ("&amp;#8220;Quoted&amp;#8221;", "“Quoted”"),
        ("Safe\u202eevil\u2066", "Safeevil"),
        ("e\u0301", "é"),
    ],
)
def test_titles_are_one_clean_line(written: str, title: str | None) -> None:
    assert item(f"<title>{written}</title>").title == title


def test_a_long_title_is_cut() -> None:
    assert len(item(f"<title>{'x' * 300_000}</title>").title or "") == 500


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("Sat, 21 Nov 2026 14:05:09 GMT", "2026-11-21T14:05:09+00:00"),
        ("Sat, 21 Nov 2026 14:05 EST", "2026-11-21T19:05:00+00:00"),
        ("21 November 2026 14:05:09 -0000", "2026-11-21T14:05:09+00:00"),
        ("Sat, 21 Nov 26 14:05:09 +05:30", "2026-11-21T08:35:09+00:00"),
        ("Sat, 21-Nov-2026 14:05:60 UTC", "2026-11-21T14:05:59+00:00"),
        ("Sat Nov 21 14:05:09 2026", "2026-11-21T14:05:09+00:00"),
        ("2026-11-21T14:05:09+0300", "2026-11-21T11:05:09+00:00"),
        ("2026-11-21", "2026-11-21T00:00:00+00:00"),
        ("1795269909", "2026-11-21T14:05:09+00:00"),
        ("Mon, 01 Jan 2098 00:00:00 GMT", "2098-01-01T00:00:00+00:00"),
        ("Mon, 01 Jan 0001 00:00:00 +0000", None),
        ("31 Feb 2026 10:00:00 GMT", None),
        ("yesterday", None),
        ("9" * 100, None),
    ],
)
def test_dates_are_read_as_lists_write_them_and_odd_ones_lose_no_lead(written: str, instant: str | None) -> None:
    assert item(f"<pubDate>{written}</pubDate>").published == (at(instant) if instant else None)


def test_a_date_without_a_zone_is_meant_in_the_zone_of_the_outlet() -> None:
    text = rss("<item><link>/1</link><pubDate>Sat, 21 Nov 2026 14:05:09</pubDate></item>")
    assert read(text, timezone="Europe/Moscow").leads[0].published == at("2026-11-21T11:05:09+00:00")


def test_what_the_publisher_asks_of_pollers_is_kept() -> None:
    listing = read(
        rss(
            "",
            "<ttl>60</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>x</hour></skipHours>"
            "<skipDays><day>Sunday</day><day>Someday</day></skipDays><sy:updatePeriod>daily</sy:updatePeriod>"
            "<sy:updateFrequency>4</sy:updateFrequency>",
            'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"',
        )
    )
    assert listing.ttl == timedelta(hours=6)
    assert listing.skip_hours == {0, 5}
    assert listing.skip_days == {6}


@pytest.mark.parametrize("ttl", ["", "0", "-5", "x", "²"])
def test_a_ttl_that_means_nothing_is_ignored(ttl: str) -> None:
    assert read(rss("", f"<ttl>{ttl}</ttl>")).ttl is None


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "windows-1251", "koi8-r"])
def test_the_charset_is_the_one_declared(charset: str) -> None:
    text = f'<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel><item><title>Москва</title>' + (
        "<link>https://paper.example/1</link></item></channel></rss>"
    )
    assert read(text.encode(charset)).leads == (Lead("https://paper.example/1", "Москва"),)


def test_a_listing_travels_to_another_process() -> None:
    listing = read(rss("<item><title>T</title><link>/1</link></item>"))
    assert pickle.loads(pickle.dumps(listing)) == listing


def test_the_source_of_the_content_stands_in_for_a_link_and_the_language_of_an_entry_is_kept() -> None:
    (lead,) = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><entry>
        <content type="text/html" src="/whole"/><dc:language>fra</dc:language></entry></feed>"""
    ).leads
    assert lead == Lead("https://paper.example/whole", language="fr")


def test_a_channel_of_another_dialect_is_read() -> None:
    listing = read(
        '<channel href="https://paper.example/"><item href="https://paper.example/1"><title>T</title></item></channel>'
    )
    assert [lead.url for lead in listing.leads] == ["https://paper.example/1"]


def test_a_date_of_a_day_is_its_midnight_in_utc() -> None:
    assert item("<pubDate>21 Nov 2026</pubDate>").published == at("2026-11-21T00:00:00+00:00")


def test_a_feed_tells_where_its_older_items_are_and_who_made_it() -> None:
    links = '<link rel="prev-archive" href="/2026-10"/><link rel="next" href="?page=2"/><link href="/"/>'
    made = "<generator uri='https://wordpress.org/'>WordPress</generator>"
    listing = read(f'<feed xmlns="http://www.w3.org/2005/Atom">{links}{made}</feed>')
    assert listing.archive == "https://paper.example/2026-10"
    assert listing.next == "https://paper.example/feeds/rss.xml?page=2"
    assert (listing.site, listing.generator) == ("https://paper.example/", "WordPress")
    older = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="?p=2"/><link>https://paper.example/en/</link>'
    listing = read(rss("", older + "<image><link>https://elsewhere.example/</link></image>"))
    assert listing.next == "https://paper.example/feeds/rss.xml?p=2"
    assert listing.site == "https://paper.example/en/"
    listing = read(json.dumps({"items": [], "next_url": "?p=2", "home_page_url": "/"}))
    assert (listing.next, listing.site) == ("https://paper.example/feeds/rss.xml?p=2", "https://paper.example/")


def test_a_feed_that_was_cut_off_is_not_whole_and_a_damaged_one_may_be() -> None:
    entry = "<item><title>This & that</title><link>https://paper.example/1</link></item>"
    damaged = rss(entry, "<atom:link rel='prev-archive' href='/old'/>")
    listing = read(damaged + "\n")
    assert listing.is_whole and len(listing.leads) == 1
    listing = read(damaged[:-10])
    assert not listing.is_whole and len(listing.leads) == 1
