"""Subscriptions to hubs as rows, on a clock turned by hand: asked, confirmed, renewed, refused, left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import crawler.tables  # noqa: F401  (its tables are to be made)
from crawler import hub_states
from crawler.hubs.rows import (
    HubRequest,
    answer,
    claim_due,
    end_request,
    find,
    leave_unwanted,
    move,
    note_push,
    settle_visit,
)
from crawler.hubs.websub import Mode, Offer, Question, Reply
from crawler.lead import Lead
from crawler.state import ClaimedSource
from crawler.tables import HubRow, SourceRow
from newsdesk import Database, Guard

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIST = "https://times.example/feed.xml"
CALLBACK = "https://tocsin.example/websub/"
GUARD = Guard(["127.0.0.0/8"])
HUBS = ("https://one.example/hub", "https://two.example/hub")
OFFER = Offer(HUBS, LIST)


class Book:
    """One list and its subscriptions, on a clock turned by hand."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self.callback = database, NOW, CALLBACK
        with database.begin() as session:
            row = SourceRow(outlet="times", kind="feed", url=LIST, added_at=NOW, next_poll_at=NOW, first_success=NOW)
            row.last_attempt = row.last_success = NOW
            session.add(row)
            session.flush()
            names = ClaimedSource.__dataclass_fields__
            self.source = ClaimedSource(**{name: getattr(row, name) for name in names})

    def do(self, change: Callable[[Any], Any]) -> Any:
        with self.database.begin() as session:
            return change(session)

    def visits(self, offer: Offer | None = OFFER, *, found_news: bool = False) -> bool:
        trusted: bool = self.do(
            lambda s: settle_visit(s, GUARD, self.callback, self.source, offer, self.now, found_news=found_news)
        )
        self.source = replace(self.source, last_success=self.now)
        return trusted

    def asks(self) -> list[HubRequest]:
        found: list[HubRequest] = self.do(lambda s: claim_due(s, GUARD, self.callback, 20, self.now, 0.0))
        return found

    def replied(self, request: HubRequest, reply: Reply, later: datetime | None = None) -> None:
        self.do(lambda s: end_request(s, request, self.callback, reply, reply.value, later, self.now, 0.0))

    def hears(self, request: HubRequest, mode: Mode, topic: str = LIST, lease: int | None = 3600, **more: Any) -> bool:
        question = Question(mode, topic, b"c", lease and timedelta(seconds=lease), **more)  # type: ignore[arg-type]
        told = self.do(lambda s: answer(s, GUARD, self.callback, request.token, question, self.now, 0.0))
        return told is not None

    def is_pushed(self, request: HubRequest) -> None:
        def push(session: Any) -> None:
            subscription = find(session, request.token)
            assert subscription
            note_push(session, subscription, [Lead(f"{LIST}/1")], self.now)

        self.do(push)

    def subscribes(self, lease: int = 3600) -> HubRequest:
        self.visits()
        [request] = self.asks()
        assert self.hears(request, Mode.SUBSCRIBE, lease=lease)
        return request

    def waits(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def rows(self) -> list[HubRow]:
        with self.database.read() as session:
            return list(session.scalars(select(HubRow).order_by(HubRow.id)))

    def states(self) -> list[tuple[str, str]]:
        return [(row.hub, row.state) for row in self.rows()]


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database)


def test_a_list_that_names_a_hub_is_subscribed_to_once_under_a_name_that_cannot_be_guessed(book: Book) -> None:
    book.visits()
    book.visits()
    book.visits(None)
    [request] = book.asks()
    assert (request.mode, request.hub, request.topic) == (Mode.SUBSCRIBE, HUBS[0], LIST)
    assert request.callback == CALLBACK + request.token
    assert len(request.token) >= 40 <= len(request.secret.encode()) < 200
    assert request.form["hub.secret"] == request.secret
    assert request.form["hub.lease_seconds"] == "864000"


def test_a_hub_or_topic_inside_the_network_is_not_asked(book: Book) -> None:
    book.visits(Offer(("http://10.0.0.1/hub", "http://169.254.169.254/", "https://u:p@one.example/"), LIST))
    book.visits(Offer(HUBS, "http://192.168.1.1/feed"))
    assert book.rows() == []


def test_a_request_is_made_once_and_again_only_after_a_growing_pause(book: Book) -> None:
    book.visits()
    assert book.asks()
    assert book.asks() == []
    book.waits(minutes=14)
    assert book.asks() == []
    book.waits(minutes=1)
    assert book.asks()
    book.waits(minutes=29)
    assert book.asks() == []
    book.waits(minutes=1)
    assert book.asks()


def test_a_confirmation_counts_only_for_the_token_topic_and_mode_that_were_asked_for(book: Book) -> None:
    book.visits()
    [request] = book.asks()
    assert not book.hears(replace(request, token="guess"), Mode.SUBSCRIBE)
    assert not book.hears(request, Mode.SUBSCRIBE, topic=LIST + "?")
    assert not book.hears(request, Mode.UNSUBSCRIBE)
    assert book.states() == [(HUBS[0], "asked")]
    assert book.hears(request, Mode.SUBSCRIBE)
    assert book.states() == [(HUBS[0], "on")]


def test_a_confirmation_that_nothing_was_asked_for_lately_is_none(book: Book) -> None:
    book.visits()
    token = book.rows()[0].token
    request = HubRequest(id=1, outlet="", mode=Mode.SUBSCRIBE, hub="", topic="", callback="", token=token, secret="")
    assert not book.hears(request, Mode.SUBSCRIBE)


def test_the_lease_that_the_hub_grants_counts_and_is_renewed_under_the_same_name_before_it_ends(book: Book) -> None:
    request = book.subscribes(lease=9000)
    assert book.rows()[0].ends_at == NOW + timedelta(seconds=9000)
    book.waits(seconds=5999)
    assert book.asks() == []
    book.waits(seconds=1)
    [renewal] = book.asks()
    assert (renewal.mode, renewal.token, renewal.secret) == (Mode.SUBSCRIBE, request.token, request.secret)
    assert book.states() == [(HUBS[0], "on")]
    assert book.hears(renewal, Mode.SUBSCRIBE, lease=9000)
    book.replied(renewal, Reply.ACCEPTED)
    assert book.rows()[0].ends_at == book.now + timedelta(seconds=9000)


def test_a_hub_that_grants_no_lease_gets_the_one_that_was_asked_for(book: Book) -> None:
    book.visits()
    [request] = book.asks()
    book.hears(request, Mode.SUBSCRIBE, lease=None)
    assert book.rows()[0].ends_at == NOW + timedelta(days=10)


def test_a_lease_that_ended_leaves_nothing_but_a_new_request(book: Book) -> None:
    book.subscribes(lease=60)
    book.waits(days=1)
    assert book.visits() is False
    [request] = book.asks()
    assert request.mode is Mode.SUBSCRIBE
    assert book.states() == [(HUBS[0], "asked")]


def test_when_one_hub_refuses_the_next_is_asked_under_another_name_and_after_the_last_all_rest(book: Book) -> None:
    book.visits()
    [first] = book.asks()
    book.replied(first, Reply.REFUSED)
    [second] = book.asks()
    assert second.hub == HUBS[1]
    assert (second.token, second.secret) != (first.token, first.secret)
    assert not book.hears(first, Mode.SUBSCRIBE)
    book.replied(second, Reply.REFUSED)
    assert book.states() == [(HUBS[1], "refused")]
    assert book.rows()[0].reason == "refused"
    book.waits(hours=23)
    assert book.asks() == []
    book.waits(hours=2)
    [again] = book.asks()
    assert again.hub == HUBS[0]


def test_a_hub_that_fails_is_left_for_the_next_after_three_times_and_comes_round_again(book: Book) -> None:
    book.visits()
    hubs = []
    for _ in range(7):
        [request] = book.asks()
        hubs.append(request.hub)
        book.replied(request, Reply.FAILED)
        book.waits(days=2)
    assert hubs == [HUBS[0]] * 3 + [HUBS[1]] * 3 + [HUBS[0]]


def test_a_hub_that_asks_for_a_rest_gets_it(book: Book) -> None:
    book.visits()
    [request] = book.asks()
    book.replied(request, Reply.FAILED, later=NOW + timedelta(hours=5))
    book.waits(hours=4)
    assert book.asks() == []
    book.waits(hours=1)
    assert book.asks()


def test_a_confirmation_that_came_before_the_answer_is_not_undone_by_it(book: Book) -> None:
    book.visits()
    [request] = book.asks()
    assert book.hears(request, Mode.SUBSCRIBE)
    book.replied(request, Reply.FAILED, later=NOW + timedelta(days=30))
    assert book.states() == [(HUBS[0], "on")]
    assert book.rows()[0].reason is None


def test_a_denial_is_kept_with_its_reason_and_the_next_hub_is_asked(book: Book) -> None:
    request = book.subscribes()
    assert not book.hears(request, Mode.DENIED, topic="https://other.example/")
    assert book.hears(request, Mode.DENIED, reason="no feed of ours")
    assert book.states() == [(HUBS[1], "asked")]
    [second] = book.asks()
    assert book.hears(second, Mode.DENIED)
    assert book.states() == [(HUBS[1], "refused")]


def test_a_hub_that_the_list_names_no_more_is_left_and_its_question_whether_so_is_answered(book: Book) -> None:
    request = book.subscribes()
    assert not book.hears(request, Mode.UNSUBSCRIBE)
    book.visits(Offer((), LIST))
    [goodbye] = book.asks()
    assert (goodbye.mode, goodbye.callback) == (Mode.UNSUBSCRIBE, request.callback)
    assert "hub.secret" not in goodbye.form
    assert not book.hears(goodbye, Mode.SUBSCRIBE)
    assert book.hears(goodbye, Mode.UNSUBSCRIBE)
    assert book.rows() == []


def test_a_goodbye_that_no_hub_takes_ends_after_three_tries(book: Book) -> None:
    book.subscribes()
    book.visits(Offer((), LIST))
    for _ in range(3):
        assert [request.mode for request in book.asks()] == [Mode.UNSUBSCRIBE]
        book.waits(days=2)
    assert book.asks() == []
    assert book.rows() == []


def test_a_subscription_that_no_hub_confirmed_is_dropped_without_goodbye(book: Book) -> None:
    book.visits()
    book.asks()
    book.visits(Offer((), LIST))
    assert book.rows() == []


def test_a_list_that_changes_its_hub_at_each_visit_makes_us_ask_seldom(book: Book) -> None:
    book.subscribes()
    asked = []
    for number in range(30):
        book.visits(Offer((f"https://h{number}.example/",), LIST))
        asked += book.asks()
        book.waits(seconds=10)
    assert [request.mode for request in asked] == [Mode.UNSUBSCRIBE]
    assert len(book.rows()) <= 2


def test_lists_that_are_polled_no_more_are_left(book: Book) -> None:
    book.subscribes()
    assert book.do(lambda s: leave_unwanted(s, book.now)) == 0
    book.do(lambda s: s.execute(update(SourceRow).values(state="resting")))
    assert book.do(lambda s: leave_unwanted(s, book.now)) == 1
    assert [request.mode for request in book.asks()] == [Mode.UNSUBSCRIBE]


def test_under_a_new_public_address_all_is_subscribed_anew_and_the_old_left(book: Book) -> None:
    old = book.subscribes()
    assert book.do(lambda s: move(s, CALLBACK, book.now)) == 0
    book.callback = "https://tocsin.example/websub2/"
    assert book.do(lambda s: move(s, book.callback, book.now)) == 1
    requests = {request.mode: request for request in book.asks()}
    assert requests[Mode.UNSUBSCRIBE].callback == old.callback
    assert requests[Mode.SUBSCRIBE].callback.startswith(book.callback)
    assert requests[Mode.SUBSCRIBE].token != old.token
    assert book.do(lambda s: move(s, book.callback, book.now)) == 0


def test_polls_go_slowly_only_while_pushes_come_and_are_enough(book: Book) -> None:
    request = book.subscribes(lease=864000)
    assert book.visits() is False
    book.is_pushed(request)
    book.waits(minutes=1)
    assert book.visits(None) is True
    trusted = []
    for _ in range(3):
        book.waits(hours=1)
        trusted.append(book.visits(None, found_news=True))
    assert trusted == [True, True, False]
    book.waits(hours=1)
    assert book.visits(None) is False
    book.waits(hours=1)
    book.is_pushed(request)
    book.waits(hours=1)
    assert book.visits(None) is True


def test_people_are_told_of_hub_state_lease_and_last_push(book: Book) -> None:
    request = book.subscribes(lease=600)
    book.is_pushed(request)
    [(key, told)] = hub_states(book.database).items()
    assert key == ("times", "feed", LIST)
    assert (told.url, told.state, told.until, told.last_push) == (HUBS[0], "on", NOW + timedelta(minutes=10), NOW)
    book.visits(Offer((), LIST))
    assert hub_states(book.database) == {}


def test_a_goodbye_that_is_denied_or_refused_ends_all_the_same(book: Book) -> None:
    first = book.subscribes()
    book.visits(Offer((), LIST))
    assert book.hears(first, Mode.DENIED)
    assert book.rows() == []
    book.subscribes()
    book.visits(Offer((), LIST))
    [goodbye] = book.asks()
    book.replied(goodbye, Reply.REFUSED)
    assert book.rows() == []
