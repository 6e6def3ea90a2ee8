"""Edits: which watched words an edit made appear or disappear, and who is told of it."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from alerts import Watch, load_watches, parse
from alerts.matcher import Match, ready
from alerts.messages.edits import Edit, condensed, judge
from alerts.messages.payload import LIMIT
from alerts.query import OPERATORS
from alerts.tables import DeliveryRow, MatchRow
from newsdesk import Change
from tests.alerts.test_told_once import BODY
from tests.world.newsroom import Newsroom
from tests.world.telling import filed

BEFORE = "Minister Lavrov met the Quartet in Geneva.\n\nTalks go on tomorrow, an aide said, and may last for a week."


def judged(query: str, before: str, after: str, **titles: str) -> Edit | None:
    """Judge an edit for a watch."""
    old = filed(titles.get("old", "Talks"), before)
    new = filed(titles.get("new", "Talks"), after, revision=2)
    watch = Watch("a", "A", parse(query), revisions=True)
    doc = ready(new, {})
    return judge(Match(watch, doc), old, new, {}, fits=watch.query.matches(doc))


def shifts(edit: Edit | None) -> list[tuple[str, int, int]]:
    assert edit is not None
    return [(shift.term, shift.before, shift.after) for shift in edit.shifts]


@pytest.mark.parametrize(
    ("query", "after", "expected", "fits"),
    [
        ("Lavrov OR Hamas", BEFORE.replace("Lavrov", "Smith"), [("Lavrov", 1, 0)], False),
        ("Lavrov OR Quartet", BEFORE.replace("Lavrov", "Smith"), [("Lavrov", 1, 0)], True),
        ("Lavrov AND Quartet", BEFORE.replace("the Quartet", "them"), [("Quartet", 1, 0)], False),
        ("Lavrov", BEFORE + "\n\nLavrov left.", None, True),
        ("Lavrov OR Hamas", BEFORE + "\n\nHamas, Hamas.", [("Hamas", 0, 2)], True),
        ("(Lavrov AND Quartet) OR (Geneva AND aide)", BEFORE.replace("an aide", "he"), [("aide", 1, 0)], True),
        ("(Lavrov AND Quartet) OR nothing", BEFORE.replace("the Quartet", "them"), [("Quartet", 1, 0)], False),
        ("Lavrov NOT Hamas", BEFORE + "\n\nHamas left.", [], False),
        ('"met the Quartet"', BEFORE.replace("met the", "saw the"), [('"met the Quartet"', 1, 0)], False),
        ("talk*", BEFORE.replace("Talks go", "Talking goes"), None, True),
        ("Lavrov", BEFORE.replace("Lavrov", "LAVROV"), None, True),
        ("Smith", BEFORE.replace("Lavrov", "Smith"), [("Smith", 0, 1)], True),
    ],
)
def test_an_edit_is_one_where_a_watched_word_comes_or_goes(
    query: str, after: str, expected: list[tuple[str, int, int]] | None, fits: bool
) -> None:
    edit = judged(query, BEFORE, after)
    if expected is None:
        assert edit is None
    else:
        assert (shifts(edit), edit and edit.fits) == (expected, fits)


def test_a_word_asked_for_in_the_headline_is_missed_there_alone() -> None:
    edit = judged("title:Lavrov", BEFORE, BEFORE, old="Lavrov talks", new="Talks")
    assert shifts(edit) == [("title:Lavrov", 1, 0)]
    assert edit and edit.changes == (Change("title", "Lavrov talks", "Talks"),)
    assert edit.gone[0].text == "Lavrov"


def test_a_word_that_moved_to_the_headline_is_still_there() -> None:
    after = BEFORE.replace("Lavrov", "He").replace("the Quartet", "them")
    edit = judged("(Lavrov AND Quartet) OR Geneva", BEFORE, after, new="Lavrov talks")
    assert shifts(edit) == [("Quartet", 1, 0)]


@pytest.mark.parametrize("operator", sorted({one.example for one in OPERATORS.values()}))
def test_every_operator_can_be_judged_on_both_sides(operator: str) -> None:
    assert judged(f"({operator}) AND zebra", BEFORE, "") is None
    assert judged(f"({operator}) OR Lavrov", BEFORE, "") is not None
    assert judged(f"({operator}) OR Lavrov", "", BEFORE) is not None


def test_the_passages_with_the_words_are_shown_before_others() -> None:
    paragraphs = [f"Paragraph number{n} of a report about trade and fish." for n in range(30)]
    after = [one.replace("trade", "coal") for one in paragraphs]
    edit = judged("number25x OR Lavrov", "\n\n".join([*paragraphs, "Lavrov came."]), "\n\n".join([*after, "He came."]))
    assert edit is not None
    assert len(edit.changes) == 8
    assert edit.changes[-1] == Change("body", "Lavrov came.", "He came.")


def test_a_long_passage_is_shown_around_its_change() -> None:
    words = " ".join(f"word{n}" for n in range(400))
    change = condensed(Change("body", f"{words} Lavrov {words}", f"{words} Smith {words}"))
    assert len(change.before_text) < 400
    assert "word399 Lavrov word0" in change.before_text
    assert "word399 Smith word0" in change.after_text
    assert change.before_text.startswith("… ")
    unspaced = condensed(Change("body", "四方" * 300 + "会" + "谈判" * 300, "四方" * 300 + "散" + "谈判" * 300))
    assert "四方会谈判" in unspaced.before_text


def payloads(room: Newsroom) -> list[dict[str, Any]]:
    with room.database.read() as session:
        query = select(DeliveryRow.payload).order_by(DeliveryRow.created_at, DeliveryRow.id)
        return [json.loads(row)["data"] for row in session.scalars(query)]


async def edits(room: Newsroom, *bodies: str, title: str = "Talks", **more: Any) -> None:
    """Print one article again and again, sweeping and sending each time."""
    for body in bodies:
        room.waits(minutes=5)
        room.prints(title, body, path="1", **more)
        await room.works()


WITHOUT = BEFORE.replace("Lavrov met the Quartet", "Smith met diplomats")


async def test_a_word_that_goes_and_comes_back_is_told_each_time_in_one_thread(room: Newsroom) -> None:
    room.watch("Lavrov AND Quartet", room.mail(), room.call(), revisions=True)
    await edits(room, BEFORE, WITHOUT, WITHOUT.replace("a week", "a month"), BEFORE)
    mails = room.mailbox.mails
    assert [mail.subject for mail in mails] == ["[Quartet] Talks", "[Quartet] Edited: Talks", "[Quartet] Edited: Talks"]
    assert {mail.message["References"] for mail in mails[1:]} == {mails[0].message["Message-ID"]}
    text = mails[1].text.replace("\r\n", "\n")
    assert "No longer found: Lavrov (was there once), Quartet (was there once)" in text
    assert "The article no longer matches the watch." in text
    assert "- Minister *Lavrov* met the *Quartet* in Geneva.\n+ Minister Smith met diplomats in Geneva." in text
    assert "Now found: Lavrov (once), Quartet (once)" in mails[2].text
    sent = payloads(room)
    assert [one["reason"] for one in sent] == ["new", "new", "revised", "revised", "revised", "revised"]
    edit = sent[2]["edit"]
    assert (edit["earlier_revision"], edit["matched_before"], edit["matches_now"]) == (1, True, False)
    assert edit["disappeared"][0] == {"term": "Lavrov", "before": 1, "after": 0}
    assert edit["changes"][0]["before"].startswith("Minister Lavrov")
    assert edit["matches_before"][0] == {"field": "body", "start": 9, "end": 15, "text": "Lavrov", "term": "Lavrov"}
    with room.database.read() as session:
        rows = session.execute(select(MatchRow.revision, MatchRow.outcome).order_by(MatchRow.revision))
        assert [tuple(row) for row in rows] == [(1, "alerted"), (2, "gone"), (4, "alerted")]


async def test_without_the_key_edits_are_silent(room: Newsroom) -> None:
    room.watch("Lavrov AND Quartet", room.mail())
    await edits(room, BEFORE, WITHOUT, BEFORE)
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Talks"]


async def test_a_revision_that_first_matches_is_told_once_and_says_what_appeared(room: Newsroom) -> None:
    room.watch("axle", room.mail(), revisions=True)
    await edits(room, BODY.replace("axle", "wheel"), BODY)
    (mail,) = room.mailbox.mails
    assert mail.subject == "[Quartet] Edited: Talks"
    assert "Now found: axle (once)" in mail.text
    room.prints("A copy", BODY, outlet="bbc")
    await room.works()
    assert len(room.deliveries()) == 1


async def test_an_edit_that_touches_no_watched_word_is_silent(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), revisions=True)
    await edits(room, BEFORE, BEFORE.replace("a week", "two weeks"))
    assert len(room.deliveries()) == 1


async def test_an_edit_waits_for_the_digest_with_the_story_it_changed(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"), revisions=True)
    await edits(room, BEFORE, WITHOUT)
    room.waits(hours=1)
    await room.send()
    (mail,) = room.mailbox.mails
    text = mail.text.replace("\r\n", "\n")
    assert mail.subject == "[Quartet] 2 stories"
    assert "No longer found: Lavrov (was there once)" in text
    assert ">Edited</div>" in mail.html


async def test_a_huge_edit_stays_small_on_the_wire(room: Newsroom) -> None:
    room.watch(" OR ".join(f"word{n}" for n in range(150)), room.call(), revisions=True)
    long = "\n\n".join(" ".join(f"word{n} {'ж' * 40}{n}" for n in range(150)) + f" end{k}." for k in range(20))
    await edits(room, long, "\n\n".join(f"Nothing of it is left, say {k} lines of a text." for k in range(20)))
    with room.database.read() as session:
        sizes = [len(row.encode()) for row in session.scalars(select(DeliveryRow.payload))]
    assert len(sizes) == 2
    assert max(sizes) < LIMIT


async def test_a_watch_that_breaks_on_the_earlier_text_takes_no_other_along(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alerts.messages import edits as room_of_edits

    room.watch("Lavrov", room.mail(), slug="broken", revisions=True)
    room.watch("Smith", room.mail(), slug="sound", revisions=True)
    await edits(room, BEFORE)
    judge = room_of_edits.judge

    def breaks(match: Match, *rest: Any, **more: Any) -> Edit | None:
        if match.watch.slug == "broken":
            raise RuntimeError("a mistake of ours")
        return judge(match, *rest, **more)

    monkeypatch.setattr(room_of_edits, "judge", breaks)
    await edits(room, WITHOUT)
    assert [one.watch for one in room.deliveries()] == ["broken", "sound"]
    monkeypatch.undo()
    room.waits(minutes=16)
    await room.works()
    assert [one.watch for one in room.deliveries()] == ["broken", "sound", "broken"]


def test_the_key_stands_in_the_file_and_belongs_to_watches_that_tell_each_story(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text("query: Lavrov\nrevisions: true\n")
    (tmp_path / "b.yaml").write_text("query: Lavrov\n")
    (tmp_path / "c.yaml").write_text("query: Lavrov\nrevisions: true\nalert: first\n")
    watches, (problem,) = load_watches(tmp_path)
    assert [watch.revisions for watch in watches] == [True, False]
    assert (problem.line, problem.column) == (3, 8)
    assert "leave one of the two out" in problem.remedy


@pytest.mark.parametrize("revisions", [False, True])
async def test_an_edit_makes_no_news_of_what_matched_before_there_was_the_watch(
    room: Newsroom, revisions: bool
) -> None:
    await edits(room, BEFORE)
    room.watch("Lavrov", room.mail(), revisions=revisions)
    room.watch("Hamas", room.mail(), slug="hamas", revisions=revisions)
    await edits(room, BEFORE + "\n\nAn aide told more of it.", BEFORE + "\n\nHamas told more of it.")
    assert [one.watch for one in room.deliveries()] == ["hamas"]
