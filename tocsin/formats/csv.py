"""CSV by RFC 4180, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from newsdesk import FiledArticle, article_json
from tocsin.format import About, Format

_COLUMNS = [
    "id",
    "outlet",
    "url",
    "canonical_url",
    "title",
    "lede",
    "body",
    "authors",
    "dateline",
    "section",
    "language",
    "published",
    "published_precision",
    "published_raw",
    "modified",
    "first_seen",
    "revision",
    "story",
    "copy_of",
    "update_of",
]


class Csv(Format):
    """One article a row, a header first."""

    name = "csv"

    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write the header and the rows, lines ended by CR LF."""
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for filed in articles:
            document = article_json(filed)
            writer.writerow([_cell(document[column]) for column in _COLUMNS])


# What some program takes for the beginning of a formula, also behind what it does not show; the wide and the small
# forms are those of Chinese, Japanese and Korean keyboards (OWASP, "CSV Injection").
_FORMULA = re.compile("[\t\r\n]|[\\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\\-@＝＋－＠﹦﹢﹣﹫]")


def _cell(value: Any) -> Any:
    """Give a cell; text that a spreadsheet would take for a formula is led by an apostrophe, as OWASP advises."""
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


CSV = Csv()
