"""Live blogs and galleries are one text of many pieces; texts that only a script holds are read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.document import Document
from crawler.page import Reading, ReadingKind, read_page
from newsdesk import Archive, instant
from tocsin.demo.newspaper import Answer, Newspaper

from .polling import House

TITLE = "Storm reaches the coast: live"
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
NEWS = [
    "The ferry to the islands has stopped, and nobody knows when it will go again, says the harbour office.",
    "Two roads along the shore are under water; the police ask drivers to take the motorway in the east.",
    "Schools in four towns stay closed on Monday and Tuesday, the county decided in the early morning hours.",
    "The wind blew at 130 kilometres an hour at the lighthouse, more than was ever measured there in March.",
    "Firemen were called 240 times in the night, mostly to cellars and to trees that had fallen on roads.",
    "The railway runs again between the two largest towns, but slowly, and only every other hour until noon.",
]


def at(number: int) -> str:
    return (START + timedelta(minutes=20 * number)).isoformat()


def entries(count: int) -> list[dict[str, object]]:
    return [
        {
            "@type": "BlogPosting",
            "headline": f"Report {n}",
            "articleBody": NEWS[n % 6] + f" That is report {n}.",
            "datePublished": at(n),
        }
        for n in reversed(range(count))
    ]


def blog(count: int, *, shown: bool, claimed: bool = True) -> str:
    claim = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": TITLE,
        "datePublished": at(0),
        "liveBlogUpdate": entries(count),
    }
    posts = "".join(
        f'<div class="post"><time datetime="{post["datePublished"]}">06:00</time><h2>{post["headline"]}</h2>'
        f"<p>{post['articleBody']}</p></div>"
        for post in entries(count)
    )
    script = f'<script type="application/ld+json">{json.dumps(claim)}</script>' if claimed else ""
    return (
        f"<html><head><title>{TITLE}</title>{script}</head><body><article><h1>{TITLE}</h1>"
        f"<p>All that happens along the coast, as it comes in.</p>{posts if shown else ''}</article></body></html>"
    )


def read(markup: str) -> Reading:
    return read_page(Document("https://paper.example/storm", markup.encode(), "text/html; charset=utf-8"))


@pytest.mark.parametrize(("shown", "claimed"), [(True, True), (False, True), (True, False)])
def test_a_live_blog_is_one_text_of_all_its_entries_in_their_order(shown: bool, claimed: bool) -> None:
    reading = read(blog(12, shown=shown, claimed=claimed))
    assert (reading.kind, reading.title) == (ReadingKind.ARTICLE, TITLE)
    places = [reading.body.find(f"That is report {n}.") for n in range(12)]
    assert -1 not in places
    assert places == sorted(places, reverse=True)
    assert reading.body.count("That is report 3.") == 1


def test_a_live_blog_was_changed_when_its_last_entry_came() -> None:
    reading = read(blog(9, shown=True))
    assert instant(reading.published) == "2026-03-01T06:00:00Z"
    assert instant(reading.modified) == "2026-03-01T08:40:00Z"


def test_a_live_blog_that_grows_is_one_article_and_its_revisions(house: House, paper: Newspaper) -> None:
    path = paper.prints(TITLE).removeprefix(paper.url)
    house.outlet(paper)
    for count in (4, 8, 12):
        markup = blog(count, shown=True)
        paper.instead[path] = lambda _, markup=markup: Answer(200, markup.encode(), {"Content-Type": "text/html"})  # type: ignore[misc]
        report = house.visit()
        paper.prints(TITLE, path=path, at=datetime.now(UTC) + timedelta(minutes=count))
    assert (report.new, report.revised) == (0, 1)
    (filed,) = Archive(house.database).articles()
    assert filed.revision == 3
    assert [len(old.body) < len(filed.article.body) for old in Archive(house.database).history(filed.id)] == [
        True,
        True,
    ]


def test_comments_below_a_text_are_no_entries() -> None:
    text = "".join(f"<p>{line}</p>" for line in NEWS)
    comments = "".join(
        f'<div class="comment"><time datetime="{at(n)}">6</time><p>I saw it, says reader {n}: {NEWS[1]}</p></div>'
        for n in range(9)
    )
    body = read(
        f"<html><body><article><h1>{TITLE}</h1>{text}</article><section>{comments}</section></body></html>"
    ).body
    assert "says reader" not in body


def test_the_captions_of_a_gallery_are_its_text() -> None:
    figures = "".join(
        f"<figure><img src=/{n}.jpg><figcaption>{line}</figcaption></figure>" for n, line in enumerate(NEWS)
    )
    reading = read(
        '<html><head><meta property="og:type" content="article"></head><body><article><h1>The storm in pictures</h1>'
        f"<p>Our photographers were out along the coast the whole night.</p>{figures}</article></body></html>"
    )
    assert reading.kind is ReadingKind.ARTICLE
    assert reading.body.split("\n\n")[-6:] == NEWS


def test_captions_stay_out_of_a_text() -> None:
    text = "".join(f"<p>{line} {line[::-1]}</p>" for line in NEWS * 2)
    figures = "".join(
        f"<figure><figcaption>The picture of number {n} shows the sea.</figcaption></figure>" for n in range(6)
    )
    assert (
        "shows the sea" not in read(f"<html><body><article><h1>Storm</h1>{text}{figures}</article></body></html>").body
    )


MARKUP = "".join(f"<p>{line}</p>" for line in NEWS)
OTHER = "".join(f"<p>{line[::-1]}</p>" for line in NEWS * 2)
STATES = {
    "next": '<script id="__NEXT_DATA__" type="application/json">'
    + json.dumps({"props": {"related": [{"title": "Other", "body": OTHER}], "post": {"title": TITLE, "body": MARKUP}}})
    + "</script>",
    "next, streamed": "<script>self.__next_f.push([1,"
    + json.dumps(
        '5:["$","div",null,{"dangerouslySetInnerHTML":{"__html":'
        + json.dumps(MARKUP.replace("<", "\\u003c")).replace("\\\\u", "\\u")
        + "}}]"
    )
    + "])</script>",
    "arc": "<script>Fusion.globalContent="
    + json.dumps(
        {
            "headlines": {"basic": TITLE},
            "content_elements": [
                *({"type": "text", "content": f"{line[:20]}<b>{line[20:]}</b>"} for line in NEWS),
                {
                    "type": "image",
                    "caption": "The picture shows the sea, which is wide and grey, and somebody looks at it.",
                },
            ],
        }
    )
    + ";Fusion.x={}</script>",
    "preloaded": "<script>window.__PRELOADED_STATE__ = "
    + json.dumps({"a": {"paragraphs": [{"nodeType": "paragraph", "content": [{"value": line}]} for line in NEWS]}})
    + ";</script>",
    "nuxt": "<script>window.__NUXT__=(function(a,b){return {data:[{body:"
    + json.dumps(MARKUP).replace("<", "\\u003C")
    + "}],b:a}}(1,2));</script>",
}


@pytest.mark.parametrize("state", list(STATES.values()), ids=list(STATES))
def test_a_text_that_only_a_script_holds_is_read(state: str) -> None:
    reading = read(f"<html><head><title>{TITLE}</title></head><body><div id=app></div>{state}</body></html>")
    assert reading.kind is ReadingKind.ARTICLE
    assert reading.body.split("\n\n") == NEWS


def test_a_script_is_not_read_where_the_page_shows_its_text() -> None:
    text = "".join(f"<p>{line}</p>" for line in NEWS[:4])
    state = f'<script type="application/json">{json.dumps({"body": OTHER})}</script>'
    assert (
        read(f"<html><body><article><h1>{TITLE}</h1>{text}</article>{state}</body></html>").body.split("\n\n")
        == NEWS[:4]
    )


@pytest.mark.parametrize(
    "data", ["[" * 60_000, '{"a":' * 9000, '"<p>' + "\\u003c" * 60_000, json.dumps({"body": "x{}" * 9000})]
)
def test_data_that_is_no_text_gives_none(data: str) -> None:
    reading = read(f"<html><head><title>{TITLE}</title></head><body><script>x={data}</script></body></html>")
    assert reading.body == ""
