"""The agency's own article is the original of its text, even if it comes last."""

from collections.abc import Callable

import pytest

from newsdesk import Article, Database, Desk, Filing, FilingKind
from newsdesk.likeness.agency import agency_of, is_own

from .prose import article, prose

File = Callable[..., Filing]
BODY = prose("wire", 150)
LINE = "PORT AMBER, Nov 21 (Amber Wire)"


@pytest.mark.parametrize(
    ("dateline", "agency"),
    [
        ("MOSCOW, Nov 21 (RIA Novosti)", "RIA Novosti"),
        ("(Reuters)", "Reuters"),
        ("PARIS — AP", "AP"),
        ("МОСКВА, 14 фев - РИА Новости", "РИА Новости"),
        ("MOSCOW, November 21. /TASS/", "TASS"),
        ("PORT AMBER, Nov 21", None),
        ("PORT AMBER (2026)", None),
    ],
)
def test_a_dateline_names_an_agency(dateline: str, agency: str | None) -> None:
    assert agency_of(article(dateline=dateline)) == agency


@pytest.mark.parametrize(
    ("body", "agency"),
    [
        ("LONDON (Reuters) - Ships sailed.", "Reuters"),
        ("(AFP) Ships sailed.", "AFP"),
        ("Ships sailed on Monday, the port said.\n\nPilots (all of them) - were thanked.", None),
        ("", None),
    ],
)
def test_without_a_dateline_the_first_words_may_be_one(body: str, agency: str | None) -> None:
    assert agency_of(article(body=body)) == agency


@pytest.mark.parametrize(
    ("agency", "outlet", "url", "own"),
    [
        ("RIA Novosti", "ria", "https://ria.ru/1", True),
        ("RIA Novosti", "ria-novosti", "https://www.example/1", True),
        ("Reuters", "world", "https://www.reuters.com/1", True),
        ("AP", "wire", "https://apnews.com/1", True),
        ("Xinhua", "china", "http://www.xinhuanet.com/1", True),
        ("Kyodo", "japan", "https://english.kyodonews.net/1", True),
        ("AP", "apple-news", "https://apple.example/1", False),
        ("Reuters", "herald", "https://herald.example/reuters/1", False),
        ("...", "herald", "https://herald.example/1", False),
    ],
)
def test_an_outlet_is_an_agency_by_its_name(agency: str, outlet: str, url: str, own: bool) -> None:
    assert is_own(agency, article(outlet=outlet, url=url)) is own


def wire(slug: str, outlet: str, **changes: str) -> Article:
    return article(slug, outlet=outlet, body=f"{LINE} - {BODY}", dateline=LINE, **changes)


def test_the_agency_s_own_becomes_the_original_though_it_comes_last(file: File, database: Database, desk: Desk) -> None:
    first = file(wire("1", "herald"))
    second = file(wire("2", "mirror"))
    update = file(article("3", outlet="herald", body=f"{BODY[: len(BODY) // 2]}\n\n{prose('more', 80)}"))
    own = file(wire("4", "amber-wire"))
    assert [one.kind for one in (first, second, update, own)] == [
        FilingKind.NEW,
        FilingKind.COPY,
        FilingKind.UPDATE,
        FilingKind.COPY,
    ]
    with database.read() as session:
        found = [desk.find(session, one.article.id) for one in (first, second, update, own)]
    herald, mirror, later, agency = [one for one in found if one is not None]
    assert {one.story for one in (herald, mirror, later, agency)} == {herald.id}
    assert (agency.copy_of, herald.copy_of, mirror.copy_of) == (None, agency.id, agency.id)
    assert (later.update_of, later.copy_of) == (agency.id, None)
    assert own.article == agency
    last = file(wire("5", "observer"))
    assert (last.kind, last.article.copy_of) == (FilingKind.COPY, agency.id)


def test_who_only_prints_the_agency_s_text_does_not_take_its_place(file: File) -> None:
    own = file(wire("1", "amber-wire")).article
    assert file(wire("2", "herald")).article.copy_of == own.id
    assert file(wire("3", "amber-wire", title="Once more")).article.copy_of == own.id


def test_the_agency_s_own_copy_of_an_update_carries_on_what_that_did(
    file: File, database: Database, desk: Desk
) -> None:
    half = prose("half", 90)
    first = file(article("1", outlet="herald", body=f"{prose('old', 90)}\n\n{half}")).article
    body = f"{LINE} - {prose('new', 90)}\n\n{half}"
    update = file(article("2", outlet="herald", body=body, dateline=LINE)).article
    own = file(article("3", outlet="amber-wire", body=body, dateline=LINE)).article
    with database.read() as session:
        before = desk.find(session, update.id)
    assert update.update_of == first.id
    assert (own.update_of, own.copy_of, own.story) == (first.id, None, first.id)
    assert before is not None
    assert (before.update_of, before.copy_of) == (None, own.id)
