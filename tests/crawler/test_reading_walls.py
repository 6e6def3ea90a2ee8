"""Walls before an article are told from articles; a full text is an article whatever it says of who may read it."""

import json

import pytest

from crawler.document import Document
from crawler.page import Reading, ReadingKind, read_page
from tocsin.demo.newspaper import Answer, Newspaper

from .polling import House

LINES = [
    "The old bridge across the river was closed on Monday after engineers found cracks in two of its pillars.",
    "Traffic is led over the northern bypass, and the city expects long queues in the morning and evening hours.",
    "A new bridge is to be opened in the spring, said the mayor, who visited the site together with the engineers.",
    "Until then a ferry takes pedestrians and bicycles across, every twenty minutes from six until eleven at night.",
    "The old bridge, built ninety years ago, was to be repaired two years ago; the council put the work off twice.",
    "What the new one is to cost nobody would say on Monday, only that the state bears the larger part of the bill.",
    "Shops on the northern bank fear for their customers, and want to be paid for what they lose until the spring.",
    "The engineers found the cracks with a camera that was lowered on ropes, in the night of Sunday to Monday.",
    "The city opens an office for all questions about the bridge in the old station, from Wednesday on, until noon.",
]
TEXT = "".join(f"<p>{line}</p>" for line in LINES)
TEASER = f"<p>{LINES[0]}</p>"


def ld(**claims: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(claims)}</script>'


def article(**claims: object) -> str:
    return ld(**{"@type": "NewsArticle", "headline": "Old bridge closed", **claims})


def read(body: str, head: str = "", title: str = "Old bridge closed") -> Reading:
    markup = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return read_page(Document("https://paper.example/news/bridge", markup.encode(), "text/html; charset=utf-8"))


def shown(text: str, more: str = "") -> str:
    return f"<main><article><h1>Old bridge closed</h1><div class=text>{text}</div>{more}</article></main>"


NOT_FREE = article(isAccessibleForFree=False)
PART = article(
    isAccessibleForFree="False",
    hasPart={"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".locked"},
)
CALL = '<div class="paywall"><p>Subscribe to continue reading</p><a href="/abo">Already a subscriber? Log in</a></div>'


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        (NOT_FREE, shown(TEASER, CALL), "paywall"),
        (NOT_FREE, shown("<p>Nur für Abonnenten.</p>" + TEASER), "paywall"),
        (PART, shown(TEASER + '<div class="locked"></div>', CALL), "paywall"),
        ("", shown(TEASER, '<div class="article-paywall"><b>Jetzt weiterlesen</b></div>'), "paywall"),
        ("", shown(TEASER, '<div id="paywall">Оформите подписку, чтобы читать дальше</div>'), "paywall"),
        ("", shown(TEASER, '<div class="regwall">Article réservé aux abonnés. Déjà abonné ?</div>'), "paywall"),
    ],
)
def test_a_teaser_before_a_paywall_is_no_article(head: str, body: str, kind: str) -> None:
    reading = read(body, head)
    assert reading.kind == kind
    assert reading.notes[-1] == "paywall: only the teaser is shown"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (NOT_FREE, shown(TEXT)),
        (NOT_FREE, shown(TEXT, CALL)),
        (PART, shown(TEASER + f'<div class="locked">{TEXT}</div>', CALL)),
        ("", shown(TEXT, CALL)),
        (article(isAccessibleForFree=True), shown(TEASER)),
        (article(), shown(TEASER, "<p>Subscribe to our newsletter.</p>")),
        ("", shown(f"<p>{LINES[0]} Not found was the cause of the cracks.</p>" + TEXT)),
    ],
    ids=["whole", "whole with a call", "whole in the locked part", "unclaimed", "short and free", "short", "words"],
)
def test_what_is_given_is_an_article_whatever_is_said_of_who_may_read_it(head: str, body: str) -> None:
    assert read(body, head).kind is ReadingKind.ARTICLE


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("Just a moment...", "<p>Verifying you are human, this may take a while.</p>", "challenge"),
        ("Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1>", "challenge"),
        (
            "paper.example",
            '<p>Please enable JS and disable any ad blocker</p><script src="//ct.captcha-delivery.com/c.js"></script>',
            "challenge",
        ),
        (
            "We value your privacy",
            "<p>We and our 812 partners store and/or access information on a device, such as cookies, and process "
            "personal data.</p><button>Accept all</button>",
            "consent_wall",
        ),
        (
            "Die Zeitung",
            "<h1>Willkommen</h1><p>Mit Werbung und Tracking weiterlesen: Ihre Zustimmung ist freiwillig und kann "
            "jederzeit widerrufen werden, in der Fußzeile der Seite.</p>",
            "consent_wall",
        ),
        (
            "Log in | The Paper",
            "<h1>Log in</h1><form><input name=u><input type=password name=p></form><p>Welcome back to The Paper. Enter "
            "your e-mail address and your password to go on reading.</p>",
            "login_wall",
        ),
        (
            "404 - The Paper",
            "<h1>Page not found</h1><p>What you look for is not here.</p>",
            "not_found",
        ),
        (
            "The Paper",
            "<h1>Страница не найдена</h1><p>Попробуйте поискать на главной.</p>",
            "not_found",
        ),
    ],
)
def test_a_wall_is_told_by_its_kind(title: str, body: str, kind: str) -> None:
    assert read(body, title=title).kind == kind


def test_a_page_of_three_links_is_no_article() -> None:
    names = ["The council decided on the harbour on Tuesday", "A new bridge over the river", "Police looking for a man"]
    rows = "".join(f'<div><a href="/n/{at}">{name} after a long debate</a></div>' for at, name in enumerate(names))
    assert read(f"<h1>The Paper</h1>{rows}", title="The Paper").kind is ReadingKind.NOT_AN_ARTICLE


def _says(markup: str) -> Answer:
    return Answer(200, f"<html><head><title>Old bridge closed</title>{markup}</body></html>".encode(), {})


def test_a_wall_is_set_aside_with_its_reason_and_counted(house: House, paper: Newspaper) -> None:
    walled = paper.prints("Old bridge closed", "\n\n".join(LINES))
    paper.instead[walled.removeprefix(paper.url)] = lambda _: _says(f"{NOT_FREE}</head><body>{shown(TEASER, CALL)}")
    house.outlet(paper)
    report = house.visit()
    assert (report.new, report.set_aside, report.failed) == (0, 1, 0)
    assert "paywall: paywall: only the teaser is shown" in report.notes[0]


def test_a_challenge_is_met_again_later(house: House, paper: Newspaper) -> None:
    path = paper.prints("Old bridge closed", "\n\n".join(LINES)).removeprefix(paper.url)
    paper.instead[path] = lambda _: Answer(
        200, b"<html><head><title>Just a moment...</title></head><body>Checking your browser.</body></html>", {}
    )
    house.outlet(paper)
    house.visit()
    assert (house.lead_states(), house.articles()) == ({"due": 1}, [])
    del paper.instead[path]
    house.make_all_due()
    house.visit()
    assert [article.title for article in house.articles()] == ["Old bridge closed"]
