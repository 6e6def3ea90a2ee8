"""Documents made to keep a reader busy: refused, or read as if the bait were not there."""

import pytest

from crawler import Document, Outlet, Reading
from crawler.page import read_page
from crawler.spiders.feed import FEED
from newsdesk import ReadingError

SENTENCE = "The council met on Monday to discuss the new bridge across the river and what it may cost. "
TEXT = f"<p>{SENTENCE * 3}</p>" * 4
PAPER = Outlet(slug="paper", name="Paper", site="https://paper.example/")


def page(body: str, head: str = "") -> Reading:
    source = f"<html><head>{head}</head><body><article><h1>A bridge at last</h1>{body}{TEXT}</article></body></html>"
    return read_page(Document("https://paper.example/1", source.encode(), "text/html"))


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f"a{n}=1" for n in range(60_000)),
        "".join(f"a{n}=1\n" for n in range(60_000)),
        "/".join(f"a{n}" for n in range(60_000)),
        "".join(f"a{n}='>'" for n in range(60_000)),
        "".join(f'a{n}="<p>"' for n in range(60_000)),
        "".join(f"a{n} = 1 " for n in range(60_000)),
    ],
    ids=["bare", "lines", "slashes", "quoted", "tags-within", "spaced"],
)
@pytest.mark.parametrize("tag", ["p", "script", "html"])
def test_a_tag_of_very_many_attributes_is_refused(tag: str, attributes: str) -> None:
    with pytest.raises(ReadingError, match="attributes"):
        page(f"<{tag} {attributes}>")


@pytest.mark.parametrize(
    "long",
    [
        f'<img alt="" src="data:image/png;base64,{"iVBORw0KGgo/AAA+" * 20_000}">',
        f"<img alt='' src=data:image/png;base64,{'iVBORw0KGgo/AAA+' * 20_000}>",
        f'<img alt="" srcset="{", ".join(f"/a/{n}.jpg {n}w" for n in range(20_000))}">',
        f'<svg><path d="{"M1 2 L3 4 a=5 " * 20_000}"/></svg>',
        f"<script>if (a <b) {{ {'c = d; e f g ' * 20_000} }}</script>",
        f"<style>p <b {{ {'c: d; e f g ' * 20_000} }}</style>",
        f"<!-- <b {'of words and words ' * 20_000} -->",
        f"<!--><p title='x'>{SENTENCE}</p>{'<i class=a id=b>c</i>' * 8_000}",
        f"<div>{'1 <2 and 3 < 4 or '}{'words ' * 30_000}</div>",
    ],
    ids=["data-uri", "data-uri-bare", "srcset", "svg", "script", "style", "comment", "empty-comment", "less-than"],
)
def test_long_values_scripts_and_comments_are_no_crowd_of_attributes(long: str) -> None:
    assert page(long).title == "A bridge at last"


@pytest.mark.parametrize(
    "bait",
    ["<!--" * 300_000, "<![CDATA[" * 20_000, "<div>" * 60_000, "<table><tr><td>" * 20_000, "<a><p>" * 30_000],
    ids=["comments", "cdata", "divisions", "tables", "misnested"],
)
def test_what_is_never_closed_ends_in_an_answer(bait: str) -> None:
    try:
        assert page(bait).url
    except ReadingError as error:
        assert "tags" in str(error)


@pytest.mark.parametrize(
    "head",
    [
        f"<title>{'a bridge - at last | ' * 100_000}</title>",
        json_ld('{"@type":"NewsArticle","author":"' + "(" * 500_000 + '"}'),
        json_ld('{"@type":"NewsArticle","author":"' + "a ( b and " * 100_000 + '"}'),
        json_ld('{"@type":"NewsArticle","author":[' + '{"name":"("},' * 100_000 + "{}]}"),
        json_ld('{"@type":"NewsArticle","headline":' + "9" * 500_000 + "}"),
        json_ld('{"@type":"NewsArticle","datePublished":"' + "1 " * 500_000 + '"}'),
        json_ld("[" * 100_000),
        f'<meta name="description" content="{"(" * 500_000}">',
        f'<meta name="author" content="{"by " * 500_000}">',
    ],
    ids=["title", "author", "authors", "people", "number", "date", "deep", "description", "by"],
)
def test_claims_of_megabytes_leave_title_and_text_alone(head: str) -> None:
    reading = page("", head)
    assert reading.title == "A bridge at last"
    assert reading.body.split("\n\n")[0] == (SENTENCE * 3).strip()


@pytest.mark.parametrize(
    "bait",
    [
        "".join(f'<div class="lead a{n}">' for n in range(200)) + "words of bait " * 100_000 + "</div>" * 200,
        '<div class="date">' * 200 + "1 " * 300_000 + "</div>" * 200,
        '<i itemprop="articleBody">The council met to discuss the new bridge across the river, at last</i>' * 10_000,
        f'<p class="{"date author lead " * 100_000}">x</p>',
    ],
    ids=["ledes", "dates", "microdata", "class"],
)
def test_names_that_promise_much_do_not_multiply_the_work(bait: str) -> None:
    assert page(bait).title == "A bridge at last"


def test_a_damaged_feed_is_read_from_its_front_as_far_as_is_cheap() -> None:
    front = "<rss><channel><item><title>First</title><link>https://paper.example/1</link></item>"
    listing = FEED.read(Document("https://paper.example/rss", (front + "<a>" * 200_000).encode()), PAPER)
    assert [lead.title for lead in listing.leads] == ["First"]
    assert any("only the first" in note for note in listing.notes)


def test_a_damaged_feed_of_usual_size_is_read_to_its_end() -> None:
    items = "".join(
        f"<item><title>This & that {n}</title><link>https://paper.example/{n}</link></item>" for n in range(500)
    )
    listing = FEED.read(Document("https://paper.example/rss", f"<rss><channel>{items}</channel></rss>".encode()), PAPER)
    assert len(listing.leads) == 500
    assert not any("only the first" in note for note in listing.notes)
