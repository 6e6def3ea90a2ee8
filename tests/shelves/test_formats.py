import io
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from newsdesk import Article, FiledArticle
from tocsin.format import FORMATS, About
from tocsin.importer import IMPORTERS

NOW = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)
ODD = FiledArticle(
    id='a"<&>',
    article=Article(
        outlet="paper",
        url="https://paper.example.org/?a=1&b=2",
        canonical_url="https://paper.example.org/?a=1&b=2",
        title=']]> & <b>"Storm"</b> \x0b\x00 \U0001f30a \ufffe',
        body="One,\r\ntwo; three\n\n\u2028four",
        authors=("Ada <ada@example.org>", "Грейс"),
    ),
    first_seen=NOW,
    revision=1,
    story="s",
)


def exported(name: str, *articles: FiledArticle) -> str:
    out = io.StringIO(newline="")
    FORMATS[name].write(articles, out, About("All & <everything>", "https://tocsin.example.org/?x=1&y=2", NOW))
    return out.getvalue()


TEXTS = [name for name in FORMATS if FORMATS[name].is_text]


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_of_export_writes_nothing_and_the_odd_alike(name: str) -> None:
    empty, odd = exported(name), exported(name, ODD)
    assert "Storm" in odd
    assert odd.encode()
    if empty.startswith("<?xml"):
        assert ElementTree.fromstring(empty.encode()) is not None
        assert "Storm" in "".join(ElementTree.fromstring(odd.encode()).itertext())
    else:
        assert odd.startswith(empty)


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_of_export_writes_as_articles_come(name: str) -> None:
    out = io.StringIO(newline="")

    def articles() -> object:
        yield ODD
        assert "Storm" in out.getvalue()
        yield ODD

    FORMATS[name].write(articles(), out, About("All", "https://tocsin.example.org/", NOW))  # type: ignore[arg-type]
    assert out.getvalue().count("Storm") >= 2


def test_each_ending_of_a_file_tells_one_form_of_import() -> None:
    endings = [suffix for importer in IMPORTERS.values() for suffix in importer.suffixes]
    assert len(endings) == len(set(endings))
    assert all(suffix.startswith(".") for suffix in endings)
