"""The desk knows a page under every spelling of its address, and believes no claim that the text does not bear."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from newsdesk import Article, Database, Desk, Filing, FilingKind

from .prose import article, prose

File = Callable[..., Filing]
NEW, REVISED, KNOWN = FilingKind.NEW, FilingKind.REVISED, FilingKind.KNOWN
PAGE = "https://gazette.example/news/bridge-closes-1"
SPELLINGS = [
    "http://gazette.example/news/bridge-closes-1",
    "https://www.gazette.example/news/bridge-closes-1",
    "https://m.gazette.example/news/bridge-closes-1",
    "https://amp.gazette.example/news/bridge-closes-1",
    f"{PAGE}/amp",
    f"{PAGE}?amp=1",
    f"{PAGE}?outputType=amp",
    f"{PAGE}?utm_source=rss&utm_medium=x",
    "https://gazette-example.cdn.ampproject.org/c/s/gazette.example/news/bridge-closes-1",
]
BODY = prose("bridge", 120)
ALTERED = f"{prose('bridge', 120)[: len(BODY) // 2]} {prose('rest', 100)}"
"""Shares more than a third of its words with BODY, less than what makes a copy."""


def at(url: str, body: str = BODY) -> Article:
    return article("1", url=url, canonical_url=url, body=body, title="Bridge closes")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_page_is_known_again_under_another_spelling_though_its_text_was_changed(file: File, spelling: str) -> None:
    first = file(at(PAGE))
    again = file(at(spelling, ALTERED))
    assert again.article.id == first.article.id
    assert again.kind in (KNOWN, REVISED)


@pytest.mark.parametrize("spelling", [SPELLINGS[2], *SPELLINGS[4:7], SPELLINGS[8]])
def test_a_mobile_or_amp_form_never_revises_the_page_whatever_it_claims(file: File, spelling: str) -> None:
    first = file(at(PAGE))
    assert file(at(spelling, ALTERED)) == Filing(KNOWN, first.article)
    assert file(replace(at(spelling, ALTERED), canonical_url=PAGE)) == Filing(KNOWN, first.article)
    assert file(at(PAGE, ALTERED)).kind is REVISED


def test_a_page_that_moved_to_https_is_revised_there(file: File) -> None:
    file(at("http://gazette.example/news/1"))
    corrected = at("https://www.gazette.example/news/1", f"{BODY}\n\nThe minister resigned.")
    assert file(corrected).kind is REVISED


def test_a_page_first_read_in_its_amp_form_is_not_revised_by_the_little_that_differs(file: File) -> None:
    first = file(replace(at(f"{PAGE}/amp"), canonical_url=PAGE))
    assert file(at(PAGE, f"{BODY}\n\nShare this article.")) == Filing(KNOWN, first.article)


def test_an_outlet_that_lists_only_mobile_pages_revises_them(file: File) -> None:
    mobile = "https://m.gazette.example/news/1"
    file(at(mobile))
    assert file(at(mobile, f"{BODY}\n\nThe minister resigned.")).kind is REVISED


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_text_under_another_spelling_is_another_article(file: File, spelling: str) -> None:
    file(at(PAGE))
    other = article("2", url=spelling, canonical_url=spelling, title="Ferry runs", body=prose("ferry"))
    if spelling.startswith(f"{PAGE}?utm"):
        assert file(other).kind is REVISED  # the very same address
    else:
        assert file(other).kind is NEW


def test_a_slash_at_the_end_counts_only_where_the_text_says_so(file: File) -> None:
    first = file(at(PAGE))
    assert file(at(f"{PAGE}/")) == Filing(KNOWN, first.article)
    assert file(at(f"{PAGE}/", f"{BODY}\n\nThe minister resigned.")).kind is REVISED
    file(article("2", url="https://gazette.example/a/2"))
    assert file(article("3", url="https://gazette.example/a/2/", canonical_url="")).kind is NEW


def test_a_redirect_shows_that_the_slash_does_not_matter(file: File) -> None:
    first = file(at(PAGE))
    redirected = replace(at(f"{PAGE}/", ALTERED), aliases=(PAGE,))
    assert file(redirected).article.id == first.article.id


def test_the_same_name_at_another_outlet_is_another_article(file: File) -> None:
    first = file(at(PAGE))
    other = file(replace(at("http://www.gazette.example/news/bridge-closes-1"), outlet="herald"))
    assert other.article.id != first.article.id


@pytest.mark.parametrize(
    "claimed", ["https://gazette.example/", "http://www.gazette.example", "https://gazette.example/weather"]
)
def test_a_series_that_claims_one_list_is_not_swallowed(file: File, claimed: str) -> None:
    frame = prose("frame", 100)
    for day in range(4):
        body = f"{frame}\n\n{prose(f'day {day}', 100)}"
        filed = file(article(str(day), title=f"Weather, day {day}", body=body, canonical_url=claimed))
        assert filed.kind not in (REVISED, KNOWN)


def test_who_claims_the_address_of_an_article_neither_becomes_it_nor_takes_it(
    file: File, desk: Desk, database: Database
) -> None:
    claimed = article("claims", title="Ferry", body=prose("ferry"), canonical_url="http://www.gazette.example/news/1")
    thief = file(claimed)
    owner = file(article("1"))
    assert owner.kind is NEW
    assert file(claimed).article.id == thief.article.id
    assert file(article("1")) == Filing(KNOWN, owner.article)
    with database.read() as session:
        found = desk.find(session, "https://gazette.example/news/1")
    assert found is not None
    assert found.id == owner.article.id


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_outlet_s_pages_are_known_under_every_spelling(
    file: File, database: Database, desk: Desk, spelling: str
) -> None:
    file(at(PAGE))
    with database.read() as session:
        assert desk.known(session, [spelling, f"{PAGE}0"], "gazette") == {spelling}
        if not spelling.startswith(f"{PAGE}?utm"):
            assert desk.known(session, [spelling]) == set()
            assert desk.known(session, [spelling], "herald") == set()


def test_what_only_the_text_can_tell_is_not_known_beforehand(file: File, database: Database, desk: Desk) -> None:
    file(at(PAGE))
    perhaps = [f"{PAGE}/", "https://gazette.example//news/bridge-closes-1", f"{PAGE}/index.html", f"{PAGE}?page=2"]
    with database.read() as session:
        assert desk.known(session, perhaps, "gazette") == set()


def test_an_address_that_a_page_only_claims_is_not_known_until_it_was_fetched(
    file: File, database: Database, desk: Desk
) -> None:
    there = "https://gazette.example/news/2"
    file(article("1", canonical_url=there))
    with database.read() as session:
        assert desk.known(session, [there], "gazette") == set()
        assert desk.known(session, ["http://www.gazette.example/news/2"], "gazette") == set()
    second = file(article("2"))
    assert second.kind is NEW
    with database.read() as session:
        assert desk.known(session, [there], "gazette") == {there}


def test_a_claimed_address_is_known_once_the_page_was_read_there(file: File, database: Database, desk: Desk) -> None:
    there = "https://gazette.example/europe/1"
    first = file(article("1", canonical_url=there))
    again = article("1", url=there, canonical_url=there)
    assert file(again) == Filing(KNOWN, first.article)
    with database.read() as session:
        assert desk.known(session, [there]) == {there}


@pytest.mark.parametrize(
    "claimed", ["https://gazette.example/news/1/", "http://www.gazette.example/news/1", "https://gazette.example/x"]
)
def test_an_address_to_which_the_page_redirected_is_known(
    file: File, database: Database, desk: Desk, claimed: str
) -> None:
    file(article("1", canonical_url=claimed, aliases=("https://gazette.example/x",)))
    with database.read() as session:
        assert desk.known(session, [claimed]) == {claimed}
