"""What robots.txt allows, and what the want of one means."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crawler.robots import CLOSED, OPEN, Robots, Rules, Verdict, product_token, read_robots

START = datetime(2026, 11, 21, 14, tzinfo=UTC)
HOST = "https://paper.example"
URL = f"{HOST}/news/1"


def judge(text: str | bytes, url: str = URL, token: str = "Tocsin", status: int = 200) -> Verdict:
    return read_robots(status, text if isinstance(text, bytes) else text.encode()).judge(url, token)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_host_without_robots_txt_is_open(status: int) -> None:
    assert judge("User-agent: *\nDisallow: /", status=status) is Verdict.ALLOWED


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_robots_txt_that_cannot_be_had_closes_the_host(status: int) -> None:
    assert judge("", status=status) is Verdict.UNAVAILABLE


def test_groups_for_this_crawler_are_merged_and_found_in_any_case() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: TOCSIN\nDisallow: /a\n\nUser-agent: tocsin\nDisallow: /b\n"
    allowed = {path: judge(text, f"https://paper.example{path}") for path in ("/a", "/b", "/c")}
    assert allowed == {"/a": Verdict.DISALLOWED, "/b": Verdict.DISALLOWED, "/c": Verdict.ALLOWED}


def test_the_longest_rule_wins_and_allow_wins_ties() -> None:
    text = "User-agent: *\nDisallow: /news\nAllow: /news/1\nDisallow: /x\nAllow: /x\n"
    assert judge(text) is Verdict.ALLOWED
    assert judge(text, "https://paper.example/news/2") is Verdict.DISALLOWED
    assert judge(text, "https://paper.example/x") is Verdict.ALLOWED


def test_a_rule_without_leading_slash_closes_queries() -> None:
    text = "User-agent: *\nDisallow: *?\n"
    assert judge(text) is Verdict.ALLOWED
    assert judge(text, f"{URL}?utm_source=rss") is Verdict.DISALLOWED


def test_robots_txt_itself_is_always_allowed() -> None:
    assert judge("User-agent: *\nDisallow: /", "https://paper.example/robots.txt") is Verdict.ALLOWED


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\xff\xfe nonsense\n", b"no such line\n\n"])
def test_bytes_that_are_no_rules_do_not_spoil_the_rest(before: bytes) -> None:
    assert judge(before + b"User-agent: *\nDisallow: /news/\n") is Verdict.DISALLOWED


def test_only_the_first_half_megabyte_is_read() -> None:
    long = b"User-agent: *\n" + b"# a comment\n" * 60_000 + b"Disallow: /\n"
    assert judge(long) is Verdict.ALLOWED


@pytest.mark.parametrize(("text", "seconds"), [("3", 3.0), ("0.5", 0.5), ("86400", 600.0), ("soon", 0.0), ("-1", 0.0)])
def test_a_crawl_delay_is_kept_within_reason(text: str, seconds: float) -> None:
    assert read_robots(200, f"User-agent: *\nCrawl-delay: {text}\n".encode()).delay("Tocsin") == seconds


def test_the_product_token_is_the_name_alone() -> None:
    assert product_token("Tocsin/1.0 (+https://example.org)") == "Tocsin"
    assert product_token("Press Bot") == "Press"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_rules_are_kept_for_a_day_and_failures_for_a_minute_at_first() -> None:
    clock, asked = Clock(), []
    answers = [CLOSED, CLOSED, OPEN, OPEN]

    async def ask(url: str) -> Rules:
        asked.append(url)
        return answers[len(asked) - 1]

    async def at(now: float) -> bool:
        clock.now = now
        return (await robots.rules(HOST, ask)).available

    robots = Robots(clock)

    async def main() -> list[bool]:
        return [await at(now) for now in (0, 59, 61, 100, 182, 80_000, 86_700)]

    assert asyncio.run(main()) == [False, False, False, False, True, True, True]
    assert asked == ["https://paper.example/robots.txt"] * 4


def test_a_host_closed_for_a_month_counts_as_one_without_rules() -> None:
    clock = Clock()

    async def ask(url: str) -> Rules:
        return CLOSED

    async def main() -> list[bool]:
        robots, found = Robots(clock, lambda: START + timedelta(seconds=clock.now)), []
        for day in (0, 20, 31):
            clock.now = day * 86400.0
            found.append((await robots.rules(HOST, ask)).available)
        return found

    assert asyncio.run(main()) == [False, False, True]


def test_whoever_waits_for_rules_is_answered_even_when_the_asker_is_cancelled() -> None:
    async def ask(url: str) -> Rules:
        await asyncio.Event().wait()
        return OPEN

    async def main() -> bool:
        robots = Robots()
        first = asyncio.create_task(robots.rules(HOST, ask))
        await asyncio.sleep(0)
        second = asyncio.create_task(robots.rules(HOST, ask))
        await asyncio.sleep(0)
        first.cancel()
        return (await second).available

    assert asyncio.run(main()) is False
