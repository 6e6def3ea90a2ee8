"""Pages that no longer read as they used to: told apart from chance."""

import random

import pytest

from crawler.health.rot import ARTICLE, DATED, SELECTED, SIGNED, TITLED, Pages, Seen
from crawler.health.witness import Witness, seen
from crawler.page import Reading, ReadingKind
from newsdesk import FetchFailure

WHOLE = ARTICLE | DATED | TITLED | SIGNED | SELECTED


def normal(chance: random.Random, traits: int = WHOLE) -> Seen:
    if chance.random() < 0.1:
        traits &= ~SIGNED
    return Seen(traits, int(chance.lognormvariate(7.8, 0.6)))


def after(pages: Pages, *more: Seen) -> Pages:
    for page in more:
        pages = pages.had(page)
    return pages


@pytest.fixture
def usual() -> Pages:
    chance = random.Random(5)
    return after(Pages(), *(normal(chance) for _ in range(150)))


@pytest.mark.parametrize(
    ("lost", "said"),
    [(DATED, "dates"), (TITLED, "headlines"), (SIGNED, "authors"), (SELECTED, "selectors"), (ARTICLE, "no articles")],
)
def test_a_trait_that_vanishes_is_rot_within_twenty_pages(usual: Pages, lost: int, said: str) -> None:
    chance = random.Random(1)
    pages = after(usual, *(normal(chance, WHOLE & ~lost) for _ in range(20)))
    assert said in pages.rotten


def test_bodies_that_shrink_are_rot(usual: Pages) -> None:
    chance = random.Random(2)
    pages = after(usual, *(Seen(WHOLE, normal(chance).length // 8) for _ in range(20)))
    assert pages.rotten.startswith("bodies have shrunk, from some 2")


def test_ordinary_pages_raise_no_alarm_in_ten_thousand(usual: Pages) -> None:
    chance = random.Random(3)
    for _ in range(10_000):
        usual = usual.had(normal(chance))
        assert not usual.rotten


def test_an_outlet_whose_authors_come_and_go_by_the_hour_raises_none(usual: Pages) -> None:
    chance, share = random.Random(4), 0.5
    pages = Pages()
    for number in range(5000):
        if number % 15 == 0:
            share = chance.uniform(0.2, 0.8)
        pages = pages.had(Seen(WHOLE if chance.random() < share else WHOLE & ~SIGNED, 2000))
        assert not pages.rotten


def test_it_is_over_when_pages_read_as_before(usual: Pages) -> None:
    chance = random.Random(6)
    pages = after(usual, *(normal(chance, WHOLE & ~DATED) for _ in range(40)))
    assert pages.rotten
    assert not after(pages, *(normal(chance) for _ in range(20))).rotten


def test_what_stays_so_for_hundreds_of_pages_is_the_new_usual(usual: Pages) -> None:
    chance = random.Random(7)
    pages = after(usual, *(normal(chance, WHOLE & ~DATED) for _ in range(600)))
    assert not pages.rotten


def test_too_few_pages_tell_nothing() -> None:
    pages = after(Pages(), *[Seen(WHOLE, 2000)] * 30, *[Seen(ARTICLE, 60)] * 20)
    assert not pages.rotten


def test_a_wall_is_eight_pages_in_a_row_that_cannot_be_had(usual: Pages) -> None:
    for _ in range(7):
        usual = usual.lacked("the server answered 403")
    assert not usual.walled
    assert usual.lacked("the server answered 403").walled == "the server answered 403"
    assert not usual.had(Seen(WHOLE, 2000)).lacked("the server answered 403").walled


@pytest.mark.parametrize("text", [None, "", "x", "[]", '{"usual": [1], "recent": []}'])
def test_what_cannot_be_read_is_nothing_known(text: str | None) -> None:
    assert Pages.loads(text) == Pages()


def test_what_is_kept_comes_back(usual: Pages) -> None:
    pages = after(usual, *[Seen(ARTICLE, 2000)] * 15).lacked("the server answered 403")
    kept = Pages.loads(pages.dumps())
    assert (kept.rotten, kept.odd, kept.refused, kept.recent) == (
        pages.rotten,
        pages.odd,
        pages.refused,
        pages.recent,
    )
    assert len(pages.dumps()) < 700


def test_the_witness_tells_what_a_reading_showed() -> None:
    witness = Witness()
    note = "body: the selector '.text' gave nothing here; the general reading was used"
    witness.read("rt", Reading(url="https://rt.example/1", title="One", body="Words.", notes=(note,)))
    witness.read("rt", Reading(url="https://rt.example/2", kind=ReadingKind.NOT_AN_ARTICLE))
    witness.lacked("rt", FetchFailure.STATUS, "the server answered 403")
    witness.lacked("rt", "not_an_article", "a list")
    assert witness.take() == [
        ("rt", Seen(ARTICLE | TITLED, 6)),
        ("rt", Seen(SELECTED, 0)),
        ("rt", "the server answered 403"),
    ]
    assert witness.take() == []
    witness.read("rt", Reading(url="https://rt.example/3", kind=ReadingKind.CHALLENGE, notes=("challenge: a guard",)))
    witness.read("rt", Reading(url="https://rt.example/4", kind=ReadingKind.PAYWALL))
    assert witness.take() == [("rt", "challenge: a guard"), ("rt", Seen(SELECTED, 0))]
    assert seen(Reading(url="https://rt.example/1", authors=("A",))).traits == ARTICLE | SIGNED | SELECTED
