"""Parquet: columns of their types, for data frames; it needs the extra `tocsin[parquet]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from newsdesk import FiledArticle, TocsinError, article_json
from tocsin.format import About, Format

if TYPE_CHECKING:
    from pyarrow import Schema

_ROWS = 1000
_LETTERS = 16_000_000
"""What is held in memory at a time, as one row group."""

_INSTANTS = ("published", "modified", "first_seen")
_REMEDY = "to export as parquet, install its extra: pip install 'tocsin[parquet]'"


class Parquet(Format):
    """One article a row; instants to the microsecond in UTC, authors as a list."""

    name = "parquet"
    is_text = False

    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write row groups as they fill. Raises TocsinError without the extra."""
        try:
            import pyarrow
            from pyarrow.parquet import ParquetWriter
        except ImportError as error:
            raise TocsinError(_REMEDY) from error
        schema = _schema()
        with ParquetWriter(out.buffer, schema, compression="zstd") as writer:
            for rows in _groups(articles):
                writer.write_batch(pyarrow.RecordBatch.from_pylist(rows, schema))
        out.buffer.flush()


def _schema() -> Schema:
    import pyarrow

    text, instant = pyarrow.string(), pyarrow.timestamp("us", tz="UTC")
    needed = {"id", "outlet", "url", "canonical_url", "title", "body", "authors", "first_seen", "revision", "story"}
    kinds = {
        **dict.fromkeys(("id", "outlet", "url", "canonical_url", "title", "lede", "body"), text),
        "authors": pyarrow.list_(text),
        **dict.fromkeys(("dateline", "section", "language"), text),
        "published": instant,
        **dict.fromkeys(("published_precision", "published_raw"), text),
        **dict.fromkeys(("modified", "first_seen"), instant),
        "revision": pyarrow.int32(),
        **dict.fromkeys(("story", "copy_of", "update_of"), text),
    }
    return pyarrow.schema([pyarrow.field(name, kind, nullable=name not in needed) for name, kind in kinds.items()])


def _groups(articles: Iterable[FiledArticle]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    letters = 0
    for filed in articles:
        rows.append(_row(filed))
        letters += len(filed.article.body)
        if len(rows) == _ROWS or letters > _LETTERS:
            yield rows
            rows, letters = [], 0
    if rows:
        yield rows


def _row(filed: FiledArticle) -> dict[str, Any]:
    """Give what JSON lines give, but the instants whole, and without what no UTF-8 can hold."""
    document = {name: _sound(value) for name, value in article_json(filed).items()}
    article = filed.article
    return document | dict(zip(_INSTANTS, (article.published, article.modified, filed.first_seen), strict=True))


def _sound(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


PARQUET = Parquet()
