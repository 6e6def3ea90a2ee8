"""What the one history promises: it leads to exactly the tables that the code has, whole or not at all."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import tocsin.migrations
from newsdesk import Base, Database, StorageError
from tocsin.migrations import HEAD
from tocsin.settings import Settings
from tocsin.storage import open_database, revision, upgrade

for package in ("newsdesk", "crawler", "alerts", "tocsin"):
    import_module(f"{package}.tables")


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database=database_url)


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


WHOLE = {
    "compare_type": True,
    "compare_server_default": True,
    "include_name": lambda name, kind, _: kind != "table" or is_described(name),
}


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if is_described(name)} - {"alembic_version"}


def is_described(name: str | None, *_: object) -> bool:
    """Tell the tables that SQLAlchemy describes from the index of terms, with all that SQLite keeps of it."""
    return not str(name).startswith("article_terms")


def test_the_newest_revision_is_the_one_that_the_code_asks_for():
    config = Config()
    config.set_main_option("script_location", str(Path(tocsin.migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert [part.revision for part in script.walk_revisions()][-1] == "0001"


def test_the_history_leads_to_the_tables_of_the_code(settings, empty):
    assert upgrade(settings) == (None, HEAD)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=WHOLE)
        assert compare_metadata(context, Base.metadata) == []


def test_the_history_makes_the_same_sqlite_tables_as_the_code(tmp_path):
    made, migrated = Database(f"sqlite:///{tmp_path}/made.db"), Settings(database=f"sqlite:///{tmp_path}/migrated.db")
    Base.metadata.create_all(made.engine)
    upgrade(migrated)
    schemas = []
    for database in (made, Database(migrated.database)):
        with database.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
            )
            schemas.append({name: plain(sql) for name, sql in rows})
        database.close()
    assert schemas[0] == schemas[1]


def plain(sql: str) -> list[str]:
    """Give what a statement says, whatever the order of its clauses."""
    bare = sql.replace('"', "").replace("(", "\n").replace(")", "\n").replace(", ", "\n")
    return sorted(part.strip(" ,\t") for part in bare.splitlines() if part.strip(" ,\t"))


def test_a_postgresql_database_that_was_not_upgraded_is_refused_and_sqlite_upgrades_itself(settings, empty):
    if empty.is_postgres:
        with pytest.raises(StorageError, match="has no tables of Tocsin yet; run: tocsin db upgrade"):
            open_database(settings)
        upgrade(settings)
    open_database(settings).close()
    assert revision(empty) == HEAD


def test_an_upgrade_that_fails_in_the_middle_leaves_nothing_and_can_be_made_again(settings, empty):
    last = Base.metadata.sorted_tables[-1].name
    with empty.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {last} (x INTEGER)"))
    with pytest.raises(StorageError, match="already exists"):
        upgrade(settings)
    with empty.engine.begin() as connection:
        assert tables(connection) == {last}
        connection.execute(text(f"DROP TABLE {last}"))
    assert upgrade(settings) == (None, HEAD)
    with empty.engine.connect() as connection:
        assert tables(connection) == set(Base.metadata.tables)
