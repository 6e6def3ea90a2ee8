"""Secrets stand closed in the database, and open in the program that has the key."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, select, type_coerce

from newsdesk import Database, NoKey, Seal, Sealed, give_seal, is_sealed, reseal

OLD, NEW = "an-old-key-of-more-than-thirty-two-characters", "a-new-key-of-more-than-thirty-two-characters"
METADATA = MetaData()
HOOKS = Table("sealing_hooks", METADATA, Column("id", Text, primary_key=True), Column("secret", Sealed))


def no_key() -> str:
    raise NoKey("there is none")


def seal(*keys: str) -> Seal:
    return Seal(lambda: keys, no_key)


@pytest.fixture
def hooks(database: Database) -> Iterator[Database]:
    METADATA.create_all(database.engine)
    yield database
    METADATA.drop_all(database.engine)


def keep(database: Database, **secrets: str | None) -> None:
    with database.begin() as session:
        session.execute(insert(HOOKS), [{"id": id, "secret": secret} for id, secret in secrets.items()])


def found(database: Database) -> dict[str, str | None]:
    with database.read() as session:
        return {id: secret for id, secret in session.execute(select(HOOKS).order_by(HOOKS.c.id))}


def on_disk(database: Database) -> dict[str, str | None]:
    with database.read() as session:
        return {id: secret for id, secret in session.execute(select(HOOKS.c.id, type_coerce(HOOKS.c.secret, Text)))}


def test_a_secret_is_closed_on_disk_and_open_to_whoever_has_the_key(hooks: Database) -> None:
    give_seal(hooks.engine, seal(NEW))
    keep(hooks, a="whsec_abc", b="whsec_abc", c=None)
    assert found(hooks) == {"a": "whsec_abc", "b": "whsec_abc", "c": None}
    kept = on_disk(hooks)
    assert kept["c"] is None
    assert kept["a"] != kept["b"]
    assert all(is_sealed(one) and "whsec_" not in one for one in (kept["a"], kept["b"]) if one)


def test_without_its_key_a_secret_stays_closed_and_is_closed_no_second_time(hooks: Database) -> None:
    give_seal(hooks.engine, seal(OLD))
    keep(hooks, a="whsec_abc")
    give_seal(hooks.engine, seal(NEW))
    (kept,) = found(hooks).values()
    assert kept == on_disk(hooks)["a"]
    keep(hooks, b=kept)
    give_seal(hooks.engine, seal(NEW, OLD))
    assert found(hooks) == {"a": "whsec_abc", "b": "whsec_abc"}


def test_what_is_open_or_closed_by_an_older_key_is_closed_by_the_newest(hooks: Database) -> None:
    keep(hooks, plain="whsec_plain", none=None)
    give_seal(hooks.engine, seal(OLD))
    keep(hooks, old="whsec_old")
    give_seal(hooks.engine, seal("a-key-that-was-lost-and-is-of-thirty-two-and-more"))
    keep(hooks, lost="whsec_lost")
    give_seal(hooks.engine, seal(NEW, OLD))
    with hooks.begin() as session:
        assert reseal(session, METADATA) == (2, 1)
        assert reseal(session, METADATA) == (0, 1)
    give_seal(hooks.engine, seal(NEW))
    told = found(hooks)
    assert (told["plain"], told["old"], told["none"]) == ("whsec_plain", "whsec_old", None)
    assert is_sealed(told["lost"] or "")


def test_a_key_that_another_process_made_meanwhile_is_found() -> None:
    keys: list[str] = []
    here, there = Seal(lambda: keys, no_key), Seal(lambda: keys, lambda: keys.append(NEW) or NEW)
    assert here.open("whsec_plain") == "whsec_plain"
    assert here.open(there.close("whsec_abc")) == "whsec_abc"


def test_where_no_key_can_be_made_nothing_is_kept_and_the_reason_is_told(hooks: Database) -> None:
    give_seal(hooks.engine, seal())
    with pytest.raises(NoKey, match="there is none"):
        keep(hooks, a="whsec_abc")
    assert found(hooks) == {}
