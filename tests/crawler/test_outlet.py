"""An outlet's file: what it may say, and how it is told what is wrong."""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import ArticleRules, CrawlSettings, Outlet, Source, load_outlets
from crawler.cadence.cron import cron
from crawler.outlet import known_kinds
from crawler.settings import CrawlOverrides
from newsdesk import FOREVER

RT = r"""
name: RT
site: https://www.rt.com/
language: en
timezone: UTC                          # RT shows UTC
tags: [russia, state-media]
sources:
  - feed: https://www.rt.com/rss/news/
  - sitemap: https://www.rt.com/newssitemap.xml
  - section: https://www.rt.com/news/
poll_every: 2m
article:
  url: '^https://www\.rt\.com/(news|russia|business)/\d+-'
  title: h1
  lede: .article__summary
  body: .article__text
  published: .date_article-header
  byline: .article__author
  remove: [.read-more, .rtcode]
"""

Load = Callable[..., tuple[list[Outlet], list[str]]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(text: str, name: str = "rt.yaml") -> tuple[list[Outlet], list[str]]:
        (tmp_path / name).write_text(text, "utf-8")
        outlets, problems = load_outlets(tmp_path)
        return outlets, [str(problem).removeprefix(f"{tmp_path}/") for problem in problems]

    return loaded


def test_an_outlet_file_is_read_whole(load: Load) -> None:
    (outlet,), problems = load(RT)
    assert not problems
    assert (outlet.slug, outlet.name, outlet.language, outlet.timezone) == ("rt", "RT", "en", "UTC")
    assert outlet.tags == ("russia", "state-media")
    assert outlet.sources[1] == Source(kind="sitemap", url="https://www.rt.com/newssitemap.xml")
    assert outlet.poll_every == timedelta(minutes=2)
    assert outlet.article.remove == (".read-more", ".rtcode")


def test_an_outlet_travels_to_another_process(load: Load) -> None:
    (outlet,), _ = load(RT)
    outlet.article.is_article("https://www.rt.com/")
    assert pickle.loads(pickle.dumps(outlet)) == outlet


def test_the_pattern_of_links_says_which_are_articles(load: Load) -> None:
    (outlet,), _ = load(RT)
    assert outlet.article.is_article("https://www.rt.com/news/473849-slug/")
    assert not outlet.article.is_article("https://www.rt.com/sport/473849-slug/")
    assert ArticleRules().is_article("https://www.rt.com/anything")


def test_all_mistakes_of_a_file_are_told_at_once_each_at_its_place(load: Load) -> None:
    outlets, problems = load(
        """name: X
site: ftp://example.org/
langage: en
language: english
timezone: Mars
poll_every: 5 minutes
poll_at: '* * * *'
tags: [two words]
slug: other
sources:
  - fed: https://example.org/
  - feed: javascript:1
  - [1, 2]
article:
  url: '(a'
  title: 'h1['
  remove: [a, 'x::text']
""",
        "bad.yaml",
    )
    assert not outlets
    places = {":".join(problem.split(":")[:3]): problem for problem in problems}
    expected = {
        "bad.yaml:2:7": "https://www.example.org/feed.xml",
        "bad.yaml:3:1": 'did you mean "language"?',
        "bad.yaml:4:11": "BCP 47",
        "bad.yaml:5:11": "Europe/Moscow",
        "bad.yaml:6:13": "poll_every: 5 minutes",
        "bad.yaml:7:10": "five fields",
        "bad.yaml:8:8": "one word",
        "bad.yaml:9:1": "the file's name",
        "bad.yaml:11:5": 'did you mean "feed"?',
        "bad.yaml:12:11": "https://www.example.org/feed.xml",
        "bad.yaml:13:5": "one kind and one address",
        "bad.yaml:15:8": "RE2",
        "bad.yaml:16:10": "CSS selector",
        "bad.yaml:17:15": "::text",
    }
    assert places.keys() == expected.keys()
    for place, remedy in expected.items():
        assert remedy in places[place]


def test_a_wrong_file_does_not_hide_a_right_one(load: Load) -> None:
    load("name: 1\nsite: x\n", "bad.yaml")
    outlets, problems = load(RT)
    assert [outlet.slug for outlet in outlets] == ["rt"]
    assert problems
    assert all(problem.startswith("bad.yaml") for problem in problems)


def test_only_the_site_is_needed(load: Load) -> None:
    (outlet,), problems = load("site: https://example.org/\n", "an-outlet.yaml")
    assert not problems
    assert (outlet.name, outlet.sources, outlet.timezone) == ("an-outlet", (), "UTC")


def test_without_site_and_sources_there_is_nothing_to_read(load: Load) -> None:
    _, (problem,) = load("name: X\n")
    assert '"site" is missing' in problem


def test_the_site_is_taken_from_the_first_source_when_it_is_left_out(load: Load) -> None:
    (outlet,), _ = load("name: X\nsources: [feed: https://example.org:8443/a/rss]\n")
    assert outlet.site == "https://example.org:8443/"


@pytest.mark.parametrize("name", ["RT.yaml", "a_b.yaml", "-a.yaml", f"{'a' * 64}.yaml", "über.yaml"])
def test_the_name_of_the_file_must_be_a_slug(load: Load, name: str) -> None:
    outlets, problems = load(RT, name)
    assert not outlets
    assert any("is not a slug" in problem for problem in problems)


def test_a_file_with_the_other_ending_is_pointed_out_and_hidden_ones_are_not_read(load: Load) -> None:
    load(RT, ".hidden.yaml")
    outlets, problems = load(RT, "rt.yml")
    assert not outlets
    assert problems == ["rt.yml: the file is not read; rename it to rt.yaml"]


@pytest.mark.parametrize(
    ("sources", "told"),
    [("{feed: https://x.example/}", "a list is expected"), ("[feed: 5]", "https://www.example.org/feed.xml")],
)
def test_sources_that_are_no_list_of_addresses_are_told(load: Load, sources: str, told: str) -> None:
    _, (problem,) = load(f"site: https://x.example/\nsources: {sources}\n")
    assert problem.startswith("rt.yaml:2:")
    assert told in problem


def test_a_folder_that_is_missing_holds_no_outlets(tmp_path: Path) -> None:
    assert load_outlets(tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1/",
        "https://user:pw@example.org/",
        "https://exa mple.org/",
        "https:///path",
        "https://example.org:99999/",
        "//example.org/",
        "https://example.org/\x07",
        f"https://example.org/{'a' * 2000}",
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"site"):
        Outlet(slug="x", name="x", site=address)


@pytest.mark.parametrize(
    ("written", "tag"), [("EN-gb", "en-GB"), ("zh-hans", "zh-Hans"), ("sr-latn-rs", "sr-Latn-RS"), ("es-419", "es-419")]
)
def test_a_language_is_kept_in_its_usual_form(written: str, tag: str) -> None:
    assert Outlet(slug="x", name="x", site="https://x.example/", language=written).language == tag


@pytest.mark.parametrize("written", ["english", "e", "en_GB", "en--GB", "", "en gb"])
def test_what_is_no_language_tag_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="BCP 47"):
        Outlet(slug="x", name="x", site="https://x.example/", language=written)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("*/20 6-8 * * mon-fri", "0,20,40 6,7,8 * * mon,tue,wed,thu,fri"),
        ("0 0 1 jan *", "0 0 1 1 *"),
        ("5 4 * * 0", "5 4 * * sun"),
        ("5 4 * * 7", "5 4 * * sun"),
        ("5 4 * * 1-5", "5 4 * * mon,tue,wed,thu,fri"),
        ("5 4 * * fri-mon", "5 4 * * sun,mon,fri,sat"),
        ("5 4 * * 0-7", "5 4 * * *"),
        ("5 4 * * */3", "5 4 * * sun,wed,sat"),
        ("50/4 * * * *", "50,54,58 * * * *"),
        ("@hourly", "0 * * * *"),
    ],
)
def test_cron_expressions_come_into_one_plain_form(written: str, plain: str) -> None:
    assert cron(written) == plain
    assert cron(plain) == plain


@pytest.mark.parametrize(
    "written",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "* * * * xyz",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "1,,2 * * * *",
        "@sometimes",
        "*-5 * * * *",
        "-1 * * * *",
        "² * * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write"):
        cron(written)


def test_one_cron_expression_or_several_may_be_given() -> None:
    site = "https://x.example/"
    assert Outlet(slug="x", name="x", site=site, poll_at="0 * * * *").poll_at == ("0 * * * *",)
    assert len(Outlet(slug="x", name="x", site=site, poll_at=["0 * * * *", "5 * * * *"]).poll_at) == 2


def test_an_outlet_may_override_every_key_of_the_crawl_section_but_what_is_the_machines() -> None:
    assert CrawlOverrides.model_fields.keys() == CrawlSettings.model_fields.keys() - {"browser"}


def test_the_settings_for_an_outlet_are_its_own_and_the_general_ones() -> None:
    outlet = Outlet(slug="x", name="x", site="https://x.example/", poll_every="30s", obey_robots=False, delay="0s")
    merged = CrawlSettings(timeout="20s").merged(outlet)
    assert merged.poll_every == merged.poll_min == timedelta(seconds=30)
    assert (merged.obey_robots, merged.delay) == (False, timedelta(0))
    assert merged.timeout == timedelta(seconds=20)
    assert merged.poll_max == timedelta(hours=6)


def test_the_largest_page_may_be_given() -> None:
    assert CrawlSettings.model_validate({"max_page": "20MB"}).max_page == 20_000_000


def test_a_slow_cadence_lifts_the_upper_bound() -> None:
    outlet = Outlet(slug="x", name="x", site="https://x.example/", poll_every="12h")
    assert CrawlSettings().merged(outlet).poll_max == timedelta(hours=12)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("poll_every", "0s"),
        ("poll_every", "31d"),
        ("timeout", "0s"),
        ("requests_per_host", 0),
        ("max_page", "1B"),
        ("user_agent", "Tocsin\r\nX: 1"),
        ("user_agent", ""),
        ("contact", "büro@example.org"),
        ("poll_max", "1s"),
        ("unknown", 1),
    ],
)
def test_settings_that_would_fail_later_are_refused_at_once(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        CrawlSettings.model_validate({key: value})


def test_the_kinds_of_source_are_the_files_on_their_shelf() -> None:
    assert {"feed", "sitemap", "section"} <= set(known_kinds())


@pytest.mark.parametrize(
    ("written", "kept"), [("", None), ("keep_articles: 7d\n", timedelta(days=7)), ("keep_articles: forever\n", FOREVER)]
)
def test_an_outlet_says_how_long_its_articles_are_kept(tmp_path: Path, written: str, kept: timedelta | None) -> None:
    path = tmp_path / "times.yaml"
    path.write_text(f"site: https://times.example/\n{written}")
    ((outlet,), _) = load_outlets(tmp_path)
    assert outlet.keep_articles == kept


def test_articles_are_kept_for_a_day_at_least(tmp_path: Path) -> None:
    path = tmp_path / "times.yaml"
    path.write_text("site: https://times.example/\nkeep_articles: 2h\n")
    _, (problem,) = load_outlets(tmp_path)
    assert str(problem).endswith(
        "times.yaml:2:16: keep_articles: 2h; keep articles a day at least: their addresses tell what is new"
    )
