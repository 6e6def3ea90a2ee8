"""The siren: the house's own trouble is told past the database and the alerts' mail server, and not too often."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from alerts import Direct, Heart
from crawler.tables import SourceRow
from newsdesk import Database, Guard
from tests.world.databases import sqlite_at
from tocsin.alarms.selfwatch import SelfWatch
from tocsin.alarms.siren import Memory, Siren, decide
from tocsin.alarms.troubles import Lately, Measured, Trouble, judge
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.schedule import Schedule

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GUARD = Guard(["127.0.0.0/8"])
DOWN = Trouble("database", "the database is not reachable")
DARK = Trouble("outlet rt", "the outlet rt is dark", is_grave=False)


def keys(**measured: Any) -> list[str]:
    return [trouble.key for trouble in judge(Measured(**measured), NOW)]


class TestJudging:
    def test_a_daemon_that_is_well_has_no_troubles(self) -> None:
        assert keys(waiting_since=NOW - MINUTE, last_attempt=NOW, unswept_since=NOW, room=10**12) == []

    def test_a_queue_that_waits_while_nothing_is_tried_is_stuck(self) -> None:
        old = NOW - 11 * MINUTE
        assert keys(waiting_since=old, last_attempt=old) == ["queue"]
        assert keys(waiting_since=old) == ["queue"]
        assert keys(waiting_since=old, last_attempt=NOW - MINUTE) == []

    def test_lists_that_nobody_visits_are_grave(self) -> None:
        old = NOW - 11 * MINUTE
        assert keys(unvisited_since=old, last_visit=old) == keys(unvisited_since=old) == ["poll"]
        assert keys(unvisited_since=old, last_visit=NOW - MINUTE) == keys(unvisited_since=NOW, last_visit=old) == []

    def test_a_queue_that_moves_too_slowly_is_told_but_not_grave(self) -> None:
        (slow,) = judge(Measured(waiting_since=NOW - 31 * MINUTE, last_attempt=NOW), NOW)
        assert (slow.key, slow.is_grave) == ("slow", False)
        assert "31m" in slow.text

    def test_news_that_no_watch_sees_is_grave(self) -> None:
        (unseen,) = judge(Measured(unswept_since=NOW - 10 * MINUTE), NOW)
        assert (unseen.key, unseen.is_grave) == ("sweep", True)

    def test_a_full_disk_dead_letters_and_blind_outlets_are_told_to_the_operator_alone(self) -> None:
        found = judge(Measured(room=10**6, dead=2, blind={"rt": "dark since 09:40"}), NOW)
        assert [trouble.text for trouble in found] == [
            "the disk of the database has only 1 MB left",
            "2 deliveries failed for good within the hour",
            "the outlet rt is dark since 09:40",
        ]
        assert not any(trouble.is_grave for trouble in found)

    def test_what_failed_more_than_an_hour_ago_is_no_longer_counted(self) -> None:
        lately = Lately()
        assert [lately.grown(0, NOW), lately.grown(2, NOW + MINUTE), lately.grown(2, NOW + HOUR)] == [0, 2, 2]
        assert lately.grown(2, NOW + HOUR + 2 * MINUTE) == 0
        assert lately.grown(3, NOW + HOUR + 3 * MINUTE) == 1


class TestDeciding:
    @pytest.mark.parametrize(
        ("trouble", "passed", "is_told"),
        [(DOWN, 59 * MINUTE, False), (DOWN, HOUR, True), (DARK, 23 * HOUR, False), (DARK, 24 * HOUR, True)],
    )
    def test_the_same_trouble_is_told_again_hourly_and_a_lesser_one_daily(
        self, trouble: Trouble, passed: timedelta, is_told: bool
    ) -> None:
        call = decide([trouble], Memory(told={trouble.key: NOW}), NOW + passed)
        assert bool(call.troubles) is is_told

    def test_a_clock_that_was_set_back_silences_nothing(self) -> None:
        assert decide([DOWN], Memory(told={"database": NOW}), NOW - HOUR).troubles == (DOWN,)

    def test_what_was_told_and_has_been_gone_for_minutes_is_over(self) -> None:
        memory = Memory(told={"database": NOW}, seen={"database": NOW + MINUTE})
        assert decide([], memory, NOW + 5 * MINUTE).over == ()
        assert decide([], memory, NOW + 6 * MINUTE).over == ("database",)
        assert decide([], memory, NOW - HOUR).over == ("database",)

    def test_nothing_is_over_while_the_database_cannot_say_so(self) -> None:
        assert decide([DOWN], Memory(told={"outlet rt": NOW, "database": NOW}), NOW).over == ()
        assert decide([DARK], Memory(told={"outlet rt": NOW, "database": NOW}), NOW + HOUR).over == ("database",)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    with Hook() as hook:
        yield hook


async def sounded(siren: Siren, *troubles: Trouble, at: datetime = NOW) -> int:
    return await siren.sound(troubles, at)


async def test_a_trouble_is_told_once_and_its_end_once(hook: Hook, tmp_path: Path) -> None:
    siren = Siren(Direct([{"webhook": hook.url}], GUARD), tmp_path / "siren.json")
    assert await sounded(siren, DOWN) == 1
    assert await sounded(siren, DOWN, at=NOW + MINUTE) == 0
    await sounded(siren, at=NOW + 2 * MINUTE)
    await sounded(siren, at=NOW + 6 * MINUTE)
    await sounded(siren, at=NOW + 12 * MINUTE)
    await siren.close()
    assert [call.json["type"] for call in hook.calls] == ["house.trouble", "house.recovered"]
    assert hook.calls[0].json["data"]["subject"] == DOWN.text
    assert hook.calls[1].json["data"]["subject"] == f"Over: {DOWN.text}"


async def test_a_trouble_that_comes_and_goes_is_one_trouble(hook: Hook, tmp_path: Path) -> None:
    siren = Siren(Direct([{"webhook": hook.url}], GUARD), tmp_path / "siren.json")
    for minute in range(0, 40, 2):
        await sounded(siren, DOWN, at=NOW + minute * MINUTE)
        await sounded(siren, at=NOW + (minute + 1) * MINUTE)
    await sounded(siren, at=NOW + 44 * MINUTE)
    await siren.close()
    assert [call.json["type"] for call in hook.calls] == ["house.trouble", "house.recovered"]


async def test_a_restart_repeats_nothing(hook: Hook, tmp_path: Path) -> None:
    for minute in range(3):
        siren = Siren(Direct([{"webhook": hook.url}], GUARD), tmp_path / "siren.json")
        await sounded(siren, DOWN, at=NOW + minute * MINUTE)
        await siren.close()
    assert len(hook.calls) == 1


@pytest.mark.parametrize("damage", ["", "[]", '{"database": 1}', "\x00"])
async def test_a_damaged_memory_keeps_nobody_from_being_told(damage: str, hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "siren.json").write_text(damage)
    siren = Siren(Direct([{"webhook": hook.url}], GUARD), tmp_path / "siren.json")
    assert await sounded(siren, DOWN) == 1
    await siren.close()


async def test_where_nothing_can_be_written_the_process_remembers(hook: Hook, tmp_path: Path) -> None:
    siren = Siren(Direct([{"webhook": hook.url}], GUARD), tmp_path / "no such folder" / "siren.json")
    assert [await sounded(siren, DOWN), await sounded(siren, DOWN, at=NOW + MINUTE)] == [1, 0]
    await siren.close()


async def test_what_reached_nobody_is_told_at_the_next_look(hook: Hook) -> None:
    siren = Siren(Direct([{"webhook": hook.url}], GUARD))
    hook.answers = lambda _path, _body: 503
    assert await sounded(siren, DOWN) == 0
    hook.answers = lambda _path, _body: 204
    assert await sounded(siren, DOWN, at=NOW + MINUTE) == 1
    await siren.close()


async def test_a_dead_mail_server_keeps_no_other_from_being_told(hook: Hook) -> None:
    with Mailbox() as mailbox:
        smtp = {"host": "127.0.0.1", "port": mailbox.port}
        entries = [
            {"email": "ops@example.org", "smtp": {"host": "127.0.0.1", "port": 9}},
            {"email": "night@example.org", "smtp": smtp},
            {"webhook": hook.url},
        ]
        siren = Siren(Direct(entries, GUARD))
        assert await sounded(siren, DOWN, DARK) == 2
        await siren.close()
        (mail,) = mailbox.mails
    assert mail.recipient == "night@example.org"
    assert mail.subject == f"[Tocsin] {DOWN.text}, and 1 more"
    assert len(hook.calls) == 1
    assert [one["key"] for one in hook.calls[0].json["data"]["troubles"]] == ["database", "outlet rt"]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"email": "ops@example.org"}, "an alarm must not need the alerts' mail server"),
        ({"email": "ops@example.org", "smtp": {"host": "127.0.0.1", "prot": 25}}, "smtp"),
        ({"webhook": "https://x.example/", "smtp": {}}, "an alarm must not need the alerts' mail server"),
        ({"webhook": "https://x.example/", "when": "daily"}, "when: daily"),
        ({"webhook": "http://10.0.0.1/"}, "webhook: http://10.0.0.1/"),
        ({"pager": "x"}, "no channel is named here"),
    ],
)
def test_a_mistake_in_an_entry_is_told(entry: dict[str, Any], what: str) -> None:
    direct = Direct([entry], Guard())
    assert [problem.what for problem in direct.problems] == [what]
    assert not direct.reaches_someone


def watching(database: Database, hook: Hook, **more: Any) -> SelfWatch:
    schedule = Schedule(lambda *_: None)
    schedule.ticking = lambda within=30.0: True  # type: ignore[method-assign]  # its clock is not started here
    return SelfWatch(database, schedule, Direct([{"webhook": hook.url}], GUARD), **more)


async def test_a_house_that_is_well_tells_nothing_and_beats(database: Database, hook: Hook) -> None:
    watch = watching(database, hook, heart=Heart(f"{hook.origin}/beat", GUARD))
    await watch.sound(NOW)
    assert await watch.look(NOW) == []
    await watch.close()
    assert hook.calls == []


@pytest.mark.parametrize("url", ["sqlite:////proc/no/such/folder/x.db", "postgresql+psycopg://nobody@127.0.0.1:9/x"])
async def test_a_database_that_cannot_be_reached_is_told_without_it(url: str, hook: Hook, tmp_path: Path) -> None:
    database = Database(url)
    watch = watching(database, hook, folder=tmp_path)
    await watch.sound(NOW)
    await watch.sound(NOW + MINUTE)
    await watch.close()
    database.close()
    (call,) = hook.calls
    assert call.json["data"]["subject"] == DOWN.text


@pytest.mark.parametrize(
    ("pragma", "said"),
    [("query_only = on", "attempt to write a readonly database"), ("max_page_count = 1", "database or disk is full")],
)
async def test_a_database_that_takes_no_row_is_told(pragma: str, said: str, hook: Hook, tmp_path: Path) -> None:
    database = Database(sqlite_at(tmp_path / "tocsin.db"))
    watch = watching(database, hook)
    with database.engine.connect() as connection:
        connection.execute(text(f"PRAGMA {pragma}"))
        with pytest.raises(Exception, match=said), watch.writing():
            connection.execute(text("CREATE TABLE more AS SELECT randomblob(1000000) AS bytes"))
        connection.invalidate()
    assert [trouble.text for trouble in await watch.look(NOW)] == [f"the database cannot be written: {said}"]
    with watch.writing():
        pass
    assert await watch.look(NOW) == []
    await watch.close()
    database.close()


async def test_what_waited_while_no_daemon_was_there_is_late_only_once_it_could_have_been_done(
    database: Database, hook: Hook
) -> None:
    with database.begin() as session:
        for state, moment in (("on", NOW - 24 * HOUR), ("resting", NOW - 48 * HOUR)):
            row = {"outlet": state, "kind": "feed", "url": "http://a.example/", "state": state}
            session.add(SourceRow(**row, added_at=moment, next_poll_at=moment, last_attempt=moment))
    watch = watching(database, hook)
    assert await watch.look(NOW) == await watch.look(NOW + 9 * MINUTE) == []
    (trouble,) = await watch.look(NOW + 10 * MINUTE)
    assert (trouble.text, trouble.is_grave) == ("the oldest due list waits for 10m, and none is visited", True)
    await watch.close()


async def test_a_database_that_takes_a_row_only_after_long_is_told_while_it_is_waited_for(
    database: Database, hook: Hook
) -> None:
    seconds = [0.0]
    watch = watching(database, hook, monotonic=lambda: seconds[0])
    with watch.writing():
        seconds[0] = 44.0
        assert await watch.look(NOW) == []
        seconds[0] = 45.0
        (trouble,) = await watch.look(NOW)
    assert (trouble.text, trouble.is_grave) == ("the database cannot be written: no row was taken within 45 s", True)
    assert await watch.look(NOW) == []
    await watch.close()


@pytest.fixture
def beats() -> list[str]:
    return []


async def test_the_heart_beats_with_get_as_long_as_nothing_grave_is_wrong(database: Database, beats: list[str]) -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Pinged(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            beats.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pinged)
    Thread(target=server.serve_forever, daemon=True).start()
    schedule = Schedule(lambda *_: None)
    well = True
    schedule.ticking = lambda within=30.0: well  # type: ignore[method-assign]
    heart = Heart(f"http://127.0.0.1:{server.server_port}/uuid", GUARD)
    watch = SelfWatch(database, schedule, Direct([], GUARD), heart, dead=lambda: 3)
    await watch.beat(NOW)
    well = False
    await watch.beat(NOW + MINUTE)
    well = True
    await watch.beat(NOW + 2 * MINUTE)
    await watch.close()
    server.shutdown()
    server.server_close()
    assert beats == ["/uuid", "/uuid"]


async def test_a_heart_that_nobody_hears_says_why_without_its_address() -> None:
    heart = Heart("http://10.1.1.1/secret-uuid", GUARD)
    said = await heart.beat(NOW)
    assert said.startswith("refused_address")
    assert "secret-uuid" not in said
    await heart.close()


def test_the_memory_on_disk_says_what_was_told(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "siren.json", {"database": NOW}, {"database": DOWN.text})
    memory.keep()
    assert json.loads((tmp_path / "siren.json").read_text()) == {
        "database": {"told": "2026-11-21T14:05:00Z", "text": DOWN.text}
    }
    again = Memory(tmp_path / "siren.json")
    again.load()
    assert (again.told, again.texts) == (memory.told, memory.texts)
