"""A desk on a database of either kind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from newsdesk import Article, Database, Desk, Filing

from .prose import NOW

File = Callable[..., Filing]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def file(database: Database, desk: Desk) -> File:
    """File one article in a transaction of its own."""

    def file(article: Article, *, now: datetime = NOW, **how: Any) -> Filing:
        with database.begin() as session:
            return desk.file(session, article, now=now, **how)

    return file
