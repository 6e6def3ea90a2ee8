"""CSV by RFC 4180, safe to open in a spreadsheet."""

import csv
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


def _cell(value: Any) -> Any:
    """Give a cell; text that a spreadsheet would take for a formula is led by an apostrophe, as OWASP advises."""
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(tuple("=+-@\t\r\n＝＋－＠")):
        return f"'{value}"
    return value


CSV = Csv()
