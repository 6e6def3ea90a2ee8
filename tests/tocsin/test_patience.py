"""A database server that is not there yet is waited for; what only a person can mend is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import Direct
from newsdesk import Database, Guard, StorageError
from tocsin.alarms.patience import wait_for_server
from tocsin.alarms.siren import Siren
from tocsin.demo.hook import Hook
from tocsin.settings import Settings
from tocsin.storage import ServerAway, open_database

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(("tries", "told"), [(2, 0), (5, 1)])
async def test_a_server_that_comes_late_is_waited_for_and_the_operator_told_after_a_minute(
    tries: int, told: int, tmp_path: Path
) -> None:
    left, minutes = iter(range(tries)), iter(range(100))

    def connect() -> Database:
        if next(left, None) is not None:
            raise ServerAway("connection refused")
        return Database("sqlite://")

    with Hook() as hook:
        siren = Siren(Direct([{"webhook": hook.url}], Guard(["127.0.0.0/8"])), tmp_path / "siren.json")
        database = await wait_for_server(
            connect, siren, pause=0, clock=lambda: NOW + timedelta(seconds=20 * next(minutes))
        )
    database.close()
    assert next(left, None) is None
    assert [call.json["data"]["subject"] for call in hook.calls] == ["the database is not reachable"] * told


async def test_what_a_person_must_mend_is_not_waited_for() -> None:
    def connect() -> Database:
        raise StorageError("has no tables of Tocsin yet")

    with pytest.raises(StorageError, match="no tables"):
        await wait_for_server(connect, Siren(Direct([], Guard())))


def test_a_server_that_does_not_answer_may_be_there_later_and_one_that_refuses_waits_for_a_person(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServerAway, match="that the server runs"):
        open_database(Settings(database="postgresql+psycopg://tocsin@127.0.0.1:9/tocsin"))
    unknown = postgres_url.replace("postgres:", "nobody:", 1)
    with pytest.raises(StorageError, match="FATAL") as refused:
        open_database(Settings(database=unknown))
    assert type(refused.value) is StorageError
    monkeypatch.setattr("tocsin.storage._PASSING", ("does not exist",))
    with pytest.raises(ServerAway):
        open_database(Settings(database=unknown))
