"""A newspaper that falls silent: the operator hears of it once, and of its return once, though the daemon is killed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.cadence.habit import Habit
from crawler.health.silence import Silences
from crawler.tables import OutletRow, SourceRow, VigilRow
from newsdesk import Database
from tests.journeys.test_daemon import World, body, until
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

MONTH, HOUR = timedelta(days=30), timedelta(hours=1)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Blind(World):
    """The world, and the daemon's own record; time is made to pass in it while the daemon is dead."""

    def start(self) -> None:
        self.run()

    def kill(self) -> None:
        self.processes[-1].kill()
        self.processes[-1].wait()

    def record(self) -> Database:
        return Database(f"sqlite:///{self.folder / 'tocsin.db'}")

    def rewrite(self, change: Callable[[Session], None]) -> None:
        database = self.record()
        with database.begin() as session:
            change(session)
        database.close()

    def health(self) -> str:
        database = self.record()
        try:
            with database.read() as session:
                return session.scalar(select(OutletRow.health)) or ""
        finally:
            database.close()

    def told(self) -> list[str]:
        return [mail.subject for mail in self.mailbox.mails if mail.recipient == "ops@example.org"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Blind]:
    with Newspaper("Times") as paper, Mailbox() as mailbox, Hook(SECRET) as hook:
        world = Blind(tmp_path / "config", paper, mailbox, hook)
        world.lay_out()
        with (world.folder / "tocsin.yaml").open("a") as settings:
            settings.write("operator: {notify: [{email: ops@example.org}]}\n")
        yield world
        world.close()


def a_month_of_news_and_half_a_day_of_silence(session: Session) -> None:
    now = datetime.now(UTC)
    stamps = [now - 12 * HOUR - HOUR * number / 4 for number in range(4 * 24 * 30)]
    silences = Silences()
    for number in range(100):
        silences = silences.learn(0.2 + 1.6 * (number % 10) / 10)
    for source in session.scalars(select(SourceRow)):
        source.habit = Habit.empty().learn(sorted(stamps), now - 12 * HOUR, whole_list=True).dumps()
        source.added_at, source.last_new_at = now - MONTH, now - 12 * HOUR
    for outlet in session.scalars(select(OutletRow)):
        outlet.since, outlet.news_at, outlet.silences = now - MONTH, now - 12 * HOUR, silences.dumps()
    for vigil in session.scalars(select(VigilRow)):
        vigil.began_at = now - MONTH


def six_minutes_pass(session: Session) -> None:
    for outlet in session.scalars(select(OutletRow)):
        assert outlet.noticed_at is not None
        outlet.noticed_at -= timedelta(minutes=6)


def test_a_newspaper_that_stops_is_told_of_once_and_so_is_its_return_whatever_kills_the_daemon(world: Blind) -> None:
    world.start()
    world.first_visit()
    until(lambda: world.health() == "ok", world.log)
    world.kill()
    world.rewrite(a_month_of_news_and_half_a_day_of_silence)

    world.start()
    until(lambda: world.health() == "dark", world.log)
    world.kill()
    assert world.told() == []
    world.rewrite(six_minutes_pass)

    world.start()
    until(world.told, world.log)
    (subject,) = world.told()
    assert subject.startswith("[Tocsin] Times dark since ")
    (mail,) = (mail for mail in world.mailbox.mails if mail.recipient == "ops@example.org")
    assert "Watch harbour is affected." in mail.text
    assert "were to be expected" in mail.text
    world.kill()

    world.start()
    world.paper.prints("Harbour bridge closes", body(100))
    until(lambda: len(world.hook.accepted()) == 1, world.log)
    assert len(world.told()) == 1
    world.kill()

    world.start()
    until(lambda: world.health() == "ok", world.log)
    world.kill()
    assert len(world.told()) == 1
    world.rewrite(six_minutes_pass)

    world.start()
    until(lambda: len(world.told()) == 2, world.log)
    assert world.told()[1] == "[Tocsin] Times is back"
    assert " ok " in world.ask("outlets").stdout
    assert "Traceback" not in world.log()
