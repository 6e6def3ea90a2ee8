"""What robots.txt allows, and what the want of one means."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crawler.downloader.robots import CLOSED, OPEN, Robots, Rules, Verdict, product_token, read_robots

START = datetime(2026, 11, 21, 14, tzinfo=UTC)
HOST = "https://paper.example"
URL = f"{HOST}/news/1"


def judge(text: str | bytes, url: str = URL, token: str = "Tocsin", status: int = 200) -> Verdict:
    return read_robots(status, text if isinstance(text, bytes) else text.encode()).judge(url, token)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451])
def test_a_host_without_robots_txt_is_open(status: int) -> None:
    assert judge("User-agent: *\nDisallow: /", status=status) is Verdict.ALLOWED


@pytest.mark.parametrize("status", [500, 502, 503])
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


def closed_paths(text: str | bytes, *paths: str, token: str = "Tocsin") -> list[str]:
    """Give those of the paths that are disallowed."""
    return [path for path in paths if judge(text, HOST + path, token) is Verdict.DISALLOWED]


@pytest.mark.parametrize(
    ("agent", "is_meant"),
    [
        ("Tocsin", True),
        ("tocsin", True),
        ("TOCSIN", True),
        ("Tocsin/1.0", True),
        ("Tocsin/2.7 (+https://example.org)", True),
        ("Tocsin   # that one", True),
        ("*", True),
        ("* ", True),
        ("Toc", False),
        ("Tocsi", False),
        ("Tocsin-News", False),
        ("TocsinBot", False),
        ("MyTocsin", False),
        ("Googlebot", False),
        ("", False),
        ("t", False),
        ("in", False),
    ],
)
def test_a_group_is_for_whom_it_names_and_for_nobody_with_a_longer_or_shorter_name(agent: str, is_meant: bool) -> None:
    assert (judge(f"User-agent: {agent}\nDisallow: /\n") is Verdict.DISALLOWED) is is_meant


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        # Groups (RFC 9309 2.2.1)
        ("User-agent: Tocsin\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n", ["/a"]),
        ("User-agent: *\nDisallow: /b\n\nUser-agent: Tocsin\nDisallow:\n", []),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Tocsin\n", []),
        ("User-agent: other\nUser-agent: Tocsin\nDisallow: /a\n", ["/a"]),
        ("User-agent: other\n\n\nUser-agent: Tocsin\nDisallow: /a\n", ["/a"]),
        ("User-agent: other\nSitemap: https://x/\nUser-agent: Tocsin\nDisallow: /a\n", ["/a"]),
        ("User-agent: Tocsin\nSitemap: https://x/\nDisallow: /a\n", ["/a"]),
        ("User-agent: Tocsin\nDisallow: /a\nSitemap: https://x/\nDisallow: /b\n", ["/a", "/b"]),
        ("User-agent: Tocsin\nHost: x\nFoo: bar\nUser-agent: other\nDisallow: /a\n", ["/a"]),
        ("User-agent: Tocsin\nDisallow: /a\nUser-agent: other\nDisallow: /b\n", ["/a"]),
        (
            "User-agent: Tocsin\nDisallow: /a\nUser-agent: x\nDisallow: /c\nUser-agent: tocsin\nDisallow: /b",
            ["/a", "/b"],
        ),
        ("User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /c\nUser-agent: *\nDisallow: /b", ["/a", "/b"]),
        ("Disallow: /a\nUser-agent: *\nDisallow: /b\n", ["/b"]),
        ("User-agent: *\nCrawl-delay: 1\nUser-agent: x\nDisallow: /a\n", []),
        # Writing
        ("user-AGENT : *\ndisALLOW : /a\n", ["/a"]),
        ("  User-agent: *  \n\tDisallow: /a  # why\n", ["/a"]),
        ("User-agent: *\rDisallow: /a\r", ["/a"]),
        ("User-agent: *\r\nDisallow: /a\r\n\r\nDisallow: /b", ["/a", "/b"]),
        ("User-agent: *\n<html>\nDisallow: /a\n%%%\nnonsense\n: :\nDisallow: /b\n", ["/a", "/b"]),
        ("User-agent: *\nDisallow: /a\x00b\nDisallow: /b\n", ["/b"]),
        ("User-agent: *\nDisallow: /q\u2028Disallow: /a\nDisallow: /b\n", ["/b"]),
        ("User-agent: *\nDisallow /a\n", ["/a"]),
        ("User-agent: *\nDissallow: /a\nDisalow: /b\n", ["/a", "/b"]),
        ("User-agent: *\nDisallow:\nDisallow: # nothing\n", []),
        ("\ufeffUser-agent: *\nDisallow: /a\n", ["/a"]),
        ("", []),
    ],
)
def test_groups_are_read_as_the_standard_says_and_bad_lines_spoil_nothing(text: str, closed: list[str]) -> None:
    assert closed_paths(text, "/a", "/b") == closed


@pytest.mark.parametrize(
    ("rules", "path", "is_closed"),
    [
        ("Disallow: /", "/", True),
        ("Disallow: /", "/robots.txt", False),
        ("Disallow: /fish", "/fish.html", True),
        ("Disallow: /fish", "/Fish", False),
        ("Disallow: /fish/", "/fish", False),
        ("Disallow: /fish/", "/fish/salmon", True),
        ("Disallow: /fish*", "/fish/salmon", True),
        ("Disallow: /*.php", "/folder/any.php?x=1", True),
        ("Disallow: /*.php$", "/file.php?x=1", False),
        ("Disallow: /*.php$", "/file.php", True),
        ("Disallow: /fish*.php", "/fishheads/catfish.php", True),
        ("Disallow: /fish*.php", "/Fish.PHP", False),
        ("Disallow: /$", "/", True),
        ("Disallow: /$", "/a", False),
        ("Disallow: /a$b", "/a$b", True),
        ("Disallow: /***a", "/xyza", True),
        ("Disallow: /\nAllow: /news/", "/news/1", False),
        ("Allow: /news/\nDisallow: /", "/news/1", False),
        ("Disallow: /news/\nAllow: /news/", "/news/1", False),
        ("Allow: /news\nDisallow: /news/secret", "/news/secret/1", True),
        ("Disallow: /news/*/draft\nAllow: /news/a", "/news/a/draft", True),
        ("Allow: /\nDisallow: /*?", "/a?b", True),
        ("Disallow: *?", "/a?b", True),
        ("Disallow: *?", "/a", False),
        ("Disallow: /a%3cd.html", "/a%3Cd.html", True),
        ("Disallow: /a%3Cd.html", "/a%3cd.html", True),
        ("Disallow: /%7Ejoe/", "/~joe/index.html", True),
        ("Disallow: /~joe/", "/%7Ejoe/index.html", True),
        ("Disallow: /a%2fb", "/a/b", False),
        ("Disallow: /a%2fb", "/a%2Fb", True),
        ("Disallow: /b\u00fccher", "/b%C3%BCcher/1", True),
        ("Disallow: /b%C3%BCcher", "/b%c3%bccher/1", True),
        ("Disallow: /\u30c4", "/%E3%83%84", True),
        ("Disallow: /a?b=1&c=2", "/a?b=1&c=2&d=3", True),
        ("Disallow: /a?b=1", "/a?b=2", False),
    ],
)
def test_paths_are_matched_as_the_standard_says(rules: str, path: str, is_closed: bool) -> None:
    assert (closed_paths(f"User-agent: *\n{rules}\n", path) == [path]) is is_closed


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, Verdict.DISALLOWED), (206, Verdict.DISALLOWED), (304, Verdict.ALLOWED), (404, Verdict.ALLOWED),
     (418, Verdict.ALLOWED), (499, Verdict.ALLOWED), (500, Verdict.UNAVAILABLE), (503, Verdict.UNAVAILABLE),
     (599, Verdict.UNAVAILABLE), (999, Verdict.UNAVAILABLE)],
)  # fmt: skip
def test_each_class_of_answers_means_what_the_standard_says(status: int, verdict: Verdict) -> None:
    assert judge("User-agent: *\nDisallow: /\n", status=status) is verdict


def test_each_crawler_of_one_process_has_its_own_group() -> None:
    rules = read_robots(200, b"User-agent: a\nDisallow: /a\n\nUser-agent: b\nDisallow: /b\nCrawl-delay: 7\n")
    assert [rules.judge(HOST + path, token) for token in "ab" for path in ("/a", "/b")] == [
        Verdict.DISALLOWED,
        Verdict.ALLOWED,
        Verdict.ALLOWED,
        Verdict.DISALLOWED,
    ]
    assert (rules.delay("a"), rules.delay("b")) == (0.0, 7.0)


def test_agents_and_rules_without_number_cost_no_more_than_their_length() -> None:
    agents = b"".join(b"User-agent: a%d\n" % number for number in range(12_000))
    text = agents + b"Disallow: /x\n" * 20_000 + b"User-agent: tocsin\nDisallow: /news/\n"
    assert judge(text) is Verdict.DISALLOWED


def test_a_pattern_full_of_stars_is_matched_in_time() -> None:
    text = "User-agent: *\n" + ("Disallow: /" + "*a" * 2000 + "b\n") * 50
    assert judge(text, f"{HOST}/" + "a" * 2000) is Verdict.ALLOWED


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


def test_hosts_known_to_be_closed_are_told_and_those_that_open_again() -> None:
    clock, answers = Clock(), [CLOSED, CLOSED, OPEN]
    start = START.replace(year=2020)

    async def ask(url: str) -> Rules:
        return answers.pop(0)

    async def main() -> list[dict[str, datetime | None]]:
        robots, told = Robots(clock, lambda: START), []
        robots.remember({"https://other.example": start})
        for now, host in ((0, HOST), (0, "https://other.example"), (100, HOST)):
            clock.now = now
            await robots.rules(host, ask)
            told.append(dict(robots.changes))
        return told

    assert asyncio.run(main()) == [{HOST: START}, {HOST: START}, {HOST: None}]


def test_rules_that_are_too_many_to_keep_are_forgotten_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.downloader.robots._MOST_TEXT", 100)
    asked = list[str]()

    async def ask(url: str) -> Rules:
        asked.append(url)
        return Rules("x" * 40)

    async def main() -> None:
        robots = Robots(Clock())
        for host in "abacb":
            await robots.rules(host, ask)

    asyncio.run(main())
    assert asked == ["a/robots.txt", "b/robots.txt", "c/robots.txt", "b/robots.txt"]


def test_whoever_waits_learns_that_nothing_was_asked() -> None:
    async def ask(url: str) -> Rules:
        await asyncio.sleep(0)
        raise ValueError("the host rests")

    async def main() -> list[object]:
        robots = Robots()
        return await asyncio.gather(*(robots.rules(HOST, ask) for _ in range(3)), return_exceptions=True)

    assert [str(found) for found in asyncio.run(main())] == ["the host rests"] * 3
