"""The database commits many changes together and takes none along with a bad one."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from newsdesk import Base, Database, StorageError

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


class Own(DeclarativeBase):
    """Kept apart from the product's own tables."""

    type_annotation_map = Base.type_annotation_map


class Note(Own):
    """A table of this test alone."""

    __tablename__ = "test_notes"

    text: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[datetime | None]


@pytest.fixture(autouse=True)
def _notes(database: Database) -> None:
    Own.metadata.create_all(database.engine)


def note(word: str, written: datetime | None = None) -> object:
    return lambda session: session.add(Note(text=word, written=written))


def notes(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Note.text).order_by(Note.text)))


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.begin() as session:
        session.add(Note(text="kept"))
    with pytest.raises(RuntimeError), database.begin() as session:
        session.add(Note(text="lost"))
        session.flush()
        raise RuntimeError
    assert notes(database) == ["kept"]


@pytest.mark.parametrize(
    "moment",
    [NOON, NOON.replace(microsecond=1), NOON.astimezone(timezone(timedelta(hours=-7))), datetime(33, 4, 3, tzinfo=UTC)],
)
def test_an_instant_comes_back_in_utc(database: Database, moment: datetime) -> None:
    with database.begin() as session:
        session.add(Note(text="n", written=moment))
    with database.read() as session:
        written = session.scalars(select(Note.written)).one()
    assert written == moment
    assert written is not None
    assert written.utcoffset() == timedelta(0)


def test_no_instant_comes_back_as_none(database: Database) -> None:
    with database.begin() as session:
        session.add(Note(text="n"))
    with database.read() as session:
        assert session.scalars(select(Note.written)).one() is None


def test_an_instant_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), database.begin() as session:
        session.add(Note(text="n", written=datetime(2026, 1, 1)))


def test_instants_are_compared_as_instants(database: Database) -> None:
    moments = [NOON + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    with database.begin() as session:
        session.add_all(Note(text=str(place), written=moment) for place, moment in enumerate(moments))
    with database.read() as session:
        later = session.scalars(select(Note.text).where(Note.written > moments[1]).order_by(Note.written))
        assert list(later) == ["2", "3"]


async def test_a_change_is_on_record_when_it_is_reported(database: Database) -> None:
    assert await database.transact(lambda session: session.add(Note(text="a")) or "done") == "done"
    assert notes(database) == ["a"]


@pytest.mark.parametrize(("moment", "transactions"), [(20.0, 1), (0.0, 20)])
async def test_changes_that_wait_are_committed_together_as_many_as_a_moment_holds(
    database: Database, monkeypatch: pytest.MonkeyPatch, moment: float, transactions: int
) -> None:
    monkeypatch.setattr("newsdesk.database._MOMENT", moment)
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    begun, held = threading.Event(), threading.Event()
    first = asyncio.ensure_future(database.transact(lambda _: begun.set() or held.wait(20)))  # type: ignore[func-returns-value]
    await asyncio.to_thread(begun.wait, 20)
    rest = [asyncio.ensure_future(database.transact(note(f"{n:03}"))) for n in range(20)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, *rest)
    assert len(commits) == transactions
    assert len(notes(database)) == 20


async def test_what_goes_ahead_is_made_before_what_waited_longer(database: Database) -> None:
    made: list[str] = []
    begun, held = threading.Event(), threading.Event()
    first = asyncio.ensure_future(database.transact(lambda _: begun.set() or held.wait(20)))  # type: ignore[func-returns-value]
    await asyncio.to_thread(begun.wait, 20)
    slow = [asyncio.ensure_future(database.transact(lambda _: made.append("behind"))) for _ in range(2)]
    await asyncio.sleep(0)
    ahead = asyncio.ensure_future(database.transact(lambda _: made.append("ahead"), ahead=True))
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, *slow, ahead)
    assert made == ["ahead", "behind", "behind"]


async def test_a_change_that_fails_takes_no_other_along(database: Database) -> None:
    def twice(session: Session) -> None:
        session.execute(text("INSERT INTO test_notes (text) VALUES ('same'), ('same')"))

    def broken(session: Session) -> None:
        session.add(Note(text="half"))
        session.flush()
        raise RuntimeError("of its own making")

    changes = [note("a"), twice, note("b"), broken, note("c")]
    outcomes = await asyncio.gather(*map(database.transact, changes), return_exceptions=True)  # type: ignore[arg-type]
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        IntegrityError,
        type(None),
        RuntimeError,
        type(None),
    ]
    assert notes(database) == ["a", "b", "c"]


async def test_a_mistake_in_a_statement_fails_alone_and_at_once(database: Database) -> None:
    tries: list[int] = []

    def mistaken(session: Session) -> None:
        tries.append(1)
        session.execute(text("SELECT nothing FROM nowhere"))

    outcomes = await asyncio.gather(
        *map(database.transact, [mistaken, note("a")]),  # type: ignore[list-item]
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], Exception)
    assert outcomes[1] is None
    assert (len(tries), notes(database)) == (1, ["a"])


async def test_a_change_that_is_no_longer_wanted_is_not_made(database: Database) -> None:
    begun, held = threading.Event(), threading.Event()
    first = asyncio.ensure_future(database.transact(lambda _: begun.set() or held.wait(20)))  # type: ignore[func-returns-value]
    # Else both may be taken up together, and what has begun is made.
    await asyncio.to_thread(begun.wait, 20)
    unwanted = asyncio.ensure_future(database.transact(note("unwanted")))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    unwanted.cancel()
    await asyncio.sleep(0)
    held.set()
    await first
    await database.transact(note("wanted"))  # type: ignore[arg-type]
    assert notes(database) == ["wanted"]


async def test_closing_finishes_what_waits_and_takes_nothing_more(database: Database) -> None:
    held = threading.Event()
    pending = [asyncio.ensure_future(database.transact(lambda _: held.wait(20)))]
    pending += [asyncio.ensure_future(database.transact(note(str(n)))) for n in range(3)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    closing = asyncio.get_running_loop().run_in_executor(None, database.close)
    while not database._writer._closed:  # noqa: ASYNC110  (there is no event to wait for)
        await asyncio.sleep(0)
    held.set()
    await asyncio.gather(closing, *pending)
    assert notes(database) == ["0", "1", "2"]
    with pytest.raises(StorageError, match="closed"):
        await database.transact(note("late"))  # type: ignore[arg-type]


def test_a_database_that_was_never_used_closes() -> None:
    Database("sqlite:///never-made.db").close()
    assert not Path("never-made.db").exists()


@on_postgres
async def test_a_dropped_connection_is_tried_again(database: Database) -> None:
    cut: list[int] = []

    def change(session: Session) -> None:
        session.add(Note(text="after all"))
        session.flush()
        if not cut:
            cut.append(1)
            with database.begin() as other:
                pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        session.execute(text("SELECT 1"))

    await database.transact(change)
    assert notes(database) == ["after all"]


@on_sqlite
async def test_a_database_that_stays_unusable_is_reported_to_all_who_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsdesk.database._TRIES", 2)

    def refused(session: Session) -> None:
        session.execute(text("PRAGMA query_only=ON"))
        session.execute(text("INSERT INTO test_notes (text) VALUES ('x')"))

    with pytest.raises(OperationalError, match="readonly"):
        await database.transact(refused)


@on_sqlite
async def test_a_transaction_that_the_database_took_back_is_begun_again(database: Database) -> None:
    tries: list[int] = []

    def full(session: Session) -> None:
        tries.append(1)
        if len(tries) == 1:
            # As when the disk is full: SQLite takes everything back and no savepoint is left.
            session.execute(text("ROLLBACK"))
            session.execute(text("RELEASE SAVEPOINT before"))
        session.add(Note(text="written"))

    await database.transact(full)
    assert (len(tries), notes(database)) == (2, ["written"])


@on_sqlite
def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_it(database: Database) -> None:
    with database.begin() as session:
        session.add(Note(text="unfinished"))
        session.flush()
        assert notes(database) == []


@on_sqlite
def test_the_embedded_database_is_set_for_one_writer_and_many_readers(database: Database) -> None:
    with database.read() as session:
        settings = [
            session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 1, 1, 30_000]


@on_sqlite
@pytest.mark.parametrize(("address", "seconds"), [("", 10), ("?connect_timeout=3", "3")])
def test_a_server_that_takes_no_connection_is_given_up_after_ten_seconds_or_as_its_address_says(
    address: str, seconds: object
) -> None:
    asked: list[object] = []

    def connect(_dialect: object, _record: object, _words: object, given: dict[str, object]) -> None:
        asked.append(given["connect_timeout"])
        raise ConnectionRefusedError

    away = Database(f"postgresql+psycopg://tocsin@127.0.0.1:9/tocsin{address}")
    event.listen(away.engine, "do_connect", connect)
    with pytest.raises(ConnectionRefusedError):
        away.engine.connect()
    away.close()
    assert asked == [seconds]
