"""An update says what is new: what the earlier report lacked, and nothing else."""

from newsdesk import what_is_new

from .prose import article, prose

FIRST = article(
    "1",
    title="Ferry runs aground",
    body="A ferry ran aground off Port Amber on Monday. At least 12 people were hurt, the coast guard said.\n\n"
    "The ship had left the harbour in thick fog, Mr. Brown of the port authority told reporters.",
)


def test_a_paragraph_added_is_what_is_new() -> None:
    added = "The captain was questioned by the police on Tuesday morning."
    assert what_is_new(FIRST, article("2", body=f"{FIRST.body}\n\n{added}")) == (added,)


def test_a_number_changed_makes_its_sentence_new_and_no_other() -> None:
    later = article("2", body=FIRST.body.replace("12", "15"))
    assert what_is_new(FIRST, later) == ("At least 15 people were hurt, the coast guard said.",)


def test_another_wording_another_order_and_another_headline_are_not_new() -> None:
    one, two = FIRST.body.replace("told reporters", "told the reporters").split("\n\n")
    later = article("2", title="Other words", lede=two, body=one.upper())
    assert what_is_new(FIRST, later) == ()


def test_a_new_lede_comes_first() -> None:
    later = article("2", lede="The ferry was towed away.", body=f"{FIRST.body}\n\n{prose('more', 24)}")
    assert what_is_new(FIRST, later) == ("The ferry was towed away.", prose("more", 24))


def test_new_sentences_of_one_paragraph_stand_together() -> None:
    body = FIRST.body.replace("\n\n", " Divers searched the hull. Two cranes arrived overnight.\n\n")
    assert what_is_new(FIRST, article("2", body=body)) == ("Divers searched the hull. Two cranes arrived overnight.",)


def test_sentences_end_in_any_script() -> None:
    before = article("1", body="港口管理局表示，琥珀港在因风暴关闭九天后于星期一重新开放。上午有四十艘船只陆续进港。")
    added = "市长感谢彻夜工作的领航员。"
    assert what_is_new(before, article("2", body=before.body + added)) == (added,)


def test_of_a_text_without_a_predecessor_everything_is_new() -> None:
    assert what_is_new(article("1", title="", body=""), FIRST) == tuple(FIRST.body.split("\n\n"))
