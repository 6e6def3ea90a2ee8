"""Every page that is kept in tests/pages is read as its expected.json says, with and without its outlet's help."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.document import Document
from crawler.page import PageRules, Reading, read_page
from newsdesk import instant

PAGES = Path(__file__).parent.parent / "pages"
GOLDEN = sorted(PAGES.rglob("page.html"))


def seen(reading: Reading) -> dict[str, Any]:
    return {
        "kind": str(reading.kind),
        "title": reading.title,
        "lede": reading.lede,
        "body": reading.body.split("\n\n"),
        "authors": list(reading.authors),
        "dateline": reading.dateline,
        "section": reading.section,
        "language": reading.language,
        "published": instant(reading.published),
        "published_precision": reading.published_precision,
        "published_raw": reading.published_raw,
        "modified": instant(reading.modified),
        "canonical": reading.canonical,
    }


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: str(page.parent.relative_to(PAGES)))
def test_a_golden_page_reads_as_expected(page: Path) -> None:
    expected = json.loads((page.parent / "expected.json").read_text(encoding="utf-8"))
    reading = read_page(Document(expected["url"], page.read_bytes(), "text/html"))
    found = seen(reading)
    assert {key: found[key] for key in expected["reading"]} == expected["reading"]


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: str(page.parent.relative_to(PAGES)))
def test_a_golden_page_reads_as_well_when_nothing_is_known_of_its_outlet(page: Path) -> None:
    expected = json.loads((page.parent / "expected.json").read_text(encoding="utf-8"))
    url = "http://127.0.0.1:8000/" + expected["url"].split("/", 3)[3]
    found = seen(read_page(Document(url, page.read_bytes())))
    wanted = expected["reading"] | expected.get("elsewhere", {})
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: str(page.parent.relative_to(PAGES)))
def test_an_outlets_time_zone_serves_where_a_clock_names_none(page: Path) -> None:
    expected = json.loads((page.parent / "expected.json").read_text(encoding="utf-8"))
    zone = "UTC" if "rt.com" in expected["url"] else "Europe/Moscow"
    url = "http://127.0.0.1:8000/" + expected["url"].split("/", 3)[3]
    found = read_page(Document(url, page.read_bytes()), PageRules(timezone=zone))
    assert instant(found.published) == expected["reading"]["published"]
    assert found.published_precision == expected["reading"]["published_precision"]
