"""A hit tells who else has its text, who tells the same story otherwise, and nothing that steers a terminal."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

from newsdesk import Article, FiledArticle
from tocsin.invocation import Invocation
from tocsin.searching.hits import show_hit
from tocsin.searching.search import Found


def filed(number: int, outlet: str, title: str = "Storm", **changes: Any) -> FiledArticle:
    url = f"https://{outlet}.example.org/{number}"
    article = Article(outlet=outlet, url=url, canonical_url=url, title=title, body="")
    seen = datetime(2026, 10, 1, number, tzinfo=UTC)
    return FiledArticle(id=str(number), article=article, first_seen=seen, revision=1, story="1", **changes)


def shown(one: FiledArticle, *story: FiledArticle) -> list[str]:
    out = StringIO()
    show_hit(Invocation(out=out), Found(one, ()), story=story)
    return [line.strip() for line in out.getvalue().splitlines()]


def test_copies_and_other_texts_of_a_story_are_told_apart() -> None:
    wire, update = filed(1, "wire"), filed(3, "wire", update_of="1")
    copies = filed(2, "herald", copy_of="1"), filed(4, "herald", copy_of="1"), filed(5, "courier", copy_of="3")
    assert shown(wire, copies[0], update, copies[1], copies[2])[2:] == [
        "also in 1: herald",
        "same story, another text, in 2: wire, courier",
    ]
    assert shown(copies[2], wire, copies[0], update)[2:] == [
        "also in 1: wire",
        "first in wire, 2026-10-01 03:00",
        "same story, another text, in 2: wire, herald",
    ]


def test_of_very_many_outlets_some_are_named() -> None:
    copies = [filed(number, f"paper{number}", copy_of="1") for number in range(2, 20)]
    (line,) = shown(filed(1, "wire"), *copies)[2:]
    assert line.startswith("also in 18: paper2, paper3, ")
    assert line.endswith(", paper13 and 6 more")


def test_an_article_without_a_title_says_so() -> None:
    assert shown(filed(1, "wire", title=""))[1] == "(no title)"


def test_what_an_outlet_says_cannot_steer_the_terminal() -> None:
    assert shown(filed(1, "wire", title="\x1b[2Jsafe \u202egnp.exe"))[1] == "[2Jsafe gnp.exe"
