"""The archive is searched: newest first, with the words that matched in context, each story once, other reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from newsdesk import Database
from tocsin.cli import run

ENGLISH = (
    "The talks in Geneva lasted four hours, officials said. Both sides agreed that the ceasefire should begin on "
    "Monday evening, at sunset.\n\nA spokeswoman said the Quartet would meet again next week in New York. Hamas "
    "rejected the "
    "plan, calling it a surrender. Aid convoys were waiting at the border crossing of Rafah, where thousands of people "
    "have gathered since Tuesday, as Sergei Lavrov and John Kerry said after the meeting."
)
RUSSIAN = (
    "Переговоры в Женеве продолжались четыре часа. Стороны договорились, что перемирие начнётся в понедельник вечером."
    "\n\nОфициальный представитель МИД сообщил, что «квартет» встретится на следующей неделе в Нью-Йорке. ХАМАС отверг "
    "план. Колонны с гуманитарной помощью ждут на пограничном переходе Рафах, где с вторника собрались тысячи людей."
)
CHINESE = (
    "会谈持续了四个小时。双方同意停火应于周一傍晚开始。俄罗斯外交部发言人表示，中东问题四方将于下周在纽约再次举行会议。"
    "哈马斯拒绝了该计划，称其为投降。自周二以来，数千人聚集在拉法口岸，救援车队正在那里等待。联合国呼吁各方遵守国际人道主义法，保护平民。"
)
ARABIC = (
    "استمرت المحادثات أربع ساعات. واتفق الجانبان على أن يبدأ وقف إطلاق النار مساء الاثنين.\n\nوقالت المتحدثة إن اللجنة "
    "الرباعية ستجتمع مجدداً الأسبوع المقبل في نيويورك. ورفضت حماس الخطة واصفة إياها بالاستسلام. وتنتظر قوافل المساعدات "
    "عند معبر رفح حيث تجمع الآلاف منذ يوم الثلاثاء."
)
REJECTED = (
    "Hamas on Monday rejected a ceasefire plan drawn up by Sergei Lavrov and John Kerry in Geneva. The plan would have "
    "opened the Rafah crossing to aid convoys."
)
WHEAT = "Wheat prices fell for a third week as the harvest in Ukraine exceeded expectations, traders in Chicago said."


def article(outlet: str, hour: int, title: str, body: str, day: int = 3) -> dict[str, Any]:
    return {
        "outlet": outlet,
        "url": f"https://{outlet}.example.org/{day}",
        "title": title,
        "body": body,
        "authors": ["Ada Lovelace"],
        "first_seen": f"2026-10-{day:02}T{hour:02}:00:00Z",
    }


@pytest.fixture
def archive(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database of either kind with one event in four languages, two copies, a later report, and other news."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("TOCSIN_CONFIG", str(home))
    url = database.url.render_as_string(hide_password=False)
    (home / "tocsin.yaml").write_text(f"database: {json.dumps(url)}\n")
    documents = [
        article("wire", 8, "Lavrov meets Kerry", ENGLISH),
        article("gazette", 9, "Ceasefire talks in Geneva", ENGLISH),
        article("ria", 10, "Лавров и Керри обсудили перемирие", RUSSIAN),
        article("herald", 11, "Geneva meeting ends", ENGLISH),
        article("xinhua", 12, "日内瓦会谈结束", CHINESE),
        article("jazeera", 13, "انتهاء المحادثات في جنيف", ARABIC),
        article("courier", 7, "Hamas says no", REJECTED, day=5),
        article("times", 7, "Wheat prices fall again", WHEAT, day=6),
    ]
    Path("news.jsonl").write_text("".join(json.dumps(one) + "\n" for one in documents))
    assert run(["import", "news.jsonl"]) == 0
    capsys.readouterr()


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Give each article as it is shown."""
    assert run(["articles", *arguments]) == 0
    return capsys.readouterr().out.rstrip("\n").split("\n\n")


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run(["articles", *arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("archive")
def test_a_story_is_shown_once_with_who_else_carries_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "Quartet") == [
        "2026-10-03 11:00  herald  https://herald.example.org/3\n"
        "  Geneva meeting ends\n"
        "  …begin on Monday evening, at sunset. A spokeswoman said the **Quartet** would meet again next week in New "
        "York. Hamas rejected the plan, calling it a surrender. Aid convoys were waiting at…\n"
        "  matched: Quartet\n"
        "  also in 2: wire, gazette\n"
        "  first in wire, 2026-10-03 08:00"
    ]


@pytest.mark.usefixtures("archive")
def test_copies_are_shown_one_by_one_where_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "Quartet", "--copies")
    assert [one.split()[2] for one in found] == ["herald", "gazette", "wire"]
    assert not any("also in" in one for one in found)
    assert len(shown(capsys, "Quartet", "--copies", "--limit", "2")) == 2
    assert [one.split()[2] for one in shown(capsys, "Quartet", "--outlet", "wire")] == ["wire"]


@pytest.mark.usefixtures("archive")
def test_a_story_counts_once_against_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "talks OR переговоры OR 会谈", "--limit", "3")
    assert [one.split()[2] for one in found] == ["xinhua", "herald", "ria"]


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("query", "snippet"),
    [
        ("хамас", "«квартет» встретится на следующей неделе в Нью-Йорке. **ХАМАС** отверг план. Колонны с"),
        ("哈马斯", "中东问题四方将于下周在纽约再次举行会议。**哈马斯**拒绝了该计划，称其为投降。"),
        ("حماس", "الأسبوع المقبل في نيويورك. ورفضت **حماس** الخطة واصفة إياها بالاستسلام."),
        (
            "rafah waiting",
            "Aid convoys were **waiting** at the border crossing of **Rafah**, where thousands of people",
        ),
        ("title:wheat author:ada", "author: **Ada** Lovelace\n  matched: title:wheat; author:ada"),
    ],
)
def test_the_words_that_matched_are_marked_in_context(
    query: str, snippet: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (found, *_) = shown(capsys, query)
    assert snippet in found


@pytest.mark.usefixtures("archive")
def test_each_clause_has_its_place_in_a_snippet(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = shown(capsys, "hours AND Tuesday")
    assert found.splitlines()[2] == (
        "  The talks in Geneva lasted four **hours**, officials said. Both sides agreed that the ceasefire … of people "
        "have gathered since **Tuesday**, as Sergei Lavrov and John Kerry said after the meeting."
    )


@pytest.mark.usefixtures("archive")
def test_without_a_query_titles_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys)
    assert [one.splitlines()[1].strip() for one in found] == [
        "Wheat prices fall again",
        "Hamas says no",
        "انتهاء المحادثات في جنيف",
        "日内瓦会谈结束",
        "Geneva meeting ends",
        "Лавров и Керри обсудили перемирие",
    ]


@pytest.mark.usefixtures("archive")
def test_nothing_found_is_said_aside(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "airship"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "no article found\n")
    assert lines(capsys, "airship") == []


@pytest.mark.usefixtures("archive")
def test_json_is_an_article_a_line_with_its_matches_and_an_excerpt(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "Quartet")
    assert [one["outlet"] for one in found] == ["herald", "gazette", "wire"]
    newest = found[0]
    (match,) = newest["matches"]
    assert [match[key] for key in ("field", "text", "term")] == ["body", "Quartet", "Quartet"]
    assert newest["body"][match["start"] : match["end"]] == "Quartet"
    assert newest["excerpt"].strip("…") in newest["body"].replace("\n\n", " ")
    assert "said the Quartet would meet" in newest["excerpt"]
    assert "also_in" not in newest
    assert (lines(capsys)[0]["matches"], lines(capsys)[0]["excerpt"]) == ([], WHEAT)


@pytest.mark.usefixtures("archive")
def test_json_gives_stories_where_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    (story,) = lines(capsys, "Quartet", "--no-copies")
    assert story["also_in"] == [
        {"outlet": "wire", "url": "https://wire.example.org/3", "title": "Lavrov meets Kerry"},
        {"outlet": "gazette", "url": "https://gazette.example.org/3", "title": "Ceasefire talks in Geneva"},
    ]


@pytest.mark.usefixtures("archive")
def test_other_reports_of_the_event_are_found_by_the_words_they_share(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = shown(capsys, "--related", "https://wire.example.org/3")
    head, title, why = found.splitlines()
    assert head == "2026-10-05 07:00  courier  https://courier.example.org/5"
    assert title == "  Hamas says no"
    assert why.startswith("  related 0.")
    assert {"Lavrov", "Kerry"} <= set(why.split(": ")[1].split(", "))
    (by_id,) = lines(capsys, "--related", lines(capsys, "rejected", "--outlet", "courier")[0]["id"])
    assert (by_id["story"], by_id["words"] != []) == (lines(capsys, "Quartet")[0]["story"], True)
    assert 0.2 <= by_id["score"] < 1


@pytest.mark.usefixtures("archive")
def test_an_article_without_another_report_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "--related", "https://times.example.org/6"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "no other report of the event found\n")


@pytest.mark.usefixtures("archive")
def test_related_asks_for_an_article_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "--related", "https://nobody.example.org/"]) == 1
    assert "is not in the archive" in capsys.readouterr().err
    assert run(["articles", "storm", "--related", "https://wire.example.org/3"]) == 2
    assert run(["articles", "--related", "https://wire.example.org/3", "--outlet", "wire"]) == 2
