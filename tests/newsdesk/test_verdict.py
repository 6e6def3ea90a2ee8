"""Two texts are the same, one carries the other on, or they only look alike."""

import pytest

from newsdesk.likeness.verdict import Relation, Text, judge

from .prose import prose

COPY, UPDATE, SEPARATE = Relation

MARKET = """Shares in Port Amber closed higher on Monday, led by Brightwater Shipping, which gained 3.2 percent after it
reported a profit of 412 million crowns for the third quarter. The Amber 20 index rose 1.4 percent to 5,214 points in
heavy trading, while bonds were little changed. Analysts at Larkin and Moss said that they expected further gains in
the coming days if the central bank, whose council meets on Thursday, left its rate at 2.75 percent as forecast."""
NEXT_DAY = """Shares in Port Amber closed higher on Tuesday, led by Brightwater Shipping, which gained 0.8 percent after
it reported a profit of 655 million crowns for the third quarter. The Amber 20 index rose 2.9 percent to 5,365 points in
heavy trading, while bonds were little changed. Analysts at Larkin and Moss said that they expected further gains in
the coming days if the central bank, whose council meets on Friday, left its rate at 3.25 percent as forecast."""
OBITUARY = """Professor Edith Marlowe, who taught generations of students at the University of Port Amber, died on
Sunday at her home after a long illness, her family said. Born in Harwick, Marlowe studied law in
Branford and was called to the bar before she turned to teaching. She is survived by her husband
Thomas, two daughters and four grandchildren. A memorial will be held in the chapel of the
university, and in place of flowers the family asks for gifts to charity."""
OTHER_OBITUARY = (
    OBITUARY.replace("Edith Marlowe", "Helen Strand").replace("Marlowe", "Strand").replace("Harwick", "Ostby")
).replace("Branford", "Kelling")
EDITED = OBITUARY.replace("taught", "lectured to").replace("a long illness", "an illness").replace("asks for", "wants")
CHINESE = (
    "港口管理局表示，琥珀港在因风暴关闭九天后于星期一重新开放。上午有四十艘船只陆续进港，其中包括三艘油轮和一艘载有两百名"
    "乘客的渡轮。市长感谢彻夜工作的领航员，并说北码头的损坏将在冬季之前修复。渔民们抱怨没有人告诉他们何时可以出海，"
    "他们失去了本季最好的一周。"
)


def verdict(text: str, earlier: str, **how: object) -> Relation:
    return judge(Text.of(text), Text.of(earlier), **how).relation  # type: ignore[arg-type]


COPIES = {
    "the same": OBITUARY,
    "capitals": OBITUARY.upper(),
    "blanks and quotes": OBITUARY.replace(" ", "  ").replace("'", "’"),
    "cut short": OBITUARY[: len(OBITUARY) // 2],
    "lightly edited": EDITED,
    "a paragraph added": f"{OBITUARY}\n\n{prose('added', 60)}",
    "a long paragraph added to a short text": f"{OBITUARY}\n\n{prose('added', 190)}",
    "a paragraph before": f"{prose('added', 60)}\n\n{OBITUARY}",
    "reordered": ". ".join(reversed(OBITUARY.split(". "))),
    "byline and agency": f"By Our Correspondent\n\nPORT AMBER (Agency) -- {OBITUARY}",
}


@pytest.mark.parametrize("edit", COPIES)
def test_an_edited_text_is_a_copy_whichever_came_first(edit: str) -> None:
    assert verdict(COPIES[edit], OBITUARY) is COPY
    assert verdict(OBITUARY, COPIES[edit]) is COPY


def test_one_word_in_twelve_may_be_another() -> None:
    words = prose("text", 240).split()
    words[::12] = [f"other{place}" for place in range(20)]
    assert verdict(" ".join(words), prose("text", 240)) is COPY
    words[::5] = [f"another{place}" for place in range(48)]
    assert verdict(" ".join(words), prose("text", 240)) is not COPY


def test_the_next_issue_of_a_series_is_another_story() -> None:
    assert verdict(NEXT_DAY, MARKET) is SEPARATE


def test_a_figure_changed_in_an_otherwise_equal_text_is_an_update_but_not_a_clock() -> None:
    said = "The ferry had {} people on board when it ran aground, the coast guard said after the rescue. "
    told = said + prose("ferry", 60)
    assert verdict(told.format(140), told.format(112)) is UPDATE
    stamped = f"Updated {{}}\n\n{told.format(112)}\n\n{{}} comments"
    assert verdict(stamped.format("12:03", 4), stamped.format("14:10", 17)) is COPY


def test_one_template_with_other_names_is_another_story() -> None:
    assert verdict(OTHER_OBITUARY, OBITUARY) is SEPARATE
    judged = judge(Text.of(OTHER_OBITUARY), Text.of(OBITUARY))
    assert "4 of 8 names and 0 of 0 numbers were replaced" in judged.why


def test_numbers_written_another_way_are_the_same_numbers() -> None:
    assert verdict(MARKET.replace("5,214", "5214").replace(" percent", "%"), MARKET) is COPY
    written = MARKET.replace("412", "four hundred twelve").replace("5,214", "five thousand").replace("20", "twenty")
    assert verdict(written.replace("3.2", "three").replace("1.4", "one"), MARKET) is COPY


def test_a_text_that_keeps_half_of_another_is_an_update() -> None:
    half = prose("half", 100)
    assert verdict(f"{prose('new', 100)} {half}", f"{prose('old', 100)} {half}") is UPDATE


def test_a_brief_within_a_long_report_is_carried_on_by_it_and_a_copy_of_it_the_other_way_round() -> None:
    report = f"{OBITUARY}\n\n{prose('inquiry', 400)}"
    assert verdict(report, OBITUARY) is UPDATE
    assert verdict(OBITUARY, report) is COPY


def test_what_the_house_prints_everywhere_does_not_count() -> None:
    pitch = prose("subscribe", 80)
    one, other = f"{prose('one', 60)}\n\n{pitch}", f"{prose('other', 60)}\n\n{pitch}"
    standing = Text.of(pitch).fingerprint.tokens
    assert verdict(one, other) is UPDATE

    def phrases(size: int) -> set[tuple[str, ...]]:
        return {standing[start : start + size] for start in range(len(standing))}

    assert verdict(one, other, standing=phrases) is SEPARATE
    assert verdict(f"{prose('one', 60)} more", one, standing=phrases) is COPY
    assert verdict(pitch, other, standing=phrases) is SEPARATE


def test_a_script_without_capitals_is_judged_by_what_it_shares() -> None:
    assert verdict(CHINESE.replace("市长", "港长"), CHINESE) is COPY
    assert verdict(CHINESE[:80], CHINESE) is COPY
    assert (
        verdict(
            CHINESE[:70] + "国家图书馆昨天公布了一批从未展出过的手稿，其中有三百年前的地图和商人的书信。馆长说", CHINESE
        )
        is UPDATE
    )


def test_empty_texts_have_nothing_in_common() -> None:
    assert verdict("", OBITUARY) is SEPARATE
    assert verdict("", "") is SEPARATE
