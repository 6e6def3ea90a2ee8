"""JSON lines: one article a line, as `tocsin import` reads them."""

import json
from collections.abc import Iterable
from typing import TextIO

from newsdesk import FiledArticle, article_json
from tocsin.format import About, Format


class Jsonl(Format):
    """One article a line."""

    name = "jsonl"

    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write each article as one JSON document."""
        for filed in articles:
            out.write(json.dumps(article_json(filed), ensure_ascii=False) + "\n")


JSONL = Jsonl()
