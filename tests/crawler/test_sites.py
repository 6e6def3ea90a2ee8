"""Whose article it is: no list claims what stands on another outlet's site."""

from collections.abc import Iterator

import pytest

from crawler.lead import Lead
from crawler.outlet import Outlet, Source
from crawler.sites import Sites
from tocsin.demo.newspaper import Answer, Newspaper

from .polling import House


def outlet(slug: str, site: str, *feeds: str) -> Outlet:
    return Outlet(slug=slug, name=slug, site=site, sources=tuple(Source(kind="feed", url=feed) for feed in feeds))


SITES = Sites(
    [
        outlet("rt", "https://www.rt.example/", "https://www.rt.example/rss"),
        outlet("rt-russian", "https://russian.rt.example/", "https://russian.rt.example/rss"),
        outlet("times", "https://times.example/", "https://feeds.proxy.example/times"),
        outlet("times-sport", "https://times.example/sport/", "https://times.example/sport/rss"),
    ]
)


@pytest.mark.parametrize(
    ("url", "lister", "owner"),
    [
        ("https://www.rt.example/news/1", "rt", None),
        ("https://m.rt.example/news/1", "rt", None),
        ("https://rt.example/news/1", "times", "rt"),
        ("https://amp.rt.example/news/1", "times", "rt"),
        ("https://russian.rt.example/1", "rt", "rt-russian"),
        ("https://www.rt.example/1", "rt-russian", "rt"),
        ("https://times.example/sport/1", "times", None),
        ("https://times.example/world/1", "times-sport", None),
        ("https://feeds.proxy.example/1", "times", None),
        ("https://feeds.proxy.example/1", "rt", None),
        ("https://evilrt.example/1", "times", None),
        ("https://rt.example.evil.example/1", "times", None),
        ("https://elsewhere.example/1", "times", None),
        ("https://rt.example:8443/1", "times", None),
        ("https://rt.example/1", "unknown", "rt"),
    ],
)
def test_an_address_belongs_to_the_outlet_on_whose_site_it_stands(url: str, lister: str, owner: str | None) -> None:
    assert SITES.owner(url, lister) == owner
    assert bool(SITES.own(lister, [Lead(url=url)])) is (owner is None)


@pytest.fixture
def thief() -> Iterator[Newspaper]:
    with Newspaper("The Thief") as paper:
        yield paper


def rss(*items: str) -> Answer:
    body = f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>"
    return Answer(200, body.encode(), {"Content-Type": "application/rss+xml"})


def item(title: str, link: str, guid: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link><guid>{guid or link}</guid></item>"


TEXT = "The council voted at noon to close the old bridge, and a ferry will run until spring.\n\nNobody was heard."


def test_a_list_cannot_take_another_outlets_article_before_its_own_lists_bring_it(
    house: House, paper: Newspaper, thief: Newspaper
) -> None:
    house.outlet(thief, slug="a-thief")
    house.outlet(paper)
    paper.prints("A first one", "So that the first visits are over.")
    thief.prints("A first one of theirs", "So that the first visits are over, too.")
    house.visit()
    url = paper.prints("Old bridge closes", TEXT)
    paper.instead["/feed.xml"] = lambda _: rss()
    # Directly, by a redirect, by its guid, and by a page that calls itself that.
    thief.instead["/feed.xml"] = lambda _: rss(
        item("Ours now", url),
        item("Ours by redirect", f"{thief.url}/go"),
        item("Ours by guid", f"{thief.url}/own", url),
    )
    thief.instead["/go"] = lambda _: Answer(302, b"", {"Location": url})
    claim = (
        f"<html><head><link rel=canonical href='{url}'><title>Ours</title></head><body><article><h1>Ours by claim</h1>"
    )
    page = f"{claim}<p>A text of quite another kind, long enough to be taken for an article by anybody.</p></article>"
    thief.instead["/own"] = lambda _: Answer(200, page.encode(), {"Content-Type": "text/html"})
    house.visit()
    by_thief = [article for article in house.articles() if article.outlet == "a-thief"]
    assert all(not article.canonical_url.startswith(paper.url) for article in by_thief)
    del paper.instead["/feed.xml"]
    house.visit()
    found = [article for article in house.articles() if article.title == "Old bridge closes"]
    assert [article.outlet for article in found] == ["paper"]
    assert "Old bridge closes" in house.unswept()


def test_a_list_cannot_silence_another_outlets_article_by_its_first_visit(
    house: House, paper: Newspaper, thief: Newspaper
) -> None:
    house.outlet(paper)
    paper.prints("A first one", "So that the first visit is over.")
    house.visit()
    url = paper.prints("Old bridge closes", TEXT)
    house.outlet(thief, slug="a-thief")
    thief.instead["/feed.xml"] = lambda _: rss(item("Seen before", url))
    paper.instead["/feed.xml"] = lambda _: rss()
    house.visit()
    del paper.instead["/feed.xml"]
    house.visit()
    assert "Old bridge closes" in house.unswept()
