"""Lists of other readers and plain lists of addresses, as outlet files."""

import codecs
from pathlib import Path

import pytest

from crawler import Outlet, load_outlets
from tocsin.cli import run
from tocsin.roster import slug_for


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    return tmp_path


def outlets_of(folder: Path) -> dict[str, Outlet]:
    outlets, problems = load_outlets(folder / "outlets")
    assert problems == []
    return {outlet.slug: outlet for outlet in outlets}


def opml(*outlines: str, encoding: str = "UTF-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<opml version="2.0"><body>\n'
        + "\n".join(outlines)
        + "\n</body></opml>\n"
    )


GAZETA = '<outline text="Новая газета" xmlUrl="https://novaya.example.org/rss"/>'
TIMES = '<outline text="Times" xmlUrl="https://times.example.org/rss"/>'


@pytest.mark.parametrize(
    "content",
    [
        opml(GAZETA).encode(),
        codecs.BOM_UTF8 + opml(GAZETA).encode(),
        opml(GAZETA, encoding="windows-1251").encode("cp1251"),
        opml(GAZETA, encoding="windows-1251").encode(),
        opml(GAZETA, encoding="UTF-16").encode("utf-16"),
        opml(GAZETA, encoding="UTF-16").encode("utf-16-le"),
        opml(GAZETA, encoding="UTF-16").encode("utf-16-be"),
        opml(GAZETA).encode("utf-32"),
        opml(GAZETA).partition("\n")[2].encode(),
        opml(*[GAZETA, *(f'<outline text="Известия, выпуск {n}"/>' for n in range(9))]).encode("cp1251"),
    ],
    ids=["utf8", "bom", "1251", "1251-but-utf8", "utf16", "utf16le", "utf16be", "utf32", "undeclared", "utf8-but-1251"],
)
def test_a_list_is_read_in_whatever_letters_it_is_written(folder: Path, content: bytes) -> None:
    (folder / "mine.opml").write_bytes(content)
    assert run(["import", "mine.opml"]) == 0
    assert outlets_of(folder)["novaya-example"].name == "Новая газета"


def test_groups_may_be_nested_deeper_than_parsers_like_and_become_tags(folder: Path) -> None:
    deep = "".join(f'<outline text="g{n}">' for n in range(600)) + TIMES + "</outline>" * 600
    (folder / "mine.opml").write_text(opml(deep))
    assert run(["import", "mine.opml"]) == 0
    times = outlets_of(folder)["times"]
    assert len(times.tags) == 600
    assert times.tags[:2] == ("g0", "g1")


def test_groups_and_categories_in_any_script_become_tags(folder: Path) -> None:
    feed = '<outline text="A" xmlUrl="https://a.example.org/rss" category="/Boston/Weather,/Kultur &amp; Kunst"/>'
    (folder / "mine.opml").write_text(opml(f'<outline text="Новости дня">{feed}</outline>'))
    assert run(["import", "mine.opml"]) == 0
    assert outlets_of(folder)["a"].tags == ("новости-дня", "boston", "weather", "kultur-kunst")


def test_what_xml_forbids_is_read_all_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (
        '<OUTLINE TEXT="A < B & C" XMLURL="https://a.example.org/rss?x=1&copy=2"/>',
        "<outline title='Zeitung f&uuml;r alle' xmlurl=https://b.example.org/rss>",
        '<outline text="never closed"><outline text="C" xmlUrl="feed://c.example.org/rss" bogus',
        ' type="rss"/>',
        '<!-- <outline text="D" xmlUrl="https://d.example.org/rss"/> -->',
        '<outline text="E" xmlUrl="https://e.example.org/rss"/>\x0c',
    )
    (folder / "mine.opml").write_text("<opml><body>\n" + "\n".join(lines) + "\n</body></opml>")
    assert run(["import", "mine.opml"]) == 0, capsys.readouterr().err
    found = {outlet.name: outlet.sources[0].url for outlet in outlets_of(folder).values()}
    assert found == {
        "A < B & C": "https://a.example.org/rss?x=1&copy=2",
        "Zeitung für alle": "https://b.example.org/rss",
        "C": "http://c.example.org/rss",
        "E": "https://e.example.org/rss",
    }


def test_what_is_skipped_is_told_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.opml").write_text(
        opml(
            TIMES,
            '<outline text="No feed" type="rss" htmlUrl="https://n.example.org/"/>',
            '<outline text="More" type="include" url="https://m.example.org/more.opml"/>',
            '<outline text="Relative" xmlUrl="/rss"/>',
            '<outline text="An empty group"/>',
        )
    )
    assert run(["import", "mine.opml"]) == 1
    told = capsys.readouterr()
    assert "mine.opml:4: No feed: has no xmlUrl" in told.err
    assert "mine.opml:5: More: names another file, https://m.example.org/more.opml" in told.err
    assert "mine.opml:6: /rss: write an http or https address" in told.err
    assert "1 new; 3 could not be taken" in told.out


def test_a_list_that_is_cut_off_gives_what_stands_before(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.opml").write_text(opml(TIMES, GAZETA)[:-60])
    assert run(["import", "mine.opml"]) == 1
    assert list(outlets_of(folder)) == ["times"]
    assert "the file is cut off here" in capsys.readouterr().err


def test_feeds_of_one_site_share_an_outlet_and_those_of_a_shared_host_do_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.opml").write_text(
        opml(
            '<outline text="World"><outline text="BBC News - World" xmlUrl="https://feeds.bbc.example.org/world"'
            ' htmlUrl="https://www.bbc.example.org/news/world"/></outline>',
            '<outline text="BBC News - UK" xmlUrl="https://feeds.bbc.example.org/uk" htmlUrl="https://www.bbc.example.org/"/>',
            '<outline text="UK"><outline text="again" xmlUrl="https://feeds.bbc.example.org/uk"/></outline>',
            '<outline text="One" xmlUrl="https://feeds.feedburner.com/one"/>',
            '<outline text="Two" xmlUrl="https://feeds.feedburner.com/two"/>',
        )
    )
    assert run(["import", "mine.opml"]) == 0
    assert "1 known, 1 merged, 3 new; 0 could" in capsys.readouterr().out
    found = outlets_of(folder)
    assert set(found) == {"bbc-news", "one", "two"}
    bbc = found["bbc-news"]
    assert [source.url for source in bbc.sources] == [
        "https://feeds.bbc.example.org/world",
        "https://feeds.bbc.example.org/uk",
    ]
    assert (bbc.name, bbc.site, bbc.tags) == ("BBC News", "https://www.bbc.example.org/news/world", ("world", "uk"))


@pytest.mark.parametrize(
    ("name", "url", "slug"),
    [
        ("Süddeutsche Zeitung", "https://www.sz.example/rss", "suddeutsche-zeitung"),
        ("Đà Nẵng ngày nay", "https://danang.example.vn/rss", "da-nang-ngay-nay"),
        ("Газета.Ru", "https://www.gazeta.ru/rss", "gazeta"),
        ("朝日新聞デジタル", "https://www.asahi.com/rss", "asahi"),
        ("الجزيرة", "https://www.aljazeera.net/rss", "aljazeera"),
        ("संवाद", "https://feeds.feedburner.com/Samvad", "feeds-feedburner-samvad"),
        ("!!!", "https://www.x1.example.co.uk/rss", "x1-example"),
    ],
)
def test_a_slug_can_be_read_whatever_script_the_name_is_in(name: str, url: str, slug: str) -> None:
    assert slug_for(name, url) == slug


def test_a_plain_list_becomes_outlets_by_the_form_of_each_address(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "list.txt").write_text(
        "# my papers\n"
        "https://times.example.org/rss.xml   The Times of Here\n"
        "\n"
        "https://www.gazette.example.org/ # the local one\n"
        "post.example.org\n"
        "https://maps.example.org/news-sitemap.xml\n"
        "https://pages.example.org/politics/\n"
        "https://herald.example.org/2026/11/20/storm-closes-the-harbour-12345.html\n"
        "ftp://old.example.org/\n"
        "what is this\n"
        "https://times.example.org/rss.xml\n"
    )
    assert run(["import", "list.txt"]) == 1
    told = capsys.readouterr()
    assert "1 known, 6 new; 2 could not be taken" in told.out
    assert "list.txt:9: ftp://old.example.org/: write an http or https address" in told.err
    assert "list.txt:10: what: write an address like https://www.example.org/" in told.err
    found = outlets_of(folder)
    assert found["the-times-of-here"].sources[0].url == "https://times.example.org/rss.xml"
    assert {slug: outlet.site for slug, outlet in found.items() if not outlet.sources} == {
        "gazette-example": "https://www.gazette.example.org/",
        "post-example": "https://post.example.org/",
        "herald-example": "https://herald.example.org/",
    }
    assert [found["maps-example"].sources[0].kind, found["pages-example"].sources[0].kind] == ["sitemap", "section"]


def test_a_site_that_has_an_outlet_is_not_listed_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "list.txt").write_text("https://www.gazette.example.org/\nhttps://gazette.example.org\n")
    assert run(["import", "list.txt"]) == 0
    assert run(["import", "list.txt"]) == 0
    assert "2 known; 0 could" in capsys.readouterr().out
    assert len(outlets_of(folder)) == 1
