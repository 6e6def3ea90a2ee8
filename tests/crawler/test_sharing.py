"""One request serves all who name a list; what hosts and lists said outlives the process."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from crawler import Poller, PollReport, source_states
from crawler.tables import ChildListRow, HostRow, SourceRow

from .guests import NOT_MODIFIED, edit, feed, rss, sent, visits
from .polling import House, settings, until
from .wire import answer, played, wire


def test_outlets_that_name_the_same_list_cost_one_request_a_round(house: House) -> None:
    with played(feed=[feed(1, ETag='"1"'), NOT_MODIFIED, feed(2, ETag='"2"')]) as server:
        for number in range(5):
            house.outlet(server, "feed:/feed", slug=f"outlet-{number}", poll_every="60s")  # type: ignore[arg-type]
        house.visit()
        assert len(server.asked("/feed")) == 1
        reports: list[PollReport] = []

        async def main(poller: Poller) -> None:
            # One of them is due; the others would be within half an interval.
            edit(house, next_poll_at=datetime.now(UTC) + timedelta(seconds=20))
            with house.database.begin() as session:
                session.execute(
                    update(SourceRow).where(SourceRow.outlet == "outlet-3").values(next_poll_at=datetime.now(UTC))
                )
            await poller.tick()
            reports.extend(await poller.poll([]))

        house.run(main)
        house.visit()
    assert sent(server, "if-none-match") == [None, b'"1"', b'"1"']
    states = source_states(house.database)
    assert {(state.polls, state.not_modified, state.failures) for state in states} == {(3, 1, 0)}
    assert sorted(house.lead_states().values()) == [2]


def test_an_article_in_the_lists_of_two_outlets_is_asked_for_once(house: House) -> None:
    with played(one=feed(1, 2), two=feed(2, 1)) as server:
        house.outlet(server, "feed:/one", slug="one")  # type: ignore[arg-type]
        house.outlet(server, "feed:/two", slug="two")  # type: ignore[arg-type]
        house.visit()
    assert sorted(path for path in server.paths if path.startswith("/a/")) == ["/a/1", "/a/2"]


def test_a_failure_is_shared_like_an_answer(house: House) -> None:
    with played(feed=answer(status="500 Broken")) as server:
        for number in range(3):
            house.outlet(server, "feed:/feed", slug=f"outlet-{number}")  # type: ignore[arg-type]
        house.visit()
    assert len(server.asked("/feed")) == 1
    assert {state.failures for state in source_states(house.database)} == {1}


def test_lists_of_one_host_are_asked_for_one_at_a_time(house: House) -> None:
    paths = {f"f{number}": feed(number) for number in range(6)}
    with played(**paths) as server:
        play, under_way, most = server.speak, [], []

        def slowly(connection: Any, path: str) -> None:
            under_way.append(path)
            server.closing.wait(0.05)
            most.append(len(under_way))
            # Before the answer is out: after it, the next request may come sooner than this thread goes on.
            under_way.remove(path)
            play(connection, path)

        server.speak = slowly
        for path in paths:
            house.outlet(server, f"feed:/{path}", slug=path)  # type: ignore[arg-type]
        house.settings = settings(requests_per_host=8)
        house.run(lambda poller: poller._visit_all(list(paths)))
    assert max(most) == 1


# On record


def test_how_much_was_read_and_how_often_nothing_had_changed_is_on_record(house: House) -> None:
    with played(feed=[feed(ETag='"1"'), NOT_MODIFIED]) as server:
        visits(house, server, 4)
    source = house.source()
    assert source.bytes_read == len(rss(1))
    assert source.not_modified_share == 0.75
    assert source.last_read_at and source.last_success and source.last_read_at < source.last_success


def index(server_url: str, *paths: str) -> bytes:
    children = "".join(f"<sitemap><loc>{server_url}{path}</loc></sitemap>" for path in paths)
    return answer(f"<sitemapindex>{children}</sitemapindex>".encode(), Content_Type="application/xml")


def test_what_the_children_of_an_index_said_outlives_the_process(house: House) -> None:
    child = answer(b"<urlset><url><loc>/a/1</loc></url></urlset>", Content_Type="application/xml", ETag='"c"')
    with played(child=[child, NOT_MODIFIED]) as server:
        server.script.answers["/map"] = lambda _headers: index(server.url, "/child")
        house.outlet(server, "sitemap:/map")  # type: ignore[arg-type]
        house.visit()
        house.visit()
        with house.database.begin() as session:
            row = session.scalars(select(ChildListRow)).one()
            row.seen_at = datetime(2020, 1, 1, tzinfo=UTC)
        house.visit()
        with house.database.read() as session:
            assert session.scalars(select(ChildListRow)).one().seen_at.year > 2020
    assert sent(server, "if-none-match", "/child") == [None, b'"c"', b'"c"']


def test_a_child_that_another_outlet_has_read_is_read_again_by_a_new_one(house: House) -> None:
    child = answer(b"<urlset><url><loc>/a/1</loc></url></urlset>", Content_Type="application/xml", ETag='"c"')
    with played(child=child) as server:
        server.script.answers["/map"] = lambda _headers: index(server.url, "/child")
        house.outlet(server, "sitemap:/map", slug="one")  # type: ignore[arg-type]
        house.visit()
        house.outlet(server, "sitemap:/map", slug="two")  # type: ignore[arg-type]
        house.run(lambda poller: poller.poll(["two"]))
    assert sent(server, "if-none-match", "/child") == [None, None]


def test_since_when_a_host_is_closed_outlives_the_process_and_opens_it_after_a_month(house: House) -> None:
    with played(feed=feed(1), robots_txt=[answer(status="500 Broken")] * 4 + [answer(b"")]) as server:
        visits(house, server)
        house.visit()
        assert server.asked("/feed") == []
        with house.database.begin() as session:
            row = session.scalars(select(HostRow)).one()
            assert row.host == server.url and datetime.now(UTC) - row.closed_since < timedelta(minutes=1)
            row.closed_since = datetime.now(UTC) - timedelta(days=29)
        house.visit()
        assert server.asked("/feed") == []
        with house.database.begin() as session:
            session.scalars(select(HostRow)).one().closed_since = datetime.now(UTC) - timedelta(days=31)
        assert house.visit().lists_read == 1
        assert house.visit().lists_read == 1
    with house.database.read() as session:
        assert session.scalars(select(HostRow)).all() == []


def test_a_host_that_many_outlets_share_keeps_no_other_waiting(house: House) -> None:
    with played(feed=feed(1)) as fast, wire(lambda _c, _p: slow.closing.wait(30) and None) as slow:
        for number in range(80):
            house.outlet(slow, f"feed:/{number}", slug=f"a-{number}", obey_robots=False)  # type: ignore[arg-type]
        house.outlet(fast, "feed:/feed", slug="z")  # type: ignore[arg-type]
        house.settings = settings(timeout="30s")

        async def main(poller: Poller) -> None:
            for _ in range(3):
                await poller.tick()
            await until(lambda: bool(fast.asked("/feed")))
            slow.closing.set()

        house.run(main)
    assert slow.most_open == 1


def test_lists_of_one_host_start_apart_even_when_all_fall_due_at_once(house: House) -> None:
    paths = {f"f{number}": feed(number) for number in range(8)}
    with played(**paths) as server:
        for path in paths:
            house.outlet(server, f"feed:/{path}", slug=path, obey_robots=False)  # type: ignore[arg-type]
        house.settings = settings(delay="100ms")
        house.visit()
    began = sorted(at for at, path in zip(server.began, server.paths, strict=True) if path.startswith("/f"))
    assert len(began) == 8 and began[-1] - began[0] > 0.6
