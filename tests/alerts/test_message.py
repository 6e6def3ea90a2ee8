"""How an alert is worded for people."""

import json
from zoneinfo import ZoneInfo

import pytest

from alerts.messages.marking import direction
from alerts.messages.message import Message, compose, header_text
from alerts.messages.payload import digest_payload
from newsdesk import FiledArticle, Precision
from tests.world.telling import BODY, NOW, WATCH, filed, payload, span

TITLE = "Lavrov calls for talks"


def message(article: FiledArticle | None = None, *matches: dict[str, object], **more: object) -> Message:
    return compose(payload(article, matches, **more), moment=NOW, unsubscribe_url="https://t.example/unsubscribe/T")


def test_the_subject_names_the_watch_and_the_title() -> None:
    assert message().subject == "[Middle East Quartet] Lavrov calls for talks"


def test_the_matched_words_are_marked_in_title_and_excerpt() -> None:
    made = message(filed(), span("title", TITLE, "Lavrov"), span("body", BODY, "Quartet"))
    assert '<strong class="hit"' in made.html
    assert ">Lavrov</strong> calls for talks" in made.html
    assert "*Lavrov* calls" in made.text
    assert "The *Quartet* will meet" in made.text


def test_only_whole_words_are_marked_but_for_scripts_without_spaces() -> None:
    body = "Tar in Tartu. Tar again."
    assert "*Tar* in Tartu. *Tar* again." in message(filed(body=body), span("body", body, "Tar")).text
    body = "四方会谈重新开始"
    assert "四方*会谈*重新开始" in message(filed(body=body), span("body", body, "会谈")).text


def test_both_parts_carry_the_links_the_other_outlets_and_the_reason() -> None:
    other = filed("Talks called for", outlet="sputnik", url="https://sputnik.example/2")
    made = message(filed(), span("title", TITLE, "Lavrov"), also_in=[other])
    for part in (made.text, made.html):
        assert "https://rt.example/news/1-talks/" in part
        assert "https://sputnik.example/2" in part
        assert "Lavrov AND Quartet" in part
        assert "https://t.example/unsubscribe/T" in part
        assert "21 November 2026, 14:05 UTC" in part


def test_a_query_of_any_length_takes_little_room() -> None:
    made = message(watch={**WATCH, "query": " OR ".join(["Lavrov"] * 190)})
    assert made.text.count("Lavrov OR") < 70
    assert len(made.reasons[0].query) <= 600


def test_the_html_is_inert_whatever_an_article_says() -> None:
    nasty = '<script>alert(1)</script><img src=x onerror=alert(1)><b style="background:url(//x)">'
    article = filed(nasty, nasty, lede=nasty, url="javascript:alert(1)")
    html = message(article, span("title", nasty, "script"), also_in=[article]).html
    assert "<script" not in html
    assert "<img" not in html
    assert "<b " not in html
    assert "javascript:" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_no_template_runs_inside_an_article() -> None:
    assert "{{ 7 * 7 }}" in message(filed("{{ 7 * 7 }}")).text


def test_a_text_written_from_right_to_left_is_shown_so() -> None:
    made = message(filed("CNN: لافروف يدعو إلى المحادثات", "Lavrov calls for talks"))
    assert '<td class="story" lang="en" align="right"' in made.html
    assert '<h1 class="title" dir="rtl"' in made.html
    assert '<p class="excerpt" dir="ltr"' in made.html
    assert "align=" not in message().html.partition('class="story"')[2]
    assert direction("123 שלום") == "rtl"
    assert direction("Hello") == direction("...") == "ltr"


def test_what_matched_outside_the_texts_is_said() -> None:
    found = {"field": "author", "start": 0, "end": 5, "text": "Maria", "term": "author:Maria"}
    made = message(filed(authors=("Maria",)), found)
    assert "Matched: Maria (author)" in made.text
    assert "Matched: <bdi>Maria (author)</bdi>" in made.html
    assert "Matched:" not in message(filed(), found, span("title", TITLE, "Lavrov")).text


def test_a_digest_counts_for_each_watch_what_it_asked_for() -> None:
    watches = [{**WATCH, "slug": slug, "name": slug.title()} for slug in ("talks", "quartet")]
    named = (watches, watches[:1], watches[1:], watches[:1])
    items = [json.loads(payload(filed(id=f"a{n}"), watch=one[0])) for n, one in enumerate(named)]
    items = [{**item, "data": item["data"] | {"watches": one}} for item, one in zip(items, named, strict=True)]
    made = compose(digest_payload("digest-1", items, NOW), moment=NOW)
    assert "4 stories for 2 of your watches\nTalks: 3\nQuartet: 2\n" in made.text
    assert "<bdi>Talks</bdi>&nbsp;3 &middot; <bdi>Quartet</bdi>&nbsp;2" in made.html.replace("\xa0", "&nbsp;").replace(
        "·", "&middot;"
    )


@pytest.mark.parametrize(
    ("precision", "shown"),
    [
        (Precision.SECOND, "21 November 2026, 14:05 UTC"),
        (Precision.MINUTE, "21 November 2026, 14:05 UTC"),
        (Precision.DAY, "RT | 21 November 2026\n"),
        (Precision.MONTH, "RT | November 2026\n"),
    ],
)
def test_the_date_is_shown_no_more_exactly_than_it_is_known(precision: Precision, shown: str) -> None:
    made = compose(payload(filed(published_precision=precision)), moment=NOW, outlet_names={"rt": "RT"})
    assert shown in made.text


def test_an_undated_article_says_when_it_was_seen() -> None:
    made = message(filed(published=None, published_precision=None))
    assert "first seen 21 November 2026, 14:05 UTC" in made.text


def test_the_clock_is_shown_in_the_receivers_zone() -> None:
    made = compose(payload(), moment=NOW, zone=ZoneInfo("Europe/Moscow"))
    assert "21 November 2026, 17:05 MSK" in made.text


def test_a_revised_story_and_a_test_say_what_they_are() -> None:
    assert "revised" in message(reason="revised").text
    test = message(type="test")
    assert test.subject.startswith("[Middle East Quartet] Test: ")
    assert "This is a test" in test.text
    assert "This is a test" in test.html


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?x=0D=0ABcc=3A_evil=40example.org?=",
        "a\r\nBcc: evil@example.org",
        "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1dh\x1ei\x00j",
        "\u202egnp.exe\u2066\u2069\u200f\ufeff",
        "\ud800 lone",
        "x" * 5000,
        "",
    ],
)
def test_a_subject_is_one_clean_line_of_at_most_150_characters(title: str) -> None:
    subject = message(filed(title)).subject
    assert len(subject) <= 150
    assert subject.isprintable()
    assert "=?" not in subject
    assert not set("\u202e\u2066\u2069\u200f\ufeff") & set(subject)
    assert header_text(subject) == subject


def test_joiners_that_scripts_and_emoji_need_are_kept() -> None:
    assert header_text("می\u200cخواهم 👩\u200d🚀") == "می\u200cخواهم 👩\u200d🚀"
