"""Relations: the other reports of an article's event, looked for in the archive."""

from collections.abc import Iterator
from itertools import islice

from newsdesk import (
    RELATED_WITHIN,
    Archive,
    Condition,
    Database,
    Desk,
    FiledArticle,
    Has,
    Rarity,
    Related,
    TocsinError,
    all_of,
    any_of,
    rare_words,
    related_to,
)

_SAMPLE = 500
"""So many articles of the time tell how rare words are."""
_MOST_READ = 5_000
"""Of more candidates the newest are compared."""


class NotInTheArchive(TocsinError):
    """No article bears the address or the id."""


def reports_of_the_event(database: Database, id_or_url: str, most: int) -> tuple[Related, ...]:
    """Give the other reports of the event that an article tells of, the likest first. Raises NotInTheArchive."""
    with database.read() as session:
        filed = Desk(database).find(session, id_or_url)
    if filed is None:
        raise NotInTheArchive(f"{id_or_url}: is not in the archive; its id or any address of it will do")
    rarity = Rarity(islice(_around(database, filed), _SAMPLE))
    words = rare_words(filed, rarity)
    candidates = _around(database, filed, any_of(_holds(word) for word in words)) if words else iter(())
    return related_to(filed, islice(candidates, _MOST_READ), rarity, most)


def _around(database: Database, filed: FiledArticle, condition: Condition | None = None) -> Iterator[FiledArticle]:
    """Give the articles of the days around one, newest first."""
    since, until = filed.first_seen - RELATED_WITHIN, filed.first_seen + RELATED_WITHIN
    return Archive(database).articles(since=since, until=until, condition=condition)


def _holds(word: str) -> Condition | None:
    return all_of(Has(part) for part in word.split())
