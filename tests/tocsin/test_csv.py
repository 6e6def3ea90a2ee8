"""A cell is text to any spreadsheet, whatever a headline begins with."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsdesk import Article, FiledArticle
from tocsin.format import FORMATS, About

NOW = datetime(2026, 11, 21, tzinfo=UTC)
URL = "https://paper.example.org/1"
FILED = FiledArticle(
    id="a1", article=Article(outlet="paper", url=URL, canonical_url=URL, title="", body=""), first_seen=NOW,
    revision=1, story="a1",
)  # fmt: skip


def cell(title: str) -> str:
    out = io.StringIO(newline="")
    filed = replace(FILED, article=replace(FILED.article, title=title))
    FORMATS["csv"].write([filed], out, About("All", URL, NOW))
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    return row["title"]


@pytest.mark.parametrize("sign", list("=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"))
@pytest.mark.parametrize("before", ["", " ", "  ", "\u00a0", "\u3000", "\ufeff", "\u200b", "\n "])
def test_what_a_spreadsheet_may_take_for_a_formula_is_led_by_an_apostrophe(sign: str, before: str) -> None:
    if before and sign.isspace():
        return
    title = f"{before}{sign}cmd|' /C calc'!A0"
    assert cell(title) == f"'{title}"


@pytest.mark.parametrize("title", ["", "A = B", " 5 - 3", "«=»", "−5 °C", "'=1", "ship@sea", "1+1", '"=1+1"'])
def test_other_texts_stay_as_they_are(title: str) -> None:
    assert cell(title) == title
