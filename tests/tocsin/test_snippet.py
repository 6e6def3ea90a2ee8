"""A snippet shows what was found in whole words of any script, and cuts through no character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.snippet import plain, snippet

ENGLISH = "the minister left for Geneva before the talks began and said nothing "
RUSSIAN = "министр уехал в Женеву до начала переговоров и ничего не сказал "
ARABIC = "غادر الوزير إلى جنيف قبل بدء المحادثات ولم يقل شيئا "
HINDI = "मंत्री वार्ता शुरू होने से पहले जिनेवा के लिए रवाना हो गए "
CHINESE = "部长在会谈开始前前往日内瓦，什么也没说。"
THAI = "รัฐมนตรีเดินทางไปเจนีวาก่อนการเจรจาจะเริ่มขึ้น"
KOREAN = "장관은 회담이 시작되기 전에 제네바로 떠났다 "


def places(text: str, *found: str) -> list[tuple[int, int, str]]:
    every = []
    for one in found:
        at = text.find(one)
        while at >= 0:
            every.append((at, at + len(one), one))
            at = text.find(one, at + 1)
    return every


def shown(text: str, *found: str, room: int = 60) -> str:
    return "".join(f"«{piece}»" if mark else piece for piece, mark in snippet(text, places(text, *found), room))


def test_a_short_text_is_whole() -> None:
    assert shown("Storm over the harbour", "harbour", "Storm") == "«Storm» over the «harbour»"
    assert shown("Storm\n\nover  us") == "Storm over us"
    assert shown("") == ""


def test_a_long_text_is_shown_around_what_was_found() -> None:
    text = "before " * 50 + "harbour " + "after " * 50
    assert shown(text, "harbour") == "…before before «harbour» after after after after after after…"
    assert shown(text[350:], "harbour").startswith("«harbour» after")
    assert shown(text[: text.index("after")], "harbour").endswith("«harbour»")


def test_without_a_find_it_is_the_beginning() -> None:
    assert shown("word " * 100, room=23) == "word word word word…"


def test_the_first_find_of_each_of_three_clauses_is_shown() -> None:
    gap = "gap " * 60
    text = f"harbour {gap}storm {gap}harbour {gap}wheat {gap}quartet {gap}"
    found = shown(text, "harbour", "storm", "wheat", "quartet", room=90)
    assert [name for name in ("harbour", "storm", "wheat", "quartet") if f"«{name}»" in found] == [
        "harbour",
        "storm",
        "wheat",
    ]
    assert found.count(" … ") == 2


def test_finds_that_overlap_are_marked_as_one() -> None:
    assert shown("Storm over us", "Storm over", "over") == "«Storm over» us"


@pytest.mark.parametrize("prose", [ENGLISH, RUSSIAN, ARABIC, HINDI, KOREAN])
@pytest.mark.parametrize("room", [20, 33, 47, 60, 91])
def test_no_word_is_cut(prose: str, room: int) -> None:
    text = prose * 9 + "Лавров " + prose * 9
    for piece in shown(text, "Лавров", room=room).strip("…").split():
        assert piece.strip("«»…") in text.split()


@pytest.mark.parametrize("prose", [CHINESE, THAI])
def test_where_words_do_not_stand_apart_there_is_context_on_both_sides(prose: str) -> None:
    found = shown(prose * 9 + "拉夫罗夫" + prose * 9, "拉夫罗夫")
    before, after = found.split("«拉夫罗夫»")
    assert len(before) > 8
    assert len(after) > 15
    assert not unicodedata.combining(before[1])
    assert before[1] != "ำ"


@pytest.mark.parametrize("unit", ["e\u0302\u0301", "กำ", "नि", "👩‍👩‍👧‍👦", "👍🏽", "🇫🇷", "が", "葛\U000e0100"])
@pytest.mark.parametrize("room", [20, 21, 22, 23, 24, 25])
def test_no_character_is_cut_from_its_marks(unit: str, room: int) -> None:
    text = unit * 90 + " X " + unit * 90
    before, after = shown(text, "X", room=room).replace(" ", "").strip("…").split("«X»")
    assert before == unit * (len(before) // len(unit))
    assert after == unit * (len(after) // len(unit))
    assert shown(unit * 200, room=room).strip("…").replace(unit, "") == ""


def test_wide_letters_take_two_columns() -> None:
    assert len(shown("部长在会谈开始前前往日内瓦" * 20, room=40)) == 21


def test_what_turns_the_direction_of_a_line_is_left_out() -> None:
    assert shown("safe \u202egnp.exe\u2066 harbour", "harbour") == "safe gnp.exe «harbour»"


@given(st.text(max_size=300), st.integers(0, 299), st.integers(1, 9), st.integers(1, 80))
def test_what_was_found_is_always_shown(text: str, start: int, length: int, room: int) -> None:
    found = text[start : start + length]
    pieces = snippet(text, [(start, start + length, "a")], room)
    assert plain(pieces).count("…") <= text.count("…") + 2
    if found.isalnum():
        assert [piece for piece, mark in pieces if mark] == [found]
