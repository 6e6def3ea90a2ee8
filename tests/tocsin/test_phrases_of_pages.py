"""From a page to a phrase: what a page sets apart with tags is found as it is read."""

import json
from pathlib import Path

import pytest

from tocsin.cli import run

PAGE = """<!doctype html><html lang="en"><head><title>Talks in Geneva</title></head><body><article>
<h1>Talks in Gen<b>eva</b></h1>
<p>The Rus<b>sian</b> foreign <a href="/who">minis</a>ter met an envoy of the U<span>.</span>S<span>.</span> on Monday,
and the deputy<br>secretary spoke of soft&shy;ware and of a long<wbr>word in an e<i>-</i>mail
that <em>Lav</em>rov’s office had sent.</p>
<p>This paragraph is long enough to be one of an article's text, and it ends with the word ceasefire</p>
<p>agreement begins the next one, which is long enough to be kept as a paragraph of its own as well.</p>
</article></body></html>"""


@pytest.fixture
def article(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page as it is read, as a file."""
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")
    assert run(["read", "page.html", "--url", "https://news.example.org/1", "--json"]) == 0
    Path("article.json").write_text(capsys.readouterr().out, "utf-8")
    return Path("article.json")


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ('"russian foreign minister"', ["Russian foreign minister"]),
        ('title:"talks in geneva"', ["Talks in Geneva"]),
        ('"deputy secretary spoke"', ["deputy secretary spoke"]),
        ("U.S.", ["U.S."]),
        ("software", ["soft\u00adware"]),
        ("longword", ["longword"]),
        ("email NEAR/3 Lavrov", ["e-mail", "Lavrov"]),
        ('"ceasefire agreement"', None),
        ("ceasefire NEAR/1 agreement", ["ceasefire", "agreement"]),
        ("minis", None),
    ],
)
def test_tags_inside_a_line_split_nothing_and_paragraphs_do(
    article: Path, capsys: pytest.CaptureFixture[str], query: str, texts: list[str] | None
) -> None:
    assert run(["try", query, "--text", str(article), "--json"]) == (1 if texts is None else 0)
    answer = json.loads(capsys.readouterr().out)
    fields = json.loads(article.read_text("utf-8"))
    assert [" ".join(span["text"].split()) for span in answer["spans"]] == (texts or [])
    assert all(fields[span["field"]][span["start"] : span["end"]] == span["text"] for span in answer["spans"])
