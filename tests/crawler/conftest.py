"""What the tests of polling ask for: a newspaper, readers shared by all, a house to poll from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.workers.workers import Workers
from newsdesk import Database
from tests.world.databases import sqlite_at
from tocsin.demo.newspaper import Newspaper

from .polling import House


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        yield paper


@pytest.fixture
def house(tmp_path: Path, workers: Workers) -> Iterator[House]:
    database = Database(sqlite_at(tmp_path / "tocsin.db"))
    yield House(database, workers)
    database.close()
