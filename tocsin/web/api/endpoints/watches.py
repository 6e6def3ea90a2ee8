"""Watches: what is looked for, and where those stand that tell not each story; to send a test of one."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from alerts import Watch as Kept
from alerts import progress_of
from newsdesk import instant

from ..endpoint import Asked, Asks, AsksByName, Endpoint, Gives, GivesPage
from ..listing import AsksBySlug, by_slug, of_slug
from ..problem import Refusal
from ..values import Line, When


class Stand(Gives):
    """Where a watch stands of a volume, a silence or a first mention."""

    state: str
    since: When | None
    why: str
    last_mention: When | None


class Watch(Gives):
    """One watch: its query, where it is asked, at what it tells."""

    slug: str
    name: str
    query: str
    outlets: list[str] = Field(description="Slugs, hosts, or `tag:` and a tag; none means all.")
    languages: list[str]
    stem: bool
    revisions: bool
    alert: str = Field(description="At what it tells.")
    state: str = Field(description="`watching`, or where it stands of what it waits for.")
    progress: Stand | None


class Watches(GivesPage):
    """Watches by their slugs."""

    items: list[Watch]


class AsksToTest(Asks):
    """Whom a test is to be sent to."""

    slug: Line
    to: Line | None = Field(default=None, description="Only to this address; else to everyone whom its file names.")


class Test(Gives):
    """How a test to one target went."""

    channel: str
    address: str
    ok: bool
    detail: str = Field(description="What the receiver answered, as inert text.")


class Tests(Gives):
    """How a test went."""

    items: list[Test]


def _watches(asked: Asked[AsksByName]) -> Watches:
    page, more = by_slug(asked.house.watches, asked.params)
    return Watches(items=_told(asked, page), next=more)


def _watch(asked: Asked[AsksBySlug]) -> Watch:
    return _told(asked, [of_slug(asked.house.watches, asked.params.slug, "watch")])[0]


async def _test(asked: Asked[AsksToTest]) -> Tests:
    try:
        results = await asked.house.dispatch.test(asked.params.slug, asked.params.to)
    except KeyError:
        raise Refusal(404, "There is no such watch.") from None
    if not results:
        raise Refusal(409, "The watch tells nobody there.")
    return Tests(items=[Test.model_validate(one) for one in results])


def _told(asked: Asked[Any], watches: Sequence[Kept]) -> list[Watch]:
    stands = progress_of(asked.house.database, watches, asked.now)
    found = []
    for one in watches:
        stand = stands.get(one.slug)
        progress = stand and Stand(
            state=stand.state, since=instant(stand.since), why=stand.why, last_mention=instant(stand.last)
        )
        found.append(
            Watch(
                slug=one.slug,
                name=one.name,
                query=one.query_text,
                outlets=list(one.outlets),
                languages=list(one.languages),
                stem=one.stem,
                revisions=one.revisions,
                alert=str(one.occasion),
                state=stand.state if stand else "watching",
                progress=progress,
            )
        )
    return found


WATCHES = Endpoint(path="/watches", summary="List the watches.", asks=AsksByName, gives=Watches, reads=_watches)
WATCH = Endpoint(
    path="/watches/{slug}",
    summary="Give one watch.",
    asks=AsksBySlug,
    gives=Watch,
    reads=_watch,
    refusals=(404,),
)
TEST = Endpoint(
    path="/watches/{slug}/test",
    summary="Send a marked test to those whom a watch's file names, or to one address that it tells.",
    asks=AsksToTest,
    gives=Tests,
    acts=_test,
    refusals=(404, 409),
)
