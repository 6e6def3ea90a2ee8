"""What an edit changed, passage by passage and word by word."""

from newsdesk import Change, Mark, changes, pieces

from .prose import article

_FIRST = "The minister left the capital on Friday, his office said."
_SECOND = "At least 12 people were hurt when the bridge fell."
_THIRD = "Officials will meet again next week to discuss repairs."


def _body(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def _said(change: Change) -> list[tuple[str, str]]:
    return [(piece.mark.value, piece.text) for piece in pieces(change)]


def test_a_text_that_is_the_same_has_no_changes() -> None:
    assert changes(article(), article()) == ()


def test_a_number_in_a_sentence_is_told_with_the_paragraph_it_stands_in() -> None:
    before = article(body=_body(_FIRST, _SECOND, _THIRD))
    after = article(body=_body(_FIRST, _SECOND.replace("12", "15"), _THIRD))
    assert changes(before, after) == (Change("body", _SECOND, _SECOND.replace("12", "15")),)


def test_headline_lede_and_body_come_in_this_order() -> None:
    before = article(title="Bridge falls", lede="Twelve are hurt", body=_body(_FIRST, _SECOND))
    after = article(title="Bridge collapses", lede="Fifteen are hurt", body=_body(_FIRST, _THIRD))
    assert [change.field for change in changes(before, after)] == ["title", "lede", "body", "body"]


def test_an_added_paragraph_has_no_text_before_and_a_removed_one_none_after() -> None:
    before = article(body=_body(_FIRST, _SECOND))
    after = article(body=_body(_FIRST, _THIRD, _SECOND))
    assert changes(before, after) == (Change("body", "", _THIRD),)
    assert changes(after, before) == (Change("body", _THIRD, ""),)


def test_a_lede_that_appears_is_an_addition() -> None:
    assert changes(article(lede=None), article(lede="Now with a lede")) == (Change("lede", "", "Now with a lede"),)


def test_quotes_dashes_spaces_and_capitals_are_no_change() -> None:
    before = article(body='He said: "It\'s over" - and left.')
    after = article(body="He said:  \u201cIt\u2019s over\u201d \u2013 AND left.")
    assert changes(before, after) == ()


def test_the_signs_of_money_percent_and_below_zero_are_a_change() -> None:
    for one, other in (("$5 million", "\u20ac5 million"), ("rose 5%", "rose 5"), ("at -5 degrees", "at 5 degrees")):
        assert len(changes(article(body=f"It stood {one}."), article(body=f"It stood {other}."))) == 1, one


def test_a_paragraph_that_was_only_moved_or_split_is_no_change() -> None:
    before = article(body=_body(_FIRST, _SECOND, _THIRD))
    assert changes(before, article(body=_body(_SECOND, _FIRST, _THIRD))) == ()
    assert changes(before, article(body=_body(f"{_FIRST} {_SECOND}", _THIRD))) == ()


def test_a_reworded_paragraph_is_found_behind_one_that_was_put_before_it() -> None:
    before = article(body=_body(_FIRST, _SECOND))
    after = article(body=_body(_THIRD, _FIRST.replace("Friday", "Sunday"), _SECOND))
    assert changes(before, after) == (
        Change("body", "", _THIRD),
        Change("body", _FIRST, _FIRST.replace("Friday", "Sunday")),
    )


def test_pieces_mark_the_words_that_went_and_those_that_came() -> None:
    assert _said(Change("body", "At least 12 people died.", "At least 15 people died.")) == [
        ("kept", "At least"),
        ("removed", "12"),
        ("added", "15"),
        ("kept", "people died."),
    ]


def test_pieces_of_a_script_without_spaces_are_letters() -> None:
    assert _said(Change("body", "死者12人と発表した。", "死者15人と発表した。")) == [
        ("kept", "死者"),
        ("removed", "12"),
        ("added", "15"),
        ("kept", "人と発表した。"),
    ]


def test_pieces_of_what_was_added_or_removed_whole_are_one() -> None:
    assert [piece.mark for piece in pieces(Change("body", "", _FIRST))] == [Mark.ADDED]
    assert [piece.mark for piece in pieces(Change("body", _FIRST, ""))] == [Mark.REMOVED]


def test_a_long_text_rewritten_from_the_ground_up_is_told_in_time() -> None:
    before = article(body=_body(*(f"Old paragraph number {place} about the harbour." for place in range(400))))
    after = article(body=_body(*(f"Quite different words {place} on another subject." for place in range(400))))
    assert len(changes(before, after)) == 800
