"""Furniture: what stands on many pages of one outlet is taken out; what texts share for good reason stays."""

import random
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from sqlalchemy import func, select

from crawler.furniture import Text, furniture_of, learn
from crawler.reading.furniture import Furniture, mark_of, without_furniture
from crawler.tables import FurnitureRow
from newsdesk import Archive, clean_url
from tocsin.demo.newspaper import Answer, Newspaper, Request

from .polling import House

HEADS = ["bal", "cor", "dim", "fen", "gor", "hul", "jar", "kel", "lom", "mur", "nev", "pol"]
TAILS = ["ando", "ekit", "istra", "omber", "uvin", "atter", "elso"]
WORDS = [head + tail for head in HEADS for tail in TAILS]
BOX = "Our weekly letter brings what happens in town straight into your inbox."
CHAT = ["Take part in this discussion", "Who are you?", "Heading of the opened material"]


def sentence(dice: random.Random, length: int = 16) -> str:
    words = dice.choices(WORDS, k=length)
    return f"{' '.join(words)}.".capitalize()


def story(number: int, paragraphs: int = 4) -> list[str]:
    dice = random.Random(number)
    return [f"{sentence(dice)} {sentence(dice)}" for _ in range(paragraphs)]


def title(number: int) -> str:
    return sentence(random.Random(-1 - number), 6)[:-1]


def text(number: int, lines: list[str] | None = None, *, named: str = "", authors: tuple[str, ...] = ()) -> Text:
    return Text(named or title(number), authors, lines if lines is not None else story(number))


def lines_of(texts: list[Text]) -> set[str]:
    found = learn(texts)
    return {line for one in texts for line in one.paragraphs if mark_of(line) in found}


def test_what_stands_on_most_pages_is_furniture_wherever_it_stands() -> None:
    texts = [text(n, [*story(n)[:2], BOX, *story(n)[2:], *CHAT]) for n in range(8)]
    assert lines_of(texts) == {BOX, *CHAT}
    kept, dropped = without_furniture(texts[3].paragraphs, furniture_of((m, w) for m, (_, w) in learn(texts).items()))
    assert kept == story(3)
    assert len(dropped) == 4


def test_four_pages_teach_nothing() -> None:
    assert lines_of([text(n, [*story(n), BOX]) for n in range(4)]) == set()


def test_a_box_at_the_end_of_a_fifth_of_the_pages_is_furniture_there_only() -> None:
    texts = [text(n, [*story(n), *([BOX] if n % 4 == 0 else [])]) for n in range(24)]
    furniture = furniture_of((mark, anywhere) for mark, (_, anywhere) in learn(texts).items())
    assert furniture == Furniture(at_edges=frozenset([mark_of(BOX)]))
    quoting = [story(30)[0], BOX, story(30)[1]]
    assert without_furniture(quoting, furniture) == (quoting, ())


def test_a_quotation_and_a_syndicated_paragraph_that_a_few_texts_share_stay() -> None:
    quote = "We shall rebuild this harbour stone by stone, whatever it may cost us, the minister said."
    texts = [text(n, [*story(n)[:2], *([quote] if n < 6 else []), *story(n)[2:]]) for n in range(20)]
    assert lines_of(texts) == set()


def test_background_of_a_running_story_stays_even_at_the_end_of_many_texts() -> None:
    background = "The harbour of Balando was destroyed by the flood of October, and 1,200 families lost their houses."
    about = "The families whose houses the flood destroyed in October went back to the harbour of Balando"
    texts = [text(n, [*story(n), f"{about} {n}.", background] if n % 2 else story(n)) for n in range(20)]
    assert lines_of(texts) == set()


def test_the_standing_introduction_of_a_series_stays() -> None:
    intro = "Every morning we bring together what matters before breakfast, in five minutes of your time."
    texts = [text(n, [intro, *story(n)], named=f"Briefing: {title(n)}") if n % 3 == 0 else text(n) for n in range(24)]
    assert lines_of(texts) == set()


def test_a_text_printed_many_times_makes_none_of_its_paragraphs_furniture() -> None:
    texts = [text(n) for n in range(6)] + [text(50, [*story(50), f"Printed again, number {n}."]) for n in range(12)]
    assert lines_of(texts) == set()


def test_sub_headings_that_many_texts_share_stay() -> None:
    often = [text(n, [story(n)[0], "Pros", *story(n)[1:3], "Pros", story(n)[3]]) for n in range(10)]
    mostly = [text(n, [story(n)[0], *(["Why it matters"] if n % 5 else []), *story(n)[1:]]) for n in range(10)]
    assert lines_of(often) == lines_of(mostly) == set()


def test_a_box_about_the_author_is_furniture_however_few_texts_are_hers() -> None:
    box = "Ada Berg covers the courts for this paper and has written three books about them."
    texts = [
        text(n, [*story(n), *([box] if n % 10 == 0 else [])], authors=("Ada Berg",) if n % 10 == 0 else ("Li Wu",))
        for n in range(50)
    ]
    assert lines_of(texts) == {box}


def test_a_text_is_never_emptied() -> None:
    furniture = furniture_of((mark_of(line), True) for line in [BOX, *CHAT])
    assert without_furniture([BOX, *CHAT], furniture) == ([BOX, *CHAT], ())
    assert without_furniture(["Photo.", BOX, *CHAT], furniture) == (["Photo.", BOX, *CHAT], ())


def test_case_spaces_and_punctuation_make_no_other_passage() -> None:
    assert mark_of("Log in, or register!") == mark_of("LOG IN or  register")
    assert mark_of("Log in") != mark_of("Log on")


class Leaking(Newspaper):
    """A newspaper whose template stands in the middle of its texts."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def leak(self, number: int, lines: list[str] | None = None, at: datetime | None = None) -> str:
        return self.prints(
            title(number),
            "\n\n".join([*self.before, *(lines or story(number)), *self.after]),
            path=f"/n/{number}",
            at=at,
        )


@pytest.fixture
def leaking() -> object:
    with Leaking() as paper:
        paper.before, paper.after = ("The paper of the harbour, on the street since morning.",), (BOX, *CHAT)
        yield paper


def put_back(house: House, lines: list[str]) -> None:
    """Put a text on record as it was read before anything was known."""
    old = next(filed for filed in Archive(house.database).articles() if clean_url(filed.article.url).endswith("/0"))
    with house.database.begin() as session:
        assert house.desk.amend(session, old.id, lambda _: "\n\n".join(lines), datetime.now(UTC))


def bodies(house: House) -> dict[str, str]:
    return {clean_url(article.url).rsplit("/", 1)[1]: article.body for article in house.articles()}


def test_the_texts_of_a_first_visit_end_up_clean_and_nobody_is_told(house: House, leaking: Leaking) -> None:
    for number in range(23):
        leaking.leak(number)
    house.outlet(leaking)
    house.visit()
    assert bodies(house) == {str(n): "\n\n".join(story(n)) for n in range(23)}
    assert house.unswept() == []
    assert {filed.revision for filed in Archive(house.database).articles()} == {1}


def test_what_is_known_is_taken_out_of_a_new_page_by_another_process(house: House, leaking: Leaking) -> None:
    for number in range(8):
        leaking.leak(number)
    house.outlet(leaking)
    house.visit()
    leaking.leak(40)
    house.visit()
    assert bodies(house)["40"] == "\n\n".join(story(40))
    assert house.unswept() == [title(40)]


def test_a_page_that_is_read_again_and_differs_by_furniture_is_no_revision(house: House, leaking: Leaking) -> None:
    leaking.leak(0)
    house.outlet(leaking)
    house.visit()
    for number in range(1, 9):
        leaking.leak(number)
    house.visit()
    put_back(house, [*leaking.before, *story(0), *leaking.after])
    leaking.leak(0, at=datetime.now(UTC) + timedelta(minutes=1))
    report = house.visit()
    assert (report.revised, report.known) == (0, 1)
    assert bodies(house)["0"] == "\n\n".join(story(0))


def test_a_page_whose_text_changed_is_a_revision_all_the_same(house: House, leaking: Leaking) -> None:
    for number in range(9):
        leaking.leak(number)
    house.outlet(leaking)
    house.visit()
    leaking.leak(0, [*story(0), *story(77, 1)], at=datetime.now(UTC) + timedelta(minutes=1))
    assert house.visit().revised == 1
    assert bodies(house)["0"] == "\n\n".join([*story(0), *story(77, 1)])


def test_what_was_not_met_for_long_is_forgotten(house: House, leaking: Leaking) -> None:
    for number in range(8):
        leaking.leak(number)
    house.outlet(leaking)
    house.visit()
    with house.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(FurnitureRow)) == 5
        for row in session.scalars(select(FurnitureRow)):
            row.last_at -= timedelta(days=61)
    leaking.before, leaking.after = (), ("An altogether new box asks for your opinion about parking.",)
    for number in range(20, 32):
        leaking.leak(number)
    house.visit()
    with house.database.read() as session:
        assert session.scalars(select(FurnitureRow.mark)).all() == [mark_of(leaking.after[0])]


def test_an_answer_that_is_all_furniture_keeps_its_words(house: House, leaking: Leaking) -> None:
    for number in range(8):
        leaking.leak(number)
    leaking.instead["/n/0"] = lambda request: _bare(request, [*leaking.before, *leaking.after])
    house.outlet(leaking)
    house.visit()
    assert BOX in bodies(house).get("0", BOX)


def _bare(_: Request, lines: list[str]) -> Answer:
    markup = "".join(f"<p>{escape(line)}</p>" for line in lines)
    head = '<meta property="og:type" content="article">'
    return Answer(200, f"<html><head>{head}</head><body><article>{markup}</article></body></html>".encode(), {})
