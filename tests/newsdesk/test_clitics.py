"""What is glued to a word does not hide it."""

import pytest

from newsdesk import fold, words
from newsdesk.spelling.clitics import is_arabic, is_hangul, without_clitics
from newsdesk.spelling.text import spellings


def texts(word: str) -> set[str]:
    return {text for text, _, _ in without_clitics(word)}


@pytest.mark.parametrize(
    ("word", "inside"),
    [
        ("الحرب", {"حرب"}),
        ("والحرب", {"الحرب", "حرب"}),
        ("وبالحرب", {"بالحرب", "الحرب", "حرب"}),
        ("للحرب", {"حرب", "الحرب", "لحرب"}),
        ("سلام", set()),
        ("وا", set()),
        ("ال", set()),
        ("و", set()),
        ("미국에서", {"미국"}),
        ("정부들은", {"정부"}),
        ("대통령입니다", {"대통령"}),
        ("미국께서는", {"미국"}),
        ("나는", {"나"}),
        ("정부", set()),
        ("peace", set()),
    ],
)
def test_a_word_is_found_without_what_is_glued_to_it(word: str, inside: set[str]) -> None:
    assert texts(word) >= inside
    if not inside:
        assert texts(word) == set()


def test_each_part_spans_its_own_letters() -> None:
    for text, start, end in without_clitics("وبالحرب"):
        assert "وبالحرب"[start:end] == text


@pytest.mark.parametrize(
    ("letter", "arabic", "hangul"), [("ح", True, False), ("ݐ", True, False), ("한", False, True), ("a", False, False)]
)
def test_a_letter_is_of_one_script(letter: str, arabic: bool, hangul: bool) -> None:
    assert (is_arabic(letter), is_hangul(letter)) == (arabic, hangul)


def test_what_was_remembered_for_speed_is_forgotten_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsdesk.spelling.folding._MEMO_LIMIT", 3)
    monkeypatch.setattr("newsdesk.spelling.text._MEMO_LIMIT", 3)
    asked = [f"naïve{number}" for number in range(9)]
    assert [fold(word) for word in asked] == [f"naive{number}" for number in range(9)]
    assert fold("É" * 50) == "e" * 50
    assert [word.text for word in words(" ".join(asked))] == [f"naive{number}" for number in range(9)]


def test_a_contraction_equals_itself_without_its_apostrophe() -> None:
    assert {one.text for one in spellings("it's")} == {"it", "its"}
