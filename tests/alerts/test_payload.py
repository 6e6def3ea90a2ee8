"""The JSON of an alert: what it holds, and that it stays small."""

import json

import pytest

from alerts.messages.payload import LIMIT, cut_text, digest_payload, tightened
from tests.world.telling import BODY, NOW, filed, payload, span


def test_a_payload_has_the_form_that_receivers_were_promised() -> None:
    title = "Lavrov calls for talks"
    other = filed("Talks called for", id="a2", outlet="sputnik", url="https://sputnik.example/2")
    document = json.loads(
        payload(matches=[span("title", title, "Lavrov"), span("body", BODY, "Quartet")], also_in=[other])
    )
    assert document["type"] == "story.matched"
    assert document["timestamp"] == "2026-11-21T14:05:09Z"
    data = document["data"]
    assert data["id"] == "alert-0123456789abcdef"
    assert data["watch"] == {"slug": "quartet", "name": "Middle East Quartet", "query": "Lavrov AND Quartet"}
    assert data["reason"] == "new"
    assert data["also_in"] == [{"outlet": "sputnik", "url": "https://sputnik.example/2", "title": "Talks called for"}]
    assert data["matches"][0] == {"field": "title", "start": 0, "end": 6, "text": "Lavrov", "term": "lavrov"}
    article = data["article"]
    assert "body" not in article
    assert article["title"] == title
    assert article["published"] == "2026-11-21T14:05:09Z"
    assert "The Quartet will meet again" in article["excerpt"]


def test_the_whole_text_is_sent_only_where_it_is_asked_for() -> None:
    assert json.loads(payload(with_body=True))["data"]["article"]["body"] == BODY


@pytest.mark.parametrize("letter", ["x ", "Квартет ", "四方会谈", "\U0001f514", '"\\'])
def test_a_payload_stays_below_its_limit_whatever_an_article_holds(letter: str) -> None:
    long = letter * 5000
    matches = [{"field": "body", "start": n, "end": n + 1, "text": long, "term": long} for n in range(500)]
    article = filed(long, long, lede=long, authors=(long,) * 100, dateline=long, section=long, published_raw=long)
    watch = {"slug": "a", "name": long, "query": long}
    text = payload(article, matches, also_in=[article] * 200, watch=watch)
    assert len(text.encode()) < LIMIT
    assert json.loads(text)["data"]["article"]["title"]


def test_the_excerpt_is_cut_around_the_matches() -> None:
    body = "Long before. " * 60 + "Then Lavrov spoke. " + "Long after. " * 60
    excerpt = json.loads(payload(filed(body=body), [span("body", body, "Lavrov")]))["data"]["article"]["excerpt"]
    assert "Then Lavrov spoke." in excerpt
    assert excerpt.startswith("… ")
    assert excerpt.endswith(" …")
    assert len(excerpt) < 400


def test_the_excerpt_is_the_beginning_when_only_the_title_matched() -> None:
    assert json.loads(payload(filed(lede="A lede.")))["data"]["article"]["excerpt"] == "A lede."


def test_a_lone_surrogate_breaks_no_payload() -> None:
    assert json.loads(payload(filed("broken \ud800 title")).encode())["data"]["article"]["title"] == "broken ? title"


def test_a_digest_holds_the_alerts_without_repeating_the_watch() -> None:
    items = [tightened(json.loads(payload(filed(str(n)), id=f"alert-{n}"))) for n in range(3)]
    document = json.loads(digest_payload("digest-1", items, NOW))
    assert document["type"] == "digest"
    assert document["data"]["watch"]["slug"] == "quartet"
    assert [item["article"]["title"] for item in document["data"]["items"]] == ["0", "1", "2"]
    assert all("watch" not in item and item["id"].startswith("alert-") for item in document["data"]["items"])


def test_text_is_cut_between_words() -> None:
    assert cut_text("one two three", 9) == "one two…"
    assert cut_text("one two", 9) == "one two"
    assert cut_text("四方会谈重新开始", 5) == "四方会谈…"
