"""Feeds that are damaged, mislabelled, hostile or no feeds at all."""

import gzip
from datetime import datetime

import pytest

from crawler import Document, Lead, Listing, Outlet
from crawler.spiders.feed import FEED, MAX_ENTRIES
from newsdesk import ReadingError

URL = "https://paper.example/feeds/rss.xml"


def read(text: str | bytes, content_type: str | None = None) -> Listing:
    body = text.encode() if isinstance(text, str) else text
    outlet = Outlet(slug="paper", name="Paper", site="https://paper.example/")
    return FEED.read(Document(URL, body, content_type), outlet)


def rss(items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("declared", "header", "written"),
    [
        ("iso-8859-1", None, "utf-8"),
        ("utf-8", "text/xml; charset=windows-1251", "windows-1251"),
        (None, "text/xml; charset=windows-1251", "windows-1251"),
        (None, "text/xml; charset=us-ascii", "utf-8"),
    ],
)
def test_a_wrong_label_does_not_spoil_the_letters(declared: str | None, header: str | None, written: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?><?xml-stylesheet href="x"?>' if declared else ""
    text = f"{declaration}<rss><channel><item><title>Москва</title><link>/1</link></item></channel></rss>"
    listing = read(text.encode(written), content_type=header)
    assert listing.leads == (Lead("https://paper.example/1", "Москва"),)
    assert not listing.notes


@pytest.mark.parametrize(
    "damage",
    [
        "Caf&eacute; <br> & more",
        "tab \x0b and bell \x07",
        "<b>never closed",
        "a & b <c",
    ],
)
def test_a_damaged_feed_is_read_all_the_same(damage: str) -> None:
    items = "".join(f"<item><title>t{n}</title><link>/{n}</link></item>" for n in range(3))
    listing = read(rss(f"<item><link>/x</link><title>{damage}</title></item>{items}"))
    assert {f"https://paper.example/{name}" for name in ("x", 0, 1, 2)} == {lead.url for lead in listing.leads}
    assert "damaged" in listing.notes[0]


def test_a_feed_that_is_cut_short_gives_what_it_has() -> None:
    text = rss("".join(f"<item><title>t</title><link>/{n}</link></item>" for n in range(9)))
    assert len(read(text[: len(text) * 2 // 3]).leads) >= 5


def test_a_feed_whose_attributes_lack_quotes_is_mended() -> None:
    listing = read(
        '<?xml?xml version="1.0" encoding="UTF-8" ??><rss rss:version=2.0><rss:channel><rss:item>'
        "<rss:title>News</rss:title><rss:link>https://paper.example/1</rss:link></rss:item></rss:channel></rss>"
    )
    assert listing.leads == (Lead("https://paper.example/1", "News"),)


def test_what_a_careless_server_puts_before_the_feed_is_passed_over() -> None:
    body = "\n\ufeff<br />Warning: something in line 1<br />" + rss("<item><link>/1</link></item>")
    assert read(body).leads == (Lead("https://paper.example/1"),)


def test_a_gzipped_feed_is_unpacked() -> None:
    assert read(gzip.compress(rss("<item><link>/1</link></item>").encode())).leads == (Lead("https://paper.example/1"),)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "HTML page"),
        (b"<html><head><title>Checking your browser</title></head></html>", "HTML page"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>', "sitemap"),
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b'{"items": {}}', "no items"),
        (b'{"items": ', "JSON is damaged"),
        (b'{"items": ' + b"[" * 50_000, "JSON is damaged"),
        (b'{"items": [{"url": "/1", "n": ' + b"9" * 5_000 + b"}]}", "JSON is damaged"),
        (b"just words", "not a feed"),
        (bytes(range(256)), "not a feed"),
        (gzip.compress(b"<rss/>" * 50, mtime=0)[:-9], "cut short"),
        (b"\x1f\x8b" + b"nonsense", "damaged"),
    ],
)
def test_what_is_no_feed_is_an_error_that_says_so(body: bytes, told: str) -> None:
    with pytest.raises(ReadingError, match=told):
        read(body)


def test_a_compression_bomb_is_refused_before_it_unfolds() -> None:
    with pytest.raises(ReadingError, match="50 MB"):
        read(gzip.compress(gzip.compress(b"\0" * 60_000_000, 1), 1))


def test_entities_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    listing = read(
        f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><rss version="2.0"><channel><title>&e9;</title>'
        "<item><title>T</title><link>/1</link></item></channel></rss>"
    )
    assert [lead.url for lead in listing.leads] == ["https://paper.example/1"]
    assert len(listing.title or "") < 600


def test_files_and_other_servers_are_not_read_by_a_feed() -> None:
    (lead,) = read(
        '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://192.0.2.1/x.dtd" [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        '<rss version="2.0"><channel><item><title>a&e;</title><link>/1</link></item></channel></rss>'
    ).leads
    assert "root" not in (lead.title or "")


def test_deep_nesting_hurts_nobody() -> None:
    listing = read(rss("<x>" * 3_000 + "</x>" * 3_000 + "<item><title>T</title><link>/1</link></item>"))
    assert listing.leads == (Lead("https://paper.example/1", "T"),)


def test_no_more_entries_are_taken_than_agreed_and_that_is_said() -> None:
    listing = read(rss("".join(f"<item><link>/{n}</link></item>" for n in range(MAX_ENTRIES + 5))))
    assert len(listing.leads) == MAX_ENTRIES
    assert str(MAX_ENTRIES) in listing.notes[0]


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss("")).leads == ()


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("Sat, 21 Nov 2026 14:05:09 GMT", "2026-11-21T14:05:09+00:00"),
        ("2026-325T14:05:09Z", "2026-11-21T14:05:09+00:00"),
        ("0000-01-01T00:00:00Z", None),
        ("00010101", None),
        ("none", None),
    ],
)
def test_dates_of_a_damaged_feed_are_read_too(written: str, instant: str | None) -> None:
    (lead,) = read(rss(f"<item><title>a & b</title><link>/1</link><pubDate>{written}</pubDate></item>")).leads
    assert lead.published == (at(instant) if instant else None)


def test_letters_without_any_label_are_guessed() -> None:
    text = "<rss><channel><item><title>Notícias de São Paulo</title><link>/1</link></item></channel></rss>"
    assert read(text.encode("cp1252")).leads == (Lead("https://paper.example/1", "Notícias de São Paulo"),)


def test_a_broken_feed_with_entities_is_not_mended_further() -> None:
    assert (
        read('<!DOCTYPE x [<!ENTITY e "x">]><rss rss:version=2.0><rss:channel><rss:item/></rss:channel></rss>').leads
        == ()
    )


def test_a_list_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(ReadingError, match="50 MB"):
        read(b" " * 50_000_001)


def test_a_feed_that_no_reader_can_mend_is_empty() -> None:
    assert read('<rss version="2.0"><foo>a & b</foo>').leads == ()
