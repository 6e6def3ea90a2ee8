"""The key that closes secrets: made once beside the database, or given by the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from alerts.readers.readers import admit
from alerts.readers.requests import Wish
from alerts.tables import SubscriptionRow
from newsdesk import Database, NoKey, is_sealed
from tocsin import keyfile
from tocsin.keyfile import close_secrets, seal_of
from tocsin.settings import load_settings
from tocsin.storage import open_database

OLD, NEW = "an-old-key-of-thirty-two-letters-or-more", "a-new-key-of-thirty-two-letters-or-more"
NOW = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)


@contextmanager
def opened(folder: Path, **env: str) -> Iterator[Database]:
    database = open_database(load_settings(folder, env, {}))
    try:
        yield database
    finally:
        database.close()


def subscribes(database: Database) -> str:
    with database.begin() as session:
        _, secret = admit(session, Wish("wheat", "webhook", "https://hooks.example.org/", {}), "reader", NOW)
    assert secret is not None
    return secret


def known(database: Database) -> str | None:
    with database.read() as session:
        return session.scalars(select(SubscriptionRow.secret)).one()


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("tocsin.db*"))


async def test_a_key_is_made_beside_the_database_and_no_secret_stands_open_on_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        assert not (tmp_path / "secrets.key").exists()
        secret = subscribes(database)
        assert known(database) == secret
    assert b"whsec_" not in on_disk(tmp_path)
    assert b"sealed:" in on_disk(tmp_path)
    key = tmp_path / "secrets.key"
    assert key.stat().st_mode & 0o777 == 0o600
    with opened(tmp_path, TOCSIN_SECRETS_KEY_FILE=str(key)) as database:
        assert known(database) == secret


async def test_a_key_is_replaced_by_putting_the_new_one_first(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{OLD}\n")
    (tmp_path / "tocsin.yaml").write_text("secrets_key: file:key\n")
    with opened(tmp_path) as database:
        secret = subscribes(database)
    (tmp_path / "key").write_text(f"{NEW}\n{OLD}\n")
    with opened(tmp_path) as database:
        await close_secrets(database)
    (tmp_path / "key").write_text(NEW)
    with opened(tmp_path) as database:
        assert known(database) == secret
    assert not (tmp_path / "secrets.key").exists()


async def test_secrets_that_stood_open_are_closed_when_the_daemon_starts(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        database.engine.dialect.__dict__.pop("tocsin_seal")
        secret = subscribes(database)
    assert secret.encode() in on_disk(tmp_path)
    with opened(tmp_path) as database:
        await close_secrets(database)
        assert known(database) == secret
        with database.engine.connect() as connection:
            (kept,) = connection.exec_driver_sql("SELECT secret FROM subscriptions").one()
    assert kept.startswith("sealed:")


def test_of_two_processes_that_make_a_key_at_once_both_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(tmp_path, {}, {})
    first, second = seal_of(settings), seal_of(settings)
    with monkeypatch.context() as patched:
        patched.setattr(keyfile, "_keys_in", lambda _path: [])  # neither has seen what the other makes
        assert is_sealed(first.close("whsec_abc")) and is_sealed(second.close("whsec_abc"))
    assert second.is_newest(first.close("whsec_abc"))
    assert first.open(second.close("whsec_abc")) == "whsec_abc"


async def test_where_no_key_can_be_made_secrets_stay_open_and_none_is_added(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as database:
        database.engine.dialect.__dict__.pop("tocsin_seal")
        secret = subscribes(database)
    key = tmp_path / "secrets.key"
    for hinder, said in ((lambda: key.symlink_to(tmp_path / "missing" / "key"), "written"), (key.mkdir, "read")):
        key.unlink(missing_ok=True)
        hinder()
        with opened(tmp_path) as database:
            await close_secrets(database)
            assert known(database) == secret
            with pytest.raises(NoKey, match=f"cannot be {said}"):
                subscribes(database)


async def test_secrets_that_no_key_opens_are_counted_when_the_daemon_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, int]] = []
    monkeypatch.setattr(keyfile.log, "error", lambda event, count, **_more: said.append((event, count)))
    with opened(tmp_path, TOCSIN_SECRETS_KEY=OLD) as database:
        subscribes(database)
    with opened(tmp_path, TOCSIN_SECRETS_KEY=NEW) as database:
        await close_secrets(database)
        assert is_sealed(known(database) or "")
    assert said == [("secrets that no key opens", 1)]


@pytest.mark.parametrize("key", ["too-short", "with spaces in it, and long enough as a whole"])
def test_a_key_that_could_be_guessed_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    from newsdesk import ConfigError

    with pytest.raises(ConfigError, match="32 characters or more") as refused:
        load_settings(tmp_path, {"TOCSIN_SECRETS_KEY": key}, {})
    assert key not in str(refused.value)
