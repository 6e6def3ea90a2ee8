"""The desk tells what is news: new, revised, copied or known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from newsdesk import Archive, Database, Desk, Filing, FilingKind, StorageError, Unswept
from newsdesk.filing.arrival import Arrival
from newsdesk.tables import ADDRESSES, ARTICLES, SHINGLES

from .prose import NOW, article, prose

File = Callable[..., Filing]
NEW, REVISED, UPDATE, COPY, KNOWN = (FilingKind(kind) for kind in ("new", "revised", "update", "copy", "known"))


def count(database: Database, table: object = ARTICLES) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def reasons(database: Database, desk: Desk) -> dict[str, str]:
    with database.begin() as session:
        return {one.filed.article.title: one.reason for one in desk.unswept(session)}


def test_what_was_never_seen_is_new(file: File, database: Database, desk: Desk) -> None:
    filed = file(article())
    assert filed.kind is NEW
    assert filed.article.article == article()
    assert (filed.article.revision, filed.article.first_seen, filed.article.copy_of) == (1, NOW, None)
    assert filed.article.story == filed.article.id
    with database.read() as session:
        assert desk.find(session, filed.article.id) == filed.article


def test_a_page_read_again_is_known(file: File, database: Database) -> None:
    first = file(article())
    again = file(article(), now=NOW + timedelta(hours=1))
    assert again == Filing(KNOWN, first.article)
    assert count(database) == 1


def test_another_setting_of_the_same_words_is_no_revision(file: File) -> None:
    first = file(article())
    again = file(article(body=prose("gazette/1").upper().replace(".", " !"), section="Sports"))
    assert again == Filing(KNOWN, first.article)


def test_a_changed_text_is_a_revision_and_keeps_the_old_one(file: File, database: Database, desk: Desk) -> None:
    first = file(article(modified=None))
    later = NOW + timedelta(hours=2)
    changed = article(title="Headline 1, corrected", lede="With a lede", modified=later, published=later)
    second = file(changed, now=later)
    assert second.kind is REVISED
    assert second.article == replace(first.article, revision=2, article=changed)
    assert count(database) == 1
    with database.read() as session:
        assert desk.find(session, first.article.id) == second.article
    (kept,) = Archive(database).history(first.article.id)
    assert (kept.revision, kept.title, kept.lede, kept.body) == (1, "Headline 1", None, article().body)
    assert (kept.published, kept.modified, kept.replaced) == (article().published, None, later)


def test_an_archived_text_that_stood_there_before_is_known_and_the_page_s_own_return_to_it_a_revision(
    file: File, database: Database
) -> None:
    bodies = [prose(f"version {number}") for number in range(3)]
    for body in bodies:
        file(article(body=body))
    for body in bodies:
        again = file(article(body=body), archived=True)
        assert (again.kind, again.article.article.body, again.article.revision) == (KNOWN, bodies[2], 3)
    assert file(article(body=prose("version 3")), archived=True).kind is REVISED
    assert file(article(body=bodies[0]), archived=True, revision=9).kind is REVISED
    assert file(article(body=bodies[1]), now=NOW + timedelta(days=1)).kind is REVISED


def test_every_earlier_text_is_kept(file: File, database: Database) -> None:
    bodies = [prose(f"version {number}") for number in range(4)]
    kinds = [file(article(body=body)).kind for body in bodies]
    assert kinds == [NEW, REVISED, REVISED, REVISED]
    history = Archive(database).history(Arrival.of(article()).id)
    assert [(kept.revision, kept.body) for kept in history] == [(1, bodies[0]), (2, bodies[1]), (3, bodies[2])]


def test_a_revision_that_says_less_keeps_what_was_known(file: File) -> None:
    full = article(authors=("Ann",), dateline="PORT", section="World", language="en", published_raw="noon")
    file(full)
    bare = article(title="Other", published=None, published_precision=None)
    assert file(bare).article.article == replace(full, title="Other")


def test_a_page_that_lost_its_text_is_no_revision(file: File) -> None:
    first = file(article())
    assert file(article(title="Subscribe to read on", body="")) == Filing(KNOWN, first.article)


def test_a_revision_is_found_by_its_copies_and_the_old_text_no_more(file: File, database: Database) -> None:
    file(article())
    original = file(article(body=prose("rewritten")))
    assert count(database, SHINGLES) == 8
    copied = file(article("9", outlet="herald", seed="rewritten"))
    assert (copied.kind, copied.article.copy_of) == (COPY, original.article.id)
    assert file(article("8", outlet="herald", seed="gazette/1")).kind is NEW


def test_all_addresses_that_led_to_a_page_are_remembered(file: File, database: Database, desk: Desk) -> None:
    read = article(
        url="https://gazette.example/news/1?utm_source=rss", aliases=("https://feeds.example/x7", "https://g.example/1")
    )
    filed = file(read)
    assert filed.article.article == replace(read, aliases=())
    with database.read() as session:
        for address in ("https://gazette.example/news/1", "HTTPS://Feeds.example/x7", "https://g.example/1#top"):
            found = desk.find(session, address)
            assert found is not None
            assert found.id == filed.article.id
        assert desk.find(session, "https://gazette.example/news/2") is None
        assert desk.find(session, "nothing") is None


def test_an_alias_learned_later_is_added(file: File, database: Database) -> None:
    file(article())
    assert file(article(aliases=("https://g.example/1",))).kind is KNOWN
    assert file(article(url="https://g.example/1", canonical_url="https://g.example/1")).kind is KNOWN
    assert count(database, ADDRESSES) == 2


def test_an_address_from_which_the_page_redirects_finds_it_again_though_revised(file: File) -> None:
    first = file(article(aliases=("https://gazette.example/r/1",)))
    body = prose("gazette/1") + "\n\n" + prose("more", 60)
    moved = article(url="https://gazette.example/r/2", aliases=("https://gazette.example/r/1",), body=body)
    assert (file(moved).kind, file(moved).article.id) == (REVISED, first.article.id)


def test_a_wrong_canonical_address_does_not_swallow_other_articles(file: File) -> None:
    home = "https://gazette.example/"
    first, second, third = (
        file(article(str(number), canonical_url=home, aliases=("https://gazette.example/consent",)))
        for number in range(3)
    )
    assert [filed.kind for filed in (first, second, third)] == [NEW, NEW, NEW]
    assert first.article.article.canonical_url == home
    assert second.article.article.canonical_url == second.article.article.url


def test_a_short_article_is_believed_by_its_headline(file: File) -> None:
    home = "https://gazette.example/live"
    first = file(article("1", title="Live", body="One line.", canonical_url=home))
    assert file(article("2", title="LIVE", body="Another line.", canonical_url=home)).article.id == first.article.id
    assert file(article("3", title="Other", body="A third line.", canonical_url=home)).kind is NEW


def test_the_mobile_form_of_a_page_is_known_and_never_revises_it(file: File) -> None:
    first = file(article())
    mobile = article(
        url="http://m.gazette.example/news/1/",
        canonical_url="http://m.gazette.example/news/1/",
        body=prose("gazette/1") + "\n\nShare this article.",
    )
    assert file(mobile) == Filing(KNOWN, first.article)
    assert file(mobile) == Filing(KNOWN, first.article)


def test_a_like_address_with_another_text_is_another_page(file: File) -> None:
    assert file(article("1")).kind is NEW
    assert file(article("1", url="https://gazette.example/news/1/amp", canonical_url="", seed="other")).kind is NEW


def test_a_like_address_with_a_short_text_needs_the_very_same_words(file: File) -> None:
    printed = "https://gazette.example/news/1/print"
    file(article(body="Ships sail."))
    assert file(article(url=printed, canonical_url=printed, body="Ships sail!")).kind is KNOWN
    other = "https://gazette.example/print/news/1"
    assert file(article(url=other, canonical_url=other, body="Ships stay.")).kind is NEW


def test_one_outlet_has_one_article_for_one_content(file: File) -> None:
    first = file(article("1"))
    moved = file(replace(article("2"), title="Headline 1", body=article("1").body))
    assert moved == Filing(KNOWN, first.article)


def test_an_address_that_led_to_another_article_belongs_to_the_one_that_now_stands_there(file: File) -> None:
    file(article("1", aliases=("https://gazette.example/news/2",)))
    second = file(article("2"))
    assert second.kind is NEW
    assert file(article("2")) == Filing(KNOWN, second.article)
    assert file(article("2", title="Corrected")).kind is REVISED


def test_two_short_notices_of_one_wording_are_two_articles(file: File) -> None:
    assert file(article("1", title="Traffic", body="No delays.")).kind is NEW
    assert file(article("2", title="Traffic", body="No delays.")).kind is NEW


def test_two_articles_may_come_to_say_the_same(file: File) -> None:
    file(article("1"))
    file(article("2"))
    same = replace(article("2"), title="Headline 1", body=article("1").body)
    assert file(same).kind is REVISED
    assert file(same).kind is KNOWN


def test_another_outlet_s_copy_shares_the_story(file: File, database: Database, desk: Desk) -> None:
    original = file(article("1", outlet="agency"))
    copied = file(article("7", outlet="herald", seed="agency/1", title="What the agency said"))
    assert copied.kind is COPY
    assert (copied.article.story, copied.article.copy_of) == (original.article.id, original.article.id)
    assert copied.article.id != original.article.id
    with database.read() as session:
        assert desk.also_in(session, original.article.story, original.article.id) == [copied.article]
        assert desk.also_in(session, original.article.story, copied.article.id) == [original.article]


def test_a_copy_of_a_copy_names_the_original(file: File) -> None:
    original = file(article("1", outlet="agency"))
    file(article("2", outlet="herald", seed="agency/1"))
    third = file(article("3", outlet="mirror", seed="agency/1", lede=prose("lede", 12)))
    assert (third.kind, third.article.copy_of) == (COPY, original.article.id)


def test_the_same_outlet_s_new_headline_over_the_old_text_is_a_copy(file: File) -> None:
    file(article("1"))
    assert file(article("2", seed="gazette/1")).kind is COPY


def test_a_cut_copy_and_a_longer_one_are_copies_but_not_a_report_that_quotes_it(file: File) -> None:
    whole = prose("agency/1", 200)
    file(article("1", outlet="agency", body=whole))
    assert file(article("2", outlet="herald", body=whole[: len(whole) // 2])).kind is COPY
    assert file(article("3", outlet="mirror", body=f"{whole}\n\n{prose('own words', 60)}")).kind is COPY
    assert file(article("4", outlet="observer", body=f"{whole}\n\n{prose('inquiry', 900)}")).kind is UPDATE


def test_a_notice_within_a_long_report_is_no_original(file: File) -> None:
    notice = prose("notice", 20)
    file(article("1", outlet="agency", body=notice))
    assert file(article("2", outlet="herald", body=f"{notice} {prose('x', 30)}")).kind is NEW


def test_no_page_claims_the_address_of_another_outlet(file: File, database: Database, desk: Desk) -> None:
    victim = article("1")
    thief = article("1", outlet="thief", canonical_url=victim.url, aliases=(victim.url,))
    stolen = file(thief)
    filed = file(victim)
    assert (stolen.kind, filed.kind) == (NEW, NEW)
    assert filed.article.article.canonical_url == victim.url
    with database.read() as session:
        corrected = desk.find(session, stolen.article.id)
        assert corrected is not None
        assert corrected.article.canonical_url == thief.url
    assert file(victim) == Filing(KNOWN, filed.article)
    late = file(article("2", outlet="thief", canonical_url=victim.url))
    assert late.kind is NEW
    assert late.article.article.canonical_url == late.article.article.url
    assert file(victim) == Filing(KNOWN, filed.article)


def test_a_page_that_two_outlets_list_is_one_article(file: File, database: Database) -> None:
    first = file(article("1"))
    listed = file(replace(article("1"), outlet="aggregator", title="Read by another reader"))
    assert listed == Filing(KNOWN, first.article)
    assert count(database) == 1


def test_ids_come_from_the_address_alone(file: File) -> None:
    assert file(article()).article.id == Arrival.of(replace(article(), outlet="other", body="")).id


def test_what_no_database_takes_never_reaches_it(file: File) -> None:
    filed = file(article(title="Nul\x00 and \ud800 surrogate", body="Bell \x07.\n\nEnd."))
    assert (filed.article.article.title, filed.article.article.body) == ("Nul and surrogate", "Bell .\n\nEnd.")


@pytest.mark.parametrize("odd", ["https://g.example/\x00\ud800a  b", "javascript:\x00\ud800", "http://[\x00"])
def test_an_odd_address_harms_nobody(file: File, database: Database, desk: Desk, odd: str) -> None:
    filed = file(article("1", url=odd, canonical_url=odd, aliases=(odd, "\x00")))
    assert file(article("1", url=odd, canonical_url="")) == Filing(KNOWN, filed.article)
    with database.read() as session:
        assert desk.known(session, [odd, "\x00", "x\ud800"]) == {odd}
        assert (desk.find(session, odd) is not None) == ("://" in odd)


def test_addresses_too_long_for_an_index_are_told_apart(file: File, database: Database, desk: Desk) -> None:
    stem = "https://gazette.example/" + "ä" * 4000
    one, two = (article(str(end), url=f"{stem}{end}", canonical_url=f"{stem}{end}") for end in (1, 2))
    assert [file(each).kind for each in (one, two, one)] == [NEW, NEW, KNOWN]
    with database.read() as session:
        assert desk.known(session, [one.url, two.url, stem]) == {one.url, two.url}
        found = desk.find(session, one.url)
    assert found is not None
    assert found.article.title == "Headline 1"


def test_known_addresses_are_told_from_others(file: File, database: Database, desk: Desk) -> None:
    file(article("1", aliases=("https://feeds.example/1",)))
    many = [f"https://gazette.example/none/{number}" for number in range(1200)]
    with database.read() as session:
        asked = [*many, "https://gazette.example/news/1", "https://feeds.example/1"]
        assert desk.known(session, asked) == {"https://gazette.example/news/1", "https://feeds.example/1"}
        assert desk.known(session, []) == set()
        twice = ["https://gazette.example/news/1", "https://gazette.example/news/1#top"]
        assert desk.known(session, twice) == set(twice)


def test_the_mark_says_why_the_alerts_should_look(file: File, database: Database, desk: Desk) -> None:
    for number in range(3):
        file(article(str(number)), now=NOW + timedelta(seconds=number))
    file(article("9", outlet="herald", seed="gazette/1"), now=NOW + timedelta(hours=1))
    assert reasons(database, desk) == {
        "Headline 0": "new",
        "Headline 1": "new",
        "Headline 2": "new",
        "Headline 9": "new",
    }
    with database.begin() as session:
        desk.mark_swept(session, [one.filed.id for one in desk.unswept(session, limit=2)])
        desk.mark_swept(session, [])
    assert list(reasons(database, desk)) == ["Headline 2", "Headline 9"]


def test_a_revision_is_looked_at_again(file: File, database: Database, desk: Desk) -> None:
    filed = file(article())
    with database.begin() as session:
        desk.mark_swept(session, [filed.article.id])
    file(article())
    assert reasons(database, desk) == {}
    revised = file(article(title="Corrected"))
    with database.begin() as session:
        assert desk.unswept(session) == [Unswept(revised.article, "revised")]


def test_what_was_revised_before_it_was_looked_at_is_still_new(file: File, database: Database, desk: Desk) -> None:
    file(article())
    file(article(title="Corrected"))
    assert reasons(database, desk) == {"Corrected": "new"}


def test_a_first_visit_fills_the_record_without_a_mark(file: File, database: Database, desk: Desk) -> None:
    file(article("1"), quiet=True)
    file(article("2", seed="gazette/1"), quiet=True)
    file(article("1", title="Corrected"), quiet=True)
    assert reasons(database, desk) == {}
    file(article("1", title="Corrected again"))
    assert reasons(database, desk) == {"Corrected again": "revised"}
    file(article("1", title="Corrected at last"), quiet=True)
    assert reasons(database, desk) == {"Corrected at last": "revised"}


def test_a_filing_belongs_to_the_caller_s_transaction(database: Database, desk: Desk) -> None:
    with pytest.raises(RuntimeError), database.begin() as session:
        desk.file(session, article(), now=NOW)
        raise RuntimeError
    assert count(database) == 0


def test_a_record_that_never_agrees_is_reported(database: Database, desk: Desk, file: File) -> None:
    ours = file(article("1")).article
    with database.begin() as session:
        session.execute(ADDRESSES.delete())
    with pytest.raises(StorageError, match=r"https://gazette\.example/news/1 could not be filed"):
        file(article("1", seed="other", title="Other"))
    assert count(database) == 1
    assert ours.id == Arrival.of(article("1")).id
