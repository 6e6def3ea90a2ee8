"""Search: the archive through a query of the watch language, streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from cyclopts import Parameter
from rich.cells import cell_len

from newsdesk import QueryError, did_you_mean
from tocsin.invocation import Invocation, UsageError
from tocsin.searching.found import Found as Found
from tocsin.searching.found import Where, candidates
from tocsin.searching.found import matching as matching
from tocsin.when import parse_moment

if TYPE_CHECKING:
    import alerts
    from crawler import Outlet


def _not_an_option(_: type, value: str | None) -> None:
    if value is not None and value.startswith("--"):
        raise ValueError(f"{value} is not an option of this command")


# A query may begin with the minus of a negation.
QueryText = Annotated[str, Parameter(allow_leading_hyphen=True, validator=_not_an_option)]
Query = Annotated[str | None, Parameter(allow_leading_hyphen=True, validator=_not_an_option)]


@dataclass(frozen=True)
class Filters:
    """What narrows a search without a query."""

    outlet: Annotated[str | None, Parameter(help="Only this outlet.")] = None
    since: Annotated[str | None, Parameter(help="Only first seen since: 30d ago, or 2026-11-21.")] = None
    until: Annotated[str | None, Parameter(help="Only first seen before: 12h ago, or 2026-11-21.")] = None


def read_query(call: Invocation, text: str) -> alerts.Query:
    """Give the query, and tell what it may not mean. Raises UsageError that shows the place of the mistake."""
    from alerts import parse

    try:
        query = parse(text)
    except QueryError as error:
        raise UsageError(show_place(text, error.position, str(error))) from None
    for one in adviser(call).query(query):
        call.warn(show_place(text, one.at if isinstance(one.at, int) else 0, f"warning: {one}"))
    return query


def adviser(call: Invocation) -> alerts.Adviser:
    """Give who knows what a query may not mean; of what no outlet has, only where every outlet file is sound."""
    from crawler import load_outlets

    outlets, problems = load_outlets(call.folder / "outlets") if call.has_folder else ([], [])
    return adviser_of(outlets, whole=not problems)


def adviser_of(outlets: Iterable[Outlet], *, whole: bool) -> alerts.Adviser:
    """Give who knows these outlets; `whole` says that there are no others."""
    from alerts import Adviser, Known

    return Adviser(
        tuple(
            Known(
                outlet.slug,
                tuple(dict.fromkeys(host for url in (outlet.site, *_sources(outlet)) if (host := _host(url)))),
                tuple(tag.casefold() for tag in outlet.tags),
                (outlet.language or "").lower(),
            )
            for outlet in outlets
        ),
        whole,
    )


def _sources(outlet: Outlet) -> Iterator[str]:
    return (source.url for source in outlet.sources)


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def show_place(text: str, position: int, what: str) -> str:
    """Show the query with a caret under the place; a long one only around it."""
    start = max(0, position - 60)
    line = "".join(" " if letter in "\r\n\t" else letter for letter in text[start : start + 120])
    lead = "…" if start else ""
    before = cell_len(line[: position - start])
    return f"query: {what}\n  {lead}{line}\n  {' ' * (len(lead) + before)}^"


def moment(text: str | None, option: str) -> datetime | None:
    """Read the moment that an option gives. Raises UsageError."""
    try:
        return None if text is None else parse_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise UsageError(f"{option} {error}") from None


def outlet_tags(call: Invocation) -> Mapping[str, tuple[str, ...]]:
    """Give the tags of every sound outlet file, none without a folder: `tag:` in a query asks for them."""
    from crawler import load_outlets

    outlets = load_outlets(call.folder / "outlets")[0] if call.has_folder else []
    return {outlet.slug: tuple(outlet.tags) for outlet in outlets}


def search(call: Invocation, text: str | None, filters: Filters, *, newest_first: bool = True) -> Iterator[Found]:
    """Give what the filters and the query let through. Raises UsageError before anything is read."""
    query = read_query(call, text) if text else None
    tags = outlet_tags(call) if query else {}
    since, until = moment(filters.since, "--since"), moment(filters.until, "--until")
    if filters.outlet is not None:
        _expect_outlet(call, filters.outlet)
    return _stream(call, query, tags, Where(filters.outlet, since, until), newest_first)


def _expect_outlet(call: Invocation, slug: str) -> None:
    """Raise UsageError for an outlet that neither has a file nor ever had an article."""
    known = set(outlet_tags(call))
    if slug in known:
        return
    from newsdesk import Archive

    database = call.open_database()
    try:
        known.update(Archive(database).counts())
    finally:
        database.close()
    if slug not in known:
        raise UsageError(f"--outlet {slug} is not an outlet; {did_you_mean(slug, sorted(known))}")


def _stream(
    call: Invocation,
    query: alerts.Query | None,
    tags: Mapping[str, tuple[str, ...]],
    where: Where,
    newest_first: bool,
) -> Iterator[Found]:
    database = call.open_database()
    try:
        for filed in candidates(database, query, tags, where, newest_first=newest_first):
            if (spans := matching(query, filed, tags)) is not None:
                yield Found(filed, spans)
    finally:
        database.close()
