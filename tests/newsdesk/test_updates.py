"""What carries a story on is news of its own within it; what everybody prints is not."""

from collections.abc import Callable

from sqlalchemy import func, select

from newsdesk import Database, Filing, FilingKind
from newsdesk.tables import SHINGLES

from .prose import article, prose

File = Callable[..., Filing]
NEW, UPDATE, COPY = FilingKind.NEW, FilingKind.UPDATE, FilingKind.COPY


def test_what_an_outlet_prints_under_every_article_joins_no_stories(file: File) -> None:
    pitch = prose("subscribe", 90)
    kinds = [file(article(str(number), body=f"{prose(str(number), 70)}\n\n{pitch}")).kind for number in range(6)]
    # Nobody can know it before it has been seen a few times.
    assert kinds == [NEW, UPDATE, UPDATE, UPDATE, NEW, NEW]
    again = article("9", outlet="herald", body=prose("5", 70))
    assert file(again).kind is COPY


def test_a_text_that_shares_half_its_words_is_an_update_of_the_same_story(file: File) -> None:
    half = prose("background", 100)
    first = file(article("1", outlet="agency", body=prose("a", 100) + half))
    update = file(article("2", outlet="herald", body=prose("b", 100) + half))
    assert (first.kind, update.kind) == (NEW, UPDATE)
    assert (update.article.story, update.article.update_of, update.article.copy_of) == (
        first.article.id,
        first.article.id,
        None,
    )


def test_a_copy_of_an_update_names_the_update_and_shares_the_first_one_s_story(file: File) -> None:
    half = prose("background", 100)
    first = file(article("1", outlet="agency", body=prose("a", 100) + half)).article
    update = file(article("2", outlet="agency", body=prose("b", 100) + half)).article
    copied = file(article("3", outlet="herald", body=prose("b", 100) + half))
    assert (copied.kind, copied.article.copy_of, copied.article.story) == (COPY, update.id, first.id)
    assert copied.article.update_of is None
    assert copied.article.original == update.original == update.id


def test_what_carries_a_story_on_is_an_update_though_a_copy_that_was_cut_short_stands_in_it(file: File) -> None:
    kept, lost = prose("kept", 84), prose("lost", 84)
    whole = file(article("1", outlet="agency", body=f"{kept}\n\n{lost}")).article
    cut = file(article("2", outlet="herald", body=kept))
    update = file(article("3", outlet="courier", body=f"{prose('new', 84)}\n\n{kept}"))
    assert (cut.kind, cut.article.copy_of) == (COPY, whole.id)
    assert (update.kind, update.article.update_of) == (UPDATE, whole.id)
    copied = file(article("4", outlet="gazette", body=f"{prose('new', 84)}\n\n{kept}\n\nBy our own correspondent."))
    assert (copied.kind, copied.article.copy_of) == (COPY, update.article.id)


def test_a_text_that_shares_a_quarter_of_its_words_is_another_story(file: File) -> None:
    quarter = prose("background", 50)
    first = file(article("1", outlet="agency", body=prose("a", 150) + quarter))
    other = file(article("2", outlet="herald", body=prose("b", 150) + quarter))
    assert (other.kind, other.article.story == first.article.story, other.article.update_of) == (NEW, False, None)


def test_a_text_that_everybody_prints_is_still_recognised_and_takes_no_more_room(
    file: File, database: Database
) -> None:
    original = file(article("1", outlet="agency")).article.id
    for number in range(25):
        printed = file(article(str(number), outlet=f"herald-{number}", seed="agency/1"))
        assert (printed.kind, printed.article.copy_of) == (COPY, original)
    with database.read() as session:
        times = session.scalars(select(func.count(SHINGLES.c.article)).group_by(SHINGLES.c.hash)).all()
    assert max(times) == 20
