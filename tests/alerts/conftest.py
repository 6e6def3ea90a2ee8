"""What the tests of the alerts may ask for."""

from collections.abc import AsyncIterator

import pytest

from newsdesk import Database
from tests.world.newsroom import Newsroom, newsroom


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Newsroom]:
    with newsroom(database) as room:
        yield room
        await room.dispatch.close(5)
