"""A page read again: what becomes a revision on record, and what leaves the record as it is."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsdesk import Archive, Article, Database, FilingKind
from newsdesk.tables import ARTICLES

from .conftest import File
from .prose import NOW, article, prose

_HOUR = timedelta(hours=1)
_TOLD = prose("told", 60)


def _page(*more: str, **fields: object) -> Article:
    return article(body="\n\n".join([_TOLD, *more]), **fields)


def _revisions(database: Database, file: File, *texts: Article, every: timedelta = _HOUR) -> list[str]:
    return [file(text, now=NOW + place * every).kind.value for place, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("Updated 12:03", "Updated 14:47"), ("2 hours ago", "5 hours ago"), ("12 comments", "340 comments")],
)
def test_a_clock_or_counter_makes_no_revision_and_leaves_the_text_as_it_was(
    file: File, database: Database, before: str, after: str
) -> None:
    first = file(_page(before)).article
    again = file(_page(after), now=NOW + _HOUR)
    assert (again.kind, again.article) == (FilingKind.KNOWN, first)
    assert Archive(database).history(first.id) == []


def test_a_number_in_a_sentence_makes_one(file: File, database: Database) -> None:
    first, second = _page("At least 12 people died."), _page("At least 15 people died.")
    assert _revisions(database, file, first, second) == ["new", "revised"]


def test_a_sign_that_changes_a_number_makes_one_and_the_text_is_still_known_by_its_content(
    file: File, database: Database
) -> None:
    first, second = _page("It cost $5 million to build."), _page("It cost €5 million to build.")
    assert _revisions(database, file, first, second) == ["new", "revised"]
    with database.read() as session:
        assert session.scalar(select(ARTICLES.c.content_key)) is not None


def test_an_edit_that_is_taken_back_is_two_revisions_and_what_follows_to_and_fro_is_none(
    file: File, database: Database
) -> None:
    one, other = _page("He will resign."), _page("He will not resign.")
    kinds = _revisions(database, file, one, other, one, other, one, other)
    assert kinds == ["new", "revised", "revised", "known", "known", "known"]


def test_two_headlines_that_take_turns_are_told_once_there_and_once_back(file: File, database: Database) -> None:
    one, other = _page(title="Harbour bridge falls"), _page(title="Why the harbour bridge fell")
    assert _revisions(database, file, *[one, other] * 10).count("revised") == 2


def test_a_text_that_stays_is_taken_over_in_the_end_though_it_had_swung(file: File, database: Database) -> None:
    one, other = _page("He will resign."), _page("He will not resign.")
    _revisions(database, file, one, other, one, other)
    late = file(other, now=NOW + timedelta(days=2))
    assert (late.kind, late.article.revision, late.article.article.body) == (FilingKind.REVISED, 4, other.body)


def test_a_text_never_seen_before_is_a_revision_also_amid_the_swinging(file: File, database: Database) -> None:
    one, other, third = _page("He will resign."), _page("He will not resign."), _page("He resigned on Sunday.")
    assert _revisions(database, file, one, other, one, other, third)[-1] == "revised"


def test_a_wall_that_comes_up_leaves_the_text_on_record(file: File, database: Database) -> None:
    long = article(body=prose("long", 240))
    wall = article(body=" ".join(long.body.split()[:50]) + " Subscribe to read on")
    assert _revisions(database, file, long, wall, long) == ["new", "known", "known"]


def test_what_another_archive_counted_as_later_is_a_revision_under_its_number(file: File, database: Database) -> None:
    one, other = _page("Updated 12:03"), _page("Updated 14:47")
    file(one)
    assert file(other, revision=3).article.revision == 3
    assert file(one, now=NOW + _HOUR, revision=7).article.revision == 7
    history = Archive(database).history(file(one, now=NOW + _HOUR).article.id)
    assert [kept.revision for kept in history] == [1, 3]


def test_a_text_that_was_read_before_the_present_one_came_is_no_revision_of_it(file: File, database: Database) -> None:
    one, other = _page("At least 12 people died."), _page("At least 15 people died.")
    file(one)
    file(other, now=NOW + 2 * _HOUR)
    assert file(one, now=NOW + _HOUR).kind is FilingKind.KNOWN
    assert file(one, now=NOW - _HOUR).kind is FilingKind.KNOWN
    assert file(one, now=NOW + 3 * _HOUR).kind is FilingKind.REVISED
