"""Reports of one event are found by the rare words and names that they share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsdesk import Article, FiledArticle, Rarity, rare_words, related_to

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

QUAKE = (
    "A strong earthquake shook the island of Kassandra on Friday, and the harbour of Nea Potidea was flooded, mayor "
    "Elena Markou said. Rescue teams from Thessaloniki were on the way."
)
QUAKE_TOO = (
    "Rescue teams left Thessaloniki after an earthquake near Kassandra. Water stood a metre deep in Nea Potidea, where "
    "Mayor Elena Markou asked people to leave the shore."
)
ELECTION = (
    "Voters in Portugal go to the polls on Sunday. The prime minister said on Friday that he would resign if the mayor "
    "of Lisbon won. Teams of observers were on the way."
)
WHEAT = "Wheat prices fell on Friday as rain came to the plains, traders said. The harbour of Odesa was open again."


def filed(number: int, title: str, body: str, *, hours: float = 0, **changes: Any) -> FiledArticle:
    story = changes.pop("story", f"s{number}")
    url = f"https://paper{number}.example.org/"
    article = Article(outlet=f"paper{number}", url=url, canonical_url=url, title=title, body=body, **changes)
    seen = NOON + timedelta(hours=hours)
    return FiledArticle(id=f"a{number}", article=article, first_seen=seen, revision=1, story=story)


ONE = filed(1, "Earthquake floods a harbour", QUAKE)
OTHERS = [
    filed(2, "Island shaken: Markou asks people to leave", QUAKE_TOO, hours=5),
    filed(3, "Portugal votes", ELECTION),
    filed(4, "Wheat falls", WHEAT),
]


def found(one: FiledArticle, others: list[FiledArticle], **how: Any) -> list[str]:
    return [other.filed.id for other in related_to(one, others, Rarity([one, *others]), **how)]


def test_another_report_of_the_event_is_found_and_explained() -> None:
    (report,) = related_to(ONE, OTHERS, Rarity([ONE, *OTHERS]))
    assert report.filed.id == "a2"
    assert 0.3 < report.score < 1
    assert {"Kassandra", "Thessaloniki", "Markou"} <= set(report.words)
    assert not {"on", "the", "said"} & set(report.words)


def test_it_does_not_matter_from_which_side_one_looks() -> None:
    rarity = Rarity([ONE, *OTHERS])
    (here,), (there,) = related_to(ONE, OTHERS, rarity), related_to(OTHERS[0], [ONE], rarity)
    assert here.score == there.score


def test_a_copy_is_not_another_report_and_a_story_is_told_once() -> None:
    assert found(ONE, [*OTHERS, filed(5, "Floods", QUAKE, story="s1")]) == ["a2"]
    again = filed(6, "Island shaken: Markou asks people to leave", QUAKE_TOO, hours=9, story="s2")
    assert found(ONE, [again, *OTHERS]) == ["a2"]


@pytest.mark.parametrize(("hours", "is_found"), [(-72, True), (-73, False), (72, True), (73, False)])
def test_a_report_is_no_more_than_three_days_apart(hours: int, is_found: bool) -> None:
    other = filed(2, "Island shaken", QUAKE_TOO, hours=hours)
    assert found(ONE, [other, *OTHERS[1:]]) == (["a2"] if is_found else [])


def test_of_an_archive_that_was_imported_the_day_of_the_page_counts() -> None:
    old = filed(2, "Island shaken", QUAKE_TOO, published=NOON - timedelta(days=400))
    assert found(ONE, [old, *OTHERS[1:]]) == []


def test_no_more_are_given_than_asked_the_likest_first() -> None:
    near = filed(7, "Earthquake floods a harbour of Kassandra", f"{QUAKE_TOO} Elena Markou spoke on Friday.")
    assert found(ONE, [*OTHERS, near]) == ["a7", "a2"]
    assert found(ONE, [*OTHERS, near], most=1) == ["a7"]


@pytest.mark.parametrize(
    ("title", "body", "other_title", "other_body", "shared"),
    [
        (
            "Лавров и Керри обсудили перемирие",
            "Глава МИД России Сергей Лавров провёл в Женеве переговоры с Джоном Керри о перемирии в Сирии.",
            "Переговоры в Женеве завершились",
            "Сергей Лавров и Джон Керри договорились в Женеве: перемирие в Сирии начнётся в понедельник.",
            "Лавров",
        ),
        (
            "拉夫罗夫与克里在日内瓦讨论停火",
            "俄罗斯外交部长拉夫罗夫周六在日内瓦会见了美国国务卿克里，讨论叙利亚停火问题。",
            "日内瓦会谈结束",
            "拉夫罗夫和克里在日内瓦商定，叙利亚停火将于周一开始，会谈持续了四个小时。",
            "夫罗",
        ),
        (
            "لافروف وكيري يبحثان وقف إطلاق النار في جنيف",
            "التقى وزير الخارجية الروسي سيرغي لافروف نظيره الأمريكي جون كيري في جنيف لبحث الهدنة في سوريا.",
            "انتهاء المحادثات في جنيف",
            "اتفق سيرغي لافروف و جون كيري في جنيف على أن تبدأ الهدنة في سوريا مساء الاثنين.",
            "لافروف",
        ),
    ],
)
def test_every_script_has_its_rare_words(title: str, body: str, other_title: str, other_body: str, shared: str) -> None:
    one, other = filed(1, title, body), filed(2, other_title, other_body)
    (report,) = related_to(one, [other, *OTHERS[1:]], Rarity([one, other, *OTHERS[1:]]))
    assert report.filed == other
    assert shared in report.words


def test_the_rarest_words_are_what_to_look_for() -> None:
    rarity = Rarity([ONE, *OTHERS, *(filed(number, "Harbour news", "The harbour said so.") for number in range(9, 30))])
    words = rare_words(ONE, rarity, most=8)
    assert {"kassandra", "markou", "thessaloniki"} <= set(words)
    assert "harbour" not in words
    assert len(words) == 8
    assert all(len(word.split()) == 2 for word in rare_words(filed(1, "日内瓦会谈结束", ""), rarity))


def test_of_nothing_nothing_is_said() -> None:
    assert found(filed(1, "", ""), OTHERS) == []
    assert found(ONE, [filed(2, "", "")]) == []
