"""The promises of every outlet that is shipped."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler import Outlet, load_outlets
from crawler.spider import SOURCE_KINDS

FOLDER = Path(__file__).parents[2] / "config" / "outlets"
OUTLETS, PROBLEMS = load_outlets(FOLDER)
each_outlet = pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.slug)


def test_every_outlet_file_is_right() -> None:
    assert not [str(problem) for problem in PROBLEMS]
    assert {path.stem for path in FOLDER.iterdir()} == {outlet.slug for outlet in OUTLETS}


def test_many_outlets_languages_and_scripts_are_shipped() -> None:
    assert len(OUTLETS) >= 14
    languages = {str(outlet.language).partition("-")[0] for outlet in OUTLETS}
    assert {"en", "ru", "ar", "he", "hi", "zh", "ja", "ko", "th", "el"} <= languages


@each_outlet
def test_an_outlet_has_a_feed_by_https(outlet: Outlet) -> None:
    feeds = [source.url for source in outlet.sources if source.kind == "feed"]
    assert feeds
    assert all(urlsplit(url).scheme == "https" for url in [outlet.site, *(source.url for source in outlet.sources)])


@each_outlet
def test_an_outlet_says_its_language_and_timezone(outlet: Outlet) -> None:
    written = (FOLDER / f"{outlet.slug}.yaml").read_text("utf-8")
    assert outlet.language
    assert "\ntimezone: " in written


@each_outlet
def test_the_sources_of_an_outlet_are_of_known_kinds_and_no_two_are_the_same(outlet: Outlet) -> None:
    assert {source.kind for source in outlet.sources} <= set(SOURCE_KINDS)
    assert len(set(outlet.sources)) == len(outlet.sources)


def test_no_source_belongs_to_two_outlets() -> None:
    urls = [source.url for outlet in OUTLETS for source in outlet.sources]
    assert len(urls) == len(set(urls))
