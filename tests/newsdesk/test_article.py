"""An article holds clean texts and travels as JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from newsdesk import Article, FiledArticle, Precision, article_from_json, article_json, clean, instant
from newsdesk.article import clean_article

NOON = datetime(2026, 11, 21, 12, 0, 30, 999, tzinfo=UTC)
FULL = Article(
    outlet="gazette",
    url="https://gazette.example/1?utm_source=rss",
    canonical_url="https://gazette.example/1",
    title="Harbour reopens",
    body="First.\n\nSecond.",
    lede="Ships again.",
    authors=("Ann Lee", "Bo"),
    dateline="PORT, November 21",
    section="Economy",
    language="en",
    published=NOON.replace(microsecond=0),
    published_precision=Precision.MINUTE,
    published_raw="21 Nov, noon",
    modified=NOON.replace(microsecond=0),
)
FILED = FiledArticle(id="abc", article=FULL, first_seen=NOON, revision=2, story="abc", copy_of=None)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a\x00b\x01c\x1fd\x7fe\x9ff", "abcdef"),
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("tab\tand\n\nparagraph", "tab\tand\n\nparagraph"),
        ("lone \ud800 and \udfff", "lone  and "),
        ("\ufdd0\ufffe\uffff", ""),
        ("e\u0301", "é"),
        ("👍🏽 文 عربي", "👍🏽 文 عربي"),
    ],
)
def test_what_no_database_takes_is_removed_from_a_text(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    clean(text).encode()


def test_a_clean_article_keeps_line_breaks_in_its_body_alone() -> None:
    dirty = Article(
        outlet="gazette\x00",
        url=" https://gazette.example/\x001\n",
        canonical_url="https://gazette.example/1\ud800",
        title="Two\nlines \x07 here",
        body="\n\nOne.\x00\r\n\r\nTwo.\n",
        lede=" \x00 ",
        authors=("Ann\nLee", "\x01", "Bo"),
        dateline="\t",
        section="Eco\x08nomy",
        language="e\x00n",
        published_raw="noon\n",
        aliases=("https://gazette.example/a\x00", "\x00"),
    )
    assert clean_article(dirty) == Article(
        outlet="gazette",
        url="https://gazette.example/1",
        canonical_url="https://gazette.example/1",
        title="Two lines here",
        body="One.\n\nTwo.",
        authors=("Ann Lee", "Bo"),
        section="Economy",
        language="en",
        published_raw="noon",
        aliases=("https://gazette.example/a",),
    )


def test_a_clean_article_is_left_as_it_is() -> None:
    assert clean_article(FULL) == FULL


def test_an_article_comes_back_from_its_own_json() -> None:
    assert article_from_json(json.loads(json.dumps(article_json(FILED)))) == FULL


def test_json_names_every_field_of_the_contract() -> None:
    assert article_json(FILED) == {
        "id": "abc",
        "outlet": "gazette",
        "url": "https://gazette.example/1?utm_source=rss",
        "canonical_url": "https://gazette.example/1",
        "title": "Harbour reopens",
        "lede": "Ships again.",
        "body": "First.\n\nSecond.",
        "authors": ["Ann Lee", "Bo"],
        "dateline": "PORT, November 21",
        "section": "Economy",
        "language": "en",
        "published": "2026-11-21T12:00:30Z",
        "published_precision": "minute",
        "published_raw": "21 Nov, noon",
        "modified": "2026-11-21T12:00:30Z",
        "first_seen": "2026-11-21T12:00:30Z",
        "revision": 2,
        "story": "abc",
        "copy_of": None,
        "update_of": None,
    }


def test_the_body_can_be_left_out_of_the_json() -> None:
    whole = article_json(FILED)
    del whole["body"]
    assert article_json(FILED, with_body=False) == whole


def test_an_article_of_which_little_is_known_comes_back_too() -> None:
    bare = Article(outlet="gazette", url="https://g.example/", canonical_url="https://g.example/", title="T", body="")
    filed = replace(FILED, article=bare)
    assert article_from_json(article_json(filed)) == bare


def test_json_without_outlet_canonical_address_or_precision_is_read() -> None:
    read = article_from_json({"url": "https://g.example/1", "title": "T", "published": "2026-11-21T14:00:00+02:00"})
    assert read.outlet == "imported"
    assert read.canonical_url == "https://g.example/1"
    assert read.published == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert read.published_precision is Precision.SECOND


def test_an_instant_without_zone_in_json_is_utc() -> None:
    read = article_from_json({"url": "u", "title": "T", "modified": "2026-11-21T14:00:00"})
    assert read.modified == datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"url": None}, '"url" is missing'),
        ({"url": " "}, '"url" is empty'),
        ({"title": None}, '"title" is missing'),
        ({"title": 5}, '"title" must be text'),
        ({"authors": "Ann"}, '"authors" must be a list of texts'),
        ({"authors": [1]}, '"authors" must be a list of texts'),
        ({"published": "yesterday"}, '"published" must be an instant like 2026-11-21T14:05:09Z'),
        ({"modified": "0001-01-01T00:00:00+23:00"}, '"modified" must be an instant like 2026-11-21T14:05:09Z'),
        (
            {"published": "2026-11-21T14:00:00Z", "published_precision": "week"},
            '"published_precision" must be one of second, minute, day, month',
        ),
    ],
)
def test_wrong_json_is_refused_by_the_name_of_its_key(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=f"^{fault}$"):
        article_from_json({"url": "https://g.example/1", "title": "T"} | change)


def test_instants_are_written_in_utc_to_the_second() -> None:
    assert instant(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=3)))) == "2026-01-02T00:04:05Z"
    assert instant(None) is None


def test_a_year_before_1000_is_written_with_four_digits() -> None:
    assert instant(datetime(33, 4, 3, tzinfo=UTC)) == "0033-04-03T00:00:00Z"
