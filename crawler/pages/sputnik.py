"""Sputnik and RIA Novosti: one template until 2021, another one since; their clocks are Moscow's."""

from dataclasses import replace

from ..page import Page, PageRules, Reading

_OWN_NAMES = ("sputnik", "ria novosti", "риа новости")


class _Sputnik(Page):
    def amend(self, reading: Reading) -> Reading:
        """Take the agency's own name off its authors: `Finian Cunningham. Sputnik International`."""
        names = (name.split(". ")[0] for name in reading.authors)
        people = tuple(name for name in names if not name.lower().startswith(_OWN_NAMES))
        return replace(reading, authors=people)


SPUTNIK = _Sputnik(
    "sputnik",
    ("sputniknews.com", "sputnikglobe.com", "sputniknews.ru", "ria.ru", "rian.ru"),
    PageRules(
        name="Sputnik International",
        timezone="Europe/Moscow",
        title=".article__title, .b-article__header-title h1",
        lede=".article__announce-text, .b-article__lead",
        body=".article__body, .b-article__text",
        remove=(
            ".article__block:not([data-type=text]):not([data-type=quote]):not([data-type^=h])",
            ".article__meta",
            ".b-disclaimer",
            ".b-inject",
            ".b-banner",
        ),
    ),
)
