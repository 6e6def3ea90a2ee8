"""Parquet: columns of their types, row groups as they fill, and a word where the extra is missing."""

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from newsdesk import Article, FiledArticle, Precision, TocsinError
from tocsin.cli import run
from tocsin.format import FORMATS, About

pytestmark = pytest.mark.usefixtures("upgraded")

NOW = datetime(2026, 11, 21, 14, 5, 9, 123456, tzinfo=UTC)
ABOUT = About("All", "https://tocsin.example.org/", NOW)
STORM = FiledArticle(
    id="a1",
    article=Article(
        outlet="paper",
        url="https://paper.example.org/1",
        canonical_url="https://paper.example.org/1",
        title="Шторм \U0001f30a",
        body="One.\n\nTwo.",
        authors=("Ada", "Грейс"),
        published=NOW,
        published_precision=Precision.MINUTE,
    ),
    first_seen=NOW,
    revision=2,
    story="a1",
)


def written(*articles: FiledArticle) -> parquet.ParquetFile:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    FORMATS["parquet"].write(articles, out, ABOUT)
    assert not out.buffer.closed
    out.buffer.seek(0)
    return parquet.ParquetFile(io.BytesIO(out.buffer.read()))


def test_an_article_is_a_row_of_typed_columns() -> None:
    file = written(STORM)
    schema = file.schema_arrow
    assert schema.field("first_seen").type == schema.field("published").type == pyarrow.timestamp("us", tz="UTC")
    assert schema.field("authors").type == pyarrow.list_(pyarrow.string())
    assert schema.field("revision").type == pyarrow.int32()
    assert not schema.field("title").nullable
    (row,) = file.read().to_pylist()
    assert (row["title"], row["authors"], row["body"]) == ("Шторм \U0001f30a", ["Ada", "Грейс"], "One.\n\nTwo.")
    assert (row["first_seen"], row["published"], row["modified"]) == (NOW, NOW, None)
    assert (row["published_precision"], row["revision"], row["copy_of"]) == ("minute", 2, None)


def test_nothing_is_a_file_without_rows() -> None:
    file = written()
    assert (file.metadata.num_rows, "title" in file.schema_arrow.names) == (0, True)


def test_its_columns_are_those_of_the_other_forms() -> None:
    out = io.StringIO()
    FORMATS["csv"].write([], out, ABOUT)
    assert written().schema_arrow.names == out.getvalue().strip().split(",")


def test_a_letter_that_is_none_ends_no_export() -> None:
    (row,) = written(replace(STORM, article=replace(STORM.article, title="a\ud800b"))).read().to_pylist()
    assert row["title"] == "a?b"


def test_articles_are_written_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.formats.parquet._ROWS", 2)
    out, sizes = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), []

    def articles() -> Iterator[FiledArticle]:
        for number in range(5):
            sizes.append(out.buffer.tell())
            yield replace(STORM, id=str(number))

    FORMATS["parquet"].write(articles(), out, ABOUT)
    assert sizes[1] < sizes[2] == sizes[3] < sizes[4]
    out.buffer.seek(0)
    assert parquet.ParquetFile(out.buffer).num_row_groups == 3


def test_without_its_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TocsinError, match=r"pip install 'tocsin\[parquet\]'"):
        FORMATS["parquet"].write([], io.TextIOWrapper(io.BytesIO()), ABOUT)


def test_export_writes_it_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    (tmp_path / "one.jsonl").write_text('{"url": "https://paper.example.org/1", "title": "One", "body": "First."}')
    assert run(["import", "one.jsonl"]) == 0
    assert run(["export", "--format", "parquet", "-o", "all.parquet"]) == 0
    assert parquet.read_table(tmp_path / "all.parquet").column("title").to_pylist() == ["One"]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["export", "--format", "parquet"]) == 2
    assert "name a file with -o" in capsys.readouterr().err
