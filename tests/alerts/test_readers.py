"""What readers have on record is told beside what files name; a snooze loses nothing, a pause tells nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from alerts import Reception, Subscription, Subscriptions, pause, renew_secret, replan, send_again, snooze
from alerts.outbox.fates import FateState
from alerts.readers.readers import Readers, admit, read_wish
from alerts.readers.requests import Wish
from alerts.sweeping import sweep
from alerts.tables import FateRow
from tests.world.newsroom import Newsroom

ANN, BOB = "ann@example.org", "bob@example.org"


def reads(room: Newsroom, address: str = ANN, watch: str = "quartet", **plan: object) -> Subscription:
    """Take a reader in, and tell the watchlist."""
    channel = "webhook" if "://" in address else "email"
    with room.database.begin() as session:
        made, _ = admit(session, Wish(watch, channel, address, plan), "reader", room.now)
    Readers(room.database, room.watchlist).look(room.now)
    return made


def rests(room: Newsroom, card: Subscription, **duration: float) -> None:
    with room.database.begin() as session:
        snooze(session, card.token, room.now + timedelta(**duration), room.now)


def subjects(room: Newsroom) -> list[str]:
    return [mail.subject for mail in room.mailbox.mails]


async def test_readers_are_told_beside_those_of_the_file_and_a_reload_keeps_them(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    reads(room)
    for _ in range(2):
        room.keeps(*room.watchlist.watches)
    room.prints("Lavrov speaks")
    await room.works()
    assert sorted(mail.recipient for mail in room.mailbox.mails) == [ANN, "desk@example.org"]


async def test_whom_the_file_names_is_told_once_and_as_the_file_says(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(ANN))
    reads(room, when="weekly")
    room.prints("Lavrov speaks")
    await room.works()
    assert subjects(room) == ["[Quartet] Lavrov speaks"]


async def test_what_another_process_changed_is_noticed_and_what_did_not_change_is_not_read_again(
    room: Newsroom,
) -> None:
    room.watch("Lavrov")
    readers = Readers(room.database, room.watchlist)
    assert readers.look(room.now)
    assert not readers.look(room.now)
    with room.database.begin() as session:
        made, _ = admit(session, Wish("quartet", "email", ANN, {}), "reader", room.now)
    assert readers.look(room.now)
    assert [kept.key for kept in room.watchlist.targets("quartet")] == [("email", ANN)]
    with room.database.begin() as session:
        Subscriptions(room.database).end(session, made.token, room.now)
    assert readers.look(room.now)
    assert room.watchlist.targets("quartet") == ()
    assert room.watchlist.target("quartet", "email", ANN) is None


async def test_of_many_readers_only_the_one_who_changed_is_read_again(room: Newsroom) -> None:
    room.watch("Lavrov")
    ann, bob = reads(room), reads(room, BOB)
    readers = Readers(room.database, room.watchlist)
    readers.look(room.now)
    before = {kept.target.address: kept for kept in room.watchlist.targets("quartet")}
    with room.database.begin() as session:
        replan(session, ann.token, Wish("quartet", "email", ANN, {"when": "daily"}))
    assert readers.look(room.now)
    after = {kept.target.address: kept for kept in room.watchlist.targets("quartet")}
    assert (after[ANN].target.when, after[BOB] is before[BOB]) == ("daily", True)
    with room.database.begin() as session:
        Subscriptions(room.database).end(session, bob.token, room.now)
    assert readers.look(room.now)
    assert [kept.target.address for kept in room.watchlist.targets("quartet")] == [ANN]


async def test_a_watch_with_many_readers_is_told_in_several_transactions(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_ENOUGH", 2)
    room.watch("Lavrov")
    for name in ("ann", "bob", "carl"):
        reads(room, f"{name}@example.org")
    for number in range(3):
        room.prints(f"Lavrov speaks on matter {number} of the agenda, number {number * 71}")
    with room.database.begin() as session:
        report = room.sweeper.batch(session, room.now)
    assert (report.articles, report.deliveries, report.more) == (1, 3, True)
    rest = await room.sweep()
    assert (rest.articles, rest.deliveries) == (2, 6)


async def test_a_snooze_holds_what_matches_and_releases_it_as_one(room: Newsroom) -> None:
    room.watch("Lavrov")
    card = reads(room)
    rests(room, card, days=2)
    for number in range(3):
        room.prints(f"Lavrov speaks on matter {number} of the agenda, number {number * 71}")
        await room.works()
        room.waits(hours=10)
    assert (room.states(), room.mailbox.mails) == (["held"] * 3, [])
    room.waits(hours=18)
    await room.send()
    assert subjects(room) == ["[Quartet] 3 stories"]
    room.prints("Lavrov comes home")
    await room.works()
    assert subjects(room)[1:] == ["[Quartet] Lavrov comes home"]


async def test_what_waits_when_a_snooze_begins_waits_with_the_rest_and_an_early_end_releases_it(room: Newsroom) -> None:
    room.watch("Lavrov")
    card = reads(room)
    room.prints("Lavrov speaks")
    await room.sweep()
    rests(room, card, days=2)
    await room.send()
    assert (room.states(), room.mailbox.mails) == (["held"], [])
    rests(room, card, days=-1)
    await room.send()
    assert subjects(room) == ["[Quartet] Lavrov speaks"]


async def test_a_snoozed_watch_does_not_keep_the_same_persons_other_watch_waiting(room: Newsroom) -> None:
    room.watch("Lavrov")
    room.watch("Quartet", slug="other")
    resting, waking = reads(room), reads(room, watch="other")
    rests(room, resting, days=2)
    room.prints("Lavrov at the Quartet")
    await room.works()
    assert subjects(room) == ["[Other] Lavrov at the Quartet"]
    rests(room, waking, days=3)
    room.prints("Lavrov and the Quartet part in anger")
    await room.works()
    assert len(room.mailbox.mails) == 1
    room.waits(days=4)
    await room.send()
    assert len(room.mailbox.mails) > 1
    assert "held" not in room.states()


async def test_a_copy_that_only_another_watch_asks_for_does_not_wait_for_the_snooze_of_the_first(
    room: Newsroom,
) -> None:
    room.watch("Lavrov", outlets=("rt",))
    room.watch("Lavrov", slug="other", outlets=("tass",))
    rests(room, reads(room), days=2)
    reads(room, watch="other")
    body = "Lavrov met the ambassadors in the old palace on the river, and all of them spoke at length of grain. " * 4
    for outlet in ("rt", "tass"):
        room.prints("Lavrov speaks", body, outlet=outlet)
        await room.works()
        room.waits(hours=1)
    assert subjects(room) == ["[Other] Lavrov speaks"]


async def test_a_pause_silences_what_matches_and_drops_what_waits_and_no_retry_ends_it(room: Newsroom) -> None:
    room.watch("Lavrov")
    card = reads(room)
    room.prints("Lavrov speaks")
    await room.sweep()
    with room.database.begin() as session:
        pause(session, card.token)
    room.prints("Lavrov speaks of something else entirely")
    await room.works()
    assert (room.states(), room.mailbox.mails) == (["failed"], [])
    with room.database.read() as session:
        fates = {(row.state, row.reason) for row in session.query(FateRow)}
    assert (FateState.SILENCED, "paused") in fates
    with room.database.begin() as session:
        assert send_again(session, [one.id for one in room.deliveries()], room.now) == 0
        Subscriptions(room.database).resume(session, card.token)
    room.prints("Lavrov returns to the capital at last")
    await room.works()
    assert subjects(room) == ["[Quartet] Lavrov returns to the capital at last"]


async def test_a_readers_hook_is_signed_by_both_secrets_while_one_is_replaced_and_then_by_the_new(
    room: Newsroom,
) -> None:
    room.watch("Lavrov")
    room.now = datetime.now(UTC)
    with room.database.begin() as session:
        card, old = admit(session, Wish("quartet", "webhook", room.hook.url, {}), "reader", room.now)
        new = renew_secret(session, card.token, room.now, timedelta(hours=1))
    readers = Readers(room.database, room.watchlist)
    readers.look(room.now)
    assert old
    assert new
    for title, marks in (("Lavrov speaks", 2), ("Lavrov speaks of something else entirely", 1)):
        assert len({*room.watchlist.targets("quartet")[0].target.secret}) == marks
        room.prints(title)
        await room.works()
        call = room.hook.calls[-1]
        assert len(call.headers["webhook-signature"].split()) == marks
        assert Webhook(new).verify(call.body, dict(call.headers))
        readers.look(room.now + timedelta(hours=2))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"webhook": "http://127.0.0.9/x"}, ""),
        ({"webhook": "https://10.0.0.1/x"}, "private"),
        ({"webhook": "https://169.254.169.254/latest"}, "private"),
        ({"webhook": "https://x.example/", "secret": "mine"}, "cannot be chosen"),
        ({"email": ANN, "headers": "x"}, "cannot be chosen"),
        ({"chat": "slack://x"}, "no address"),
        ({"email": "Ann <a@b.example>"}, "bare address"),
    ],
)
def test_a_wish_is_read_as_strictly_as_a_file_and_reaches_no_private_address(
    room: Newsroom, entry: dict[str, str], said: str
) -> None:
    room.watch("Lavrov")
    wish, faults = read_wish(room.watchlist, "quartet", entry)
    assert (wish is None) is bool(said)
    assert said in " ".join(what + remedy for _, what, remedy in faults)


async def test_whom_the_operator_vouches_for_is_told_unasked(room: Newsroom) -> None:
    room.watch("Lavrov")
    reception = Reception(room.database, room.watchlist, clock=lambda: room.now)
    made, secret = await reception.admit("quartet", {"email": BOB, "when": "now"})
    assert (made.origin, secret) == ("operator", None)
    room.prints("Lavrov speaks")
    await room.works()
    assert [mail.recipient for mail in room.mailbox.mails] == [BOB]
    await reception.close()
