"""Near-copies are told from texts that merely speak of the same."""

import pytest

from newsdesk import Fingerprint

from .prose import prose

HARBOUR = """The harbour of Port Amber was opened again on Monday after a storm that had closed it for nine days, the
port authority said. Forty ships that had waited outside the breakwater entered in the course of the morning, among
them three tankers and a ferry with two hundred passengers. The mayor thanked the pilots, who had worked through the
night, and said that the damage to the northern quay would be repaired before the winter. Fishermen complained that
nobody had told them when they could sail, and that they had lost the best week of the season."""
SAME_EVENT = """After nine days the storm that shut Port Amber has passed, and ships are moving again. Pilots brought
in the first of about forty vessels early on Monday; a ferry with some two hundred people on board was among them.
Repairs of the northern quay, according to the mayor, are to be finished by winter. The fishermen's union was angry:
its members, it said, had been left without any word from the port authority and had missed a week of good catches."""
CHINESE = (
    "港口管理局表示，琥珀港在因风暴关闭九天后于星期一重新开放。上午有四十艘船只陆续进港，其中包括三艘油轮和一艘载有两百名"
    "乘客的渡轮。市长感谢彻夜工作的领航员，并说北码头的损坏将在冬季之前修复。渔民们抱怨没有人告诉他们何时可以出海，"
    "他们失去了本季最好的一周。"
)
OTHER_CHINESE = (
    "国家图书馆昨天公布了一批从未展出过的手稿，其中有三百年前的地图和商人的书信。馆长说，整理工作花了六年时间，读者从明年春天"
    "起可以在网上查阅全部内容。专家认为这些材料会改变我们对古代贸易路线的理解，也会吸引更多年轻人研究历史。"
)
HINDI = "बंदरगाह प्राधिकरण ने कहा कि नौ दिनों के बाद सोमवार को बंदरगाह फिर से खोल दिया गया और चालीस जहाज़ सुबह भीतर आए। " * 2


def similarity(one: str, other: str) -> float:
    return Fingerprint.of(one).containment(Fingerprint.of(other))


def found(kept: str, new: str) -> bool:
    return bool(set(Fingerprint.of(kept).hashes) & set(Fingerprint.of(new).probes))


COPIES = {
    "capitals, spaces and quotes": HARBOUR.upper().replace(",", " ,").replace("'", "’"),
    "cut short": HARBOUR[: len(HARBOUR) // 2],
    "a paragraph added": f"{HARBOUR}\n\n{prose('added', 60)}",
    "reordered": ". ".join(reversed(HARBOUR.rstrip(".").split(". "))) + ".",
    "a word changed": HARBOUR.replace("tankers", "freighters").replace("thanked", "praised"),
}


@pytest.mark.parametrize("edit", COPIES)
def test_a_copy_is_found_and_confirmed(edit: str) -> None:
    assert found(HARBOUR, COPIES[edit])
    assert similarity(HARBOUR, COPIES[edit]) >= 0.8


def test_two_reports_of_one_event_are_not_copies() -> None:
    assert similarity(HARBOUR, SAME_EVENT) < 0.35


def test_texts_without_spaces_are_compared_by_characters() -> None:
    assert len(Fingerprint.of(CHINESE).hashes) == 8
    shortened = CHINESE[: len(CHINESE) * 2 // 3]
    assert found(CHINESE, shortened)
    assert similarity(CHINESE, shortened) >= 0.9
    assert similarity(CHINESE, OTHER_CHINESE) == 0


def test_marks_that_make_a_letter_count() -> None:
    assert "कि" in Fingerprint.of(HINDI).tokens
    assert Fingerprint.of("कि").digest != Fingerprint.of("के").digest


def test_a_mixed_text_keeps_its_words_and_splits_its_characters() -> None:
    assert Fingerprint.of("NATO峰会2026年_x").tokens == ("nato", "峰", "会", "2026", "年", "x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A  “quoted” word – here", "a quoted word here!"),
        ("it’s", "It's"),
        ("ﬁve ＡＢＣ", "five abc"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_the_digest_overlooks_how_a_text_is_set(one: str, other: str) -> None:
    assert Fingerprint.of(one).digest == Fingerprint.of(other).digest


@pytest.mark.parametrize(("one", "other"), [("12 dead", "15 dead"), ("a b", "ab"), ("not guilty", "guilty")])
def test_the_digest_sees_a_changed_word(one: str, other: str) -> None:
    assert Fingerprint.of(one).digest != Fingerprint.of(other).digest


def test_a_short_text_has_no_hashes() -> None:
    notice = Fingerprint.of("Flood warning lifted. " * 9)
    assert len(notice.tokens) == 27
    assert not notice.is_enough
    assert notice.hashes == notice.probes == ()


def test_an_empty_text_is_contained_in_nothing() -> None:
    assert similarity("", HARBOUR) == 0
    assert similarity("two words", "two words") == 0


def test_the_kept_hashes_are_the_smallest_of_those_looked_up() -> None:
    fingerprint = Fingerprint.of(prose("many", 400))
    assert len(fingerprint.probes) == 40
    assert fingerprint.hashes == tuple(sorted(fingerprint.probes))[:8]
    assert all(0 <= number < 2**63 for number in fingerprint.probes)


def test_the_hashes_of_a_text_never_change() -> None:
    # Kept in databases: another value here would hide every older article from its copies.
    assert Fingerprint.of(HARBOUR).hashes[:2] == (55107268619646332, 219066894935022246)
    assert Fingerprint.of(HARBOUR).digest == "0591103dc2fd81f9115175a1ab4eabc5"
