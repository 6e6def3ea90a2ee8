"""Reading a page of any outlet: what wins, what falls back, what is refused, and what hostile pages do."""

import json
import pickle

import pytest

from crawler.document import Document
from crawler.page import PAGES, PageRules, Reading, ReadingKind, read_page
from newsdesk import ReadingError, instant

URL = "https://paper.example/news/bridge"
TEXT = [
    "The old bridge across the river was closed on Monday after engineers found cracks in two of its pillars.",
    "Traffic is led over the northern bypass, and the city expects long queues in the morning and evening hours.",
    "A new bridge is to be opened in the spring, said the mayor, who visited the site together with the engineers.",
]
BODY = "".join(f"<p>{line}</p>" for line in TEXT)


def page(head: str = "", body: str = BODY, *, title: str = "<h1>Old bridge closed</h1>", lang: str = "en") -> bytes:
    return f'<html lang="{lang}"><head>{head}</head><body><article>{title}{body}</article></body></html>'.encode()


def read(content: bytes, rules: PageRules | None = None, url: str = URL) -> Reading:
    return read_page(Document(url, content, "text/html; charset=utf-8"), rules)


def ld(**claims: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(claims)}</script>'


def test_a_plain_page_gives_title_paragraphs_and_language() -> None:
    reading = read(page())
    assert (reading.kind, reading.title, reading.language) == (ReadingKind.ARTICLE, "Old bridge closed", "en")
    assert reading.body.split("\n\n") == TEXT
    assert (reading.published, reading.published_precision, reading.authors, reading.lede) == (None, None, (), None)


def test_an_article_without_a_date_is_still_an_article() -> None:
    assert read(page()).kind is ReadingKind.ARTICLE


def test_json_ld_in_a_graph_is_found_and_references_are_followed() -> None:
    author = {"@type": "Person", "@id": "#jane", "name": "Jane Doe"}
    article = {"@type": ["NewsArticle"], "headline": "Old bridge closed", "datePublished": "2024-02-03T04:05:06+01:00",
               "author": {"@id": "#jane"}, "publisher": {"@type": "Organization", "name": "The Paper"}}  # fmt: skip
    reading = read(page(ld(**{"@graph": [{"@type": "WebSite", "name": "The Paper"}, author, article]})))
    assert (reading.authors, instant(reading.published)) == (("Jane Doe",), "2024-02-03T03:05:06Z")
    assert reading.published_precision == "second"
    assert reading.published_raw == "2024-02-03T04:05:06+01:00"


def test_the_outlet_itself_is_no_author() -> None:
    head = ld(**{"@type": "NewsArticle", "author": {"@type": "Organization", "name": "The Paper"}})
    assert read(page(head + '<meta name="author" content="The Paper">'), PageRules(name="The Paper")).authors == ()


def test_a_byline_that_is_only_shown_is_read_but_not_the_names_of_commenters() -> None:
    byline = '<p class="byline">By <a href="/jane">Jane Doe</a>, The Paper</p>'
    comment = '<div class="comments"><b class="comment-author">Max Muster</b> says it is high time.</div>'
    assert read(page(title="<h1>Old bridge closed</h1>" + byline, body=BODY + comment)).authors == ("Jane Doe",)
    assert read(page(body=BODY + comment)).authors == ()


def test_an_agency_that_the_dateline_names_is_no_author_besides() -> None:
    head = ld(**{"@type": "NewsArticle", "author": {"@type": "Person", "name": "Reuters"}})
    text = f"<p>LONDON, Feb 14 (Reuters) - {TEXT[0]}</p>{BODY}"
    reading = read(page(head, text))
    assert (reading.authors, reading.dateline) == ((), "LONDON, Feb 14 (Reuters)")


def test_a_date_that_stands_by_the_headline_without_any_name_is_found() -> None:
    reading = read(page(title="<h1>Old bridge closed</h1><div><i>Published: 3 February 2024</i></div>"))
    assert (instant(reading.published), reading.published_precision) == ("2024-02-03T00:00:00Z", "day")


@pytest.mark.parametrize(
    "box",
    [
        '<div><h3 class="teaser-meta">02.03.2021</h3>{h}{b}</div>',
        "<div>{h}<p>By the river, on foot and by bicycle.</p><span>Published on 2 March 2021</span>{b}</div>",
        "<div>{h}<span>Datum</span><span>2. 3. 2021</span>{b}</div>",
        '<h1>The Paper</h1><i class="date">1 May 2020</i>'
        '<div><h2 class="date-header">2 March 2021</h2><h3>Old bridge closed</h3>{b}</div>',
        '<div>{h}<abbr class="published" title="2021-03-02">long ago</abbr>{b}</div>',
    ],
)
def test_a_date_without_metadata_is_found_around_the_heading_that_shows_the_title(box: str) -> None:
    head = '<meta property="og:title" content="Old bridge closed">'
    body = box.format(h="<h1>Old bridge closed</h1>", b=BODY)
    reading = read(page(head, f"{body}<aside>3 April 2022</aside><p>4 May 2023</p>", title=""))
    assert instant(reading.published) == "2021-03-02T00:00:00Z"
    assert reading.published_precision == "day"


def test_a_list_item_that_a_text_links_stays_and_a_headline_of_another_piece_goes() -> None:
    links = '<p><a href="/ferry">Ferry to run every ten minutes until the new bridge is open</a></p>'
    assert read(page(body=BODY + links)).body.split("\n\n") == TEXT


def test_a_box_that_was_never_closed_does_not_hide_the_article() -> None:
    assert (
        read(page(title="<nav><ul><li><a href='/'>Home</a></li></ul><h1>Old bridge closed</h1>")).body.split("\n\n")
        == TEXT
    )


def test_control_characters_by_reference_do_not_hide_the_text() -> None:
    assert read(page(body=BODY.replace("Monday", "Mon&#11;day"))).body.split("\n\n")[1:] == TEXT[1:]


def test_an_outlets_selectors_win_over_what_the_page_claims() -> None:
    head = ld(**{"@type": "NewsArticle", "headline": "Claimed", "author": {"name": "Jane Doe"}})
    shown = '<div class="t">Shown</div><b class="by">By John Smith</b><i class="when">3 Feb 2024 10:00</i>'
    text = (
        f'<p>Not of the text at all, but long enough to be taken for a paragraph of it.</p><div class="x">{BODY}</div>'
    )
    rules = PageRules(title=".t", byline=".by", published=".when", body=".x", lede=".l", timezone="Europe/Paris")
    reading = read(page(head, f'<div class="l">The lede.</div>{shown}{text}'), rules)
    assert (reading.title, reading.authors, reading.lede) == ("Shown", ("John Smith",), "The lede.")
    assert instant(reading.published) == "2024-02-03T09:00:00Z"
    assert reading.body.split("\n\n") == TEXT
    assert reading.notes == ()


def test_a_selector_that_matches_nothing_falls_back_and_leaves_a_note() -> None:
    reading = read(page(), PageRules(title=".none", body=".none", published="p["))
    assert (reading.title, reading.body.split("\n\n")) == ("Old bridge closed", TEXT)
    assert [note.split(":")[0] for note in reading.notes] == ["title", "published", "published", "body"]


def test_what_an_outlet_wants_removed_is_removed() -> None:
    promo = '<p class="promo-box">Our new cookery book with two hundred recipes from the region is out.</p>'
    assert read(page(body=BODY + promo), PageRules(remove=(".promo-box",))).body.split("\n\n") == TEXT


def test_the_site_name_is_taken_off_the_title() -> None:
    head = '<title>Old bridge closed - The Paper</title><meta property="og:site_name" content="The Paper">'
    assert read(page(head, title="")).title == "Old bridge closed"


def test_the_one_heading_is_the_title_where_only_meta_tags_say_otherwise() -> None:
    head = '<title>Bridges of the River: Guide 2026</title><meta property="og:title" content="Bridges Guide 2026">'
    assert read(page(head, title="<h1>The old bridge was closed</h1>")).title == "The old bridge was closed"
    told = ld(**{"@type": "NewsArticle", "headline": "Bridge closed for good"})
    assert read(page(head + told, title="<h1>River and Canal Daily News</h1>")).title == "Bridge closed for good"


def test_the_titles_of_drawings_are_not_the_pages_title() -> None:
    icons = "<svg><symbol><title>icon close</title></symbol></svg>"
    assert read(page(title="", body=icons + BODY, head="<title>Old bridge closed</title>")).title == "Old bridge closed"


def test_hidden_blocks_are_not_read() -> None:
    hidden = "<div hidden><p>Secret words that no reader of the page can see, however long the paragraph is.</p></div>"
    styled = (
        '<div style="display: none"><p>More secret words that no reader of the page will ever come to see.</p></div>'
    )
    assert read(page(body=hidden + BODY + styled)).body.split("\n\n") == TEXT


def test_a_clock_in_the_pages_header_is_not_the_date() -> None:
    clock = '<div class="header__date"><span class="date">12:03 GMT, Nov 20, 2019</span></div>'
    assert read(page(title=clock + "<h1>Old bridge closed</h1>")).published is None


def test_a_unix_stamp_is_believed_where_the_written_zone_contradicts_it() -> None:
    head = '<meta property="article:published_time" content="2019-11-18T21:17:27Z">'
    reading = read(page(head + '<meta name="analytics:p_ts" content="1574101047">'))
    assert (instant(reading.published), reading.published_precision) == ("2019-11-18T18:17:27Z", "minute")


def test_a_day_alone_is_never_sold_as_an_instant() -> None:
    reading = read(page('<meta property="article:published_time" content="2019-11-18">'))
    assert (instant(reading.published), reading.published_precision) == ("2019-11-18T00:00:00Z", "day")


def test_a_finer_source_of_the_same_day_is_preferred() -> None:
    head = '<meta property="article:published_time" content="2019-11-18">' + ld(
        **{"@type": "WebPage", "datePublished": "2019-11-18T08:30:00+00:00"}
    )
    assert read(page(head)).published_precision == "minute"


def test_the_whole_text_is_found_where_a_page_keeps_it_in_several_boxes() -> None:
    boxes = "".join(
        f'<div class="chunk article__body"><p>{TEXT[n % 3]} ({n})</p><p>{TEXT[n % 3]} [{n}]</p></div>' for n in range(6)
    )
    assert len(read(page(body=boxes)).body.split("\n\n")) == 12


def test_a_claimed_text_fills_what_the_page_does_not_show() -> None:
    head = ld(**{"@type": "NewsArticle", "articleBody": "\n".join(TEXT)})
    assert read(page(head, body="<p>Please subscribe to read on.</p>")).body.split("\n\n") == TEXT


def test_the_letters_of_a_text_overrule_a_wrong_language_claim() -> None:
    russian = (
        "<p>Старый мост через реку закрыт с понедельника, сообщил мэр города, осмотрев опоры вместе с инженерами.</p>"
    )
    assert (
        read(page(body=russian * 1 + "<p>Движение направлено в объезд, ожидаются пробки утром и вечером.</p>")).language
        == "ru"
    )


def test_an_outlets_own_language_is_believed() -> None:
    assert read(page(lang="de"), PageRules(language="nl")).language == "nl"


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://paper.example/a?x=1", "https://paper.example/a?x=1"),
        ("/a", "https://paper.example/a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://[bad", None),
    ],
)
def test_a_canonical_address_is_only_what_the_page_claims_and_only_of_the_web(link: str, canonical: str | None) -> None:
    assert read(page(f'<link rel="canonical" href="{link}">')).canonical == canonical


LIST = "<h1>News</h1><ul><li>Short line</li><li>Another</li></ul><p>All of it</p>"


@pytest.mark.parametrize(
    ("markup", "why"),
    [("<h1>Video of the day</h1>", "no text"), (LIST, "list")],
    ids=["empty", "list"],
)
def test_what_is_no_article_is_said_to_be_none(markup: str, why: str) -> None:
    reading = read(markup.encode())
    assert reading.kind is ReadingKind.NOT_AN_ARTICLE
    assert why in reading.notes[-1]


@pytest.mark.parametrize("content", [b"", b"  \n", b"%PDF-1.4 x", b"\x89PNG\r\n", b"<p>" * 100_000])
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(ReadingError):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        b"<div>" * 50_000,
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><p>&b;</p>',
        b"<html><body><h1>&#0; &#xD800; \xed\xa0\x80</h1><p>\x00\x01</p>",
        b'<script type="application/ld+json">' + b"[" * 50_000 + b"</script><p>x</p>",
        b"just words",
        bytes(range(256)) * 20,
        b'<html><body itemscope><div itemprop="articleBody"></div><time datetime="99999-99-99">',
    ],
)
def test_a_hostile_page_gives_an_empty_or_odd_reading_and_no_crash(content: bytes) -> None:
    reading = read(content, url="http://[bad")
    assert "\x00" not in reading.title + reading.body
    reading.body.encode()


def test_readings_and_rules_travel_between_processes() -> None:
    rules = PageRules(outlet="paper", title="h1", remove=(".x",))
    assert pickle.loads(pickle.dumps(rules)) == rules
    reading = read(page(), rules)
    assert pickle.loads(pickle.dumps(reading)) == reading


def test_every_page_on_the_shelf_names_hosts_and_serves_what_is_under_them() -> None:
    for own in PAGES.values():
        assert own.hosts
        assert own.serves(own.hosts[0])
        assert own.serves(f"www.{own.hosts[0]}")
        assert not own.serves(f"not{own.hosts[0]}")


def test_a_selector_for_the_body_loses_no_list_quotation_or_sub_heading_and_adds_nothing() -> None:
    markup = (
        '<div class="copy"><p>First paragraph, with <b>bold</b> and a <a href="/x">link to something else</a>.</p>'
        "<h2>More from the council</h2><p>Second.</p><ul><li>One thing</li><li><p>Another</p></li></ul>"
        "<ol><li>1st</li></ol>"
        "<blockquote>Nobody wins a <em>debate</em>.<cite> A mayor</cite></blockquote>Bare text<br><br>and more of it"
        "<figure><img><figcaption>The picture</figcaption></figure><div class=ad>Buy this</div><aside>Aside</aside>"
        "<p>Last.</p></div><p>Outside of it all.</p>"
    )
    reading = read(page(body=markup), PageRules(body=".copy", remove=(".ad",)))
    assert reading.body.split("\n\n") == [
        "First paragraph, with bold and a link to something else.",
        "More from the council",
        "Second.",
        "One thing",
        "Another",
        "1st",
        "Nobody wins a debate. A mayor",
        "Bare text",
        "and more of it",
        "Last.",
    ]
