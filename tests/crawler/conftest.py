"""What the tests of polling ask for: a newspaper, readers shared by all, a house to poll from."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import crawler.tables  # noqa: F401  (its tables are to be made)
from crawler.workers.tasks import warm_up
from crawler.workers.workers import Workers
from newsdesk import Base, Database
from tocsin.demo.newspaper import Newspaper

from .polling import House


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    workers = Workers(warm_up, count=1)
    asyncio.run(workers.start())
    yield workers
    asyncio.run(workers.stop())


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        yield paper


@pytest.fixture
def house(tmp_path: Path, workers: Workers) -> Iterator[House]:
    import newsdesk.tables  # noqa: F401

    database = Database(f"sqlite:///{tmp_path / 'tocsin.db'}")
    Base.metadata.create_all(database.engine)
    yield House(database, workers)
    database.close()
