"""Silences: times in which what matches is kept, and nobody is told: to list them, begin one, end one."""

from datetime import datetime
from functools import partial

from pydantic import Field
from sqlalchemy.orm import Session

from alerts import Silence as Kept
from alerts import Silences as Shelf
from newsdesk import QueryError
from tocsin.silencing import Hush, Refused, silence, standing

from ..endpoint import Asked, Asks, AsksByName, Endpoint, Gives, GivesPage
from ..listing import AsksById, cut, expected
from ..problem import Fault, Refusal
from ..values import Line, Lines, When, cursor_at


class AsksForSilences(AsksByName):
    """Which silences."""

    over: bool = Field(default=False, description="Those that are over, too.")


class AsksToSilence(Asks):
    """What is to be silenced; of a watch, an outlet and a query all that are given must fit."""

    watch: Line | None = Field(default=None, description="The watch's slug.")
    outlet: Line | None = Field(default=None, description="The outlet's slug, its host, or `tag:` and a tag.")
    query: Lines | None = Field(default=None, description="In the language of the watches.")
    everything: bool = Field(default=False, description="All watches and outlets; nothing else is given then.")
    starts_at: Line | None = Field(default=None, description="A moment to come, or how long from now; now by default.")
    until: Line = Field(description="The end: a moment, or how long, like 2h.")
    author: Line | None = Field(default=None, description="Who silences; by default the token's name.")
    comment: Line = Field(description="Why.")


class Silence(Gives):
    """What is silenced, by whom, why and how long."""

    id: str
    watch: str | None
    outlet: str | None
    query: str | None
    starts_at: When
    ends_at: When
    author: str
    comment: str
    created_at: When
    state: str = Field(description="in force, to come, or over.")


class Silences(GivesPage):
    """Silences by their ids."""

    items: list[Silence]


def _silences(asked: Asked[AsksForSilences]) -> Silences:
    wanted = asked.params
    since = None if wanted.over else asked.now
    found = Shelf(asked.house.database).some(since, after=wanted.cursor, limit=wanted.limit + 1)
    page, more = cut(found, wanted.limit, lambda one: cursor_at(one.id))
    return Silences(items=[_told(one, asked.now) for one in page], next=more)


def _silence(asked: Asked[AsksById]) -> Silence:
    return _told(expected(Shelf(asked.house.database).find(asked.params.id), "silence"), asked.now)


async def _begin(asked: Asked[AsksToSilence]) -> Silence:
    wish, house = asked.params, asked.house
    given = wish.model_dump(exclude={"starts_at", "author"})
    hush = Hush(**given, start=wish.starts_at, author=wish.author or asked.by)
    watches, outlets = [one.slug for one in house.watches], [one.slug for one in house.outlets]

    def begin(session: Session) -> Kept:
        return silence(session, house.database, hush, watches, outlets, asked.now)

    try:
        return _told(await house.database.transact(begin), asked.now)
    except Refused as refused:
        field = "starts_at" if refused.field == "start" else refused.field
        raise Refusal(422, faults=[Fault(field=field, detail=refused.what)]) from None
    except QueryError as error:
        fault = Fault(field="query", detail=str(error), position=error.position)
        raise Refusal(422, "The query cannot be read.", faults=[fault]) from None


async def _end(asked: Asked[AsksById]) -> Silence:
    shelf = Shelf(asked.house.database)
    ended = await shelf.database.transact(partial(shelf.end, id=asked.params.id, now=asked.now))
    return _told(expected(ended, "silence"), asked.now)


def _told(one: Kept, now: datetime) -> Silence:
    parts = {name: getattr(one, name) for name in Silence.model_fields if name != "state"}
    return Silence(**parts, state=standing(one, now))


SILENCES = Endpoint(
    path="/silences",
    summary="List the silences in force and to come.",
    asks=AsksForSilences,
    gives=Silences,
    reads=_silences,
)
SILENCE = Endpoint(
    path="/silences/{id}",
    summary="Give one silence.",
    asks=AsksById,
    gives=Silence,
    reads=_silence,
    refusals=(404,),
)
BEGIN = Endpoint(
    path="/silences",
    summary="Silence a watch, an outlet, or what a query finds: matches are kept as silenced and never told.",
    asks=AsksToSilence,
    gives=Silence,
    acts=_begin,
)
END = Endpoint(
    path="/silences/{id}/end",
    summary="End a silence now; what it silenced stays untold. Again changes nothing.",
    asks=AsksById,
    gives=Silence,
    acts=_end,
    refusals=(404,),
)
