"""Lists of queries from other services become watch files."""

import json
from pathlib import Path

import pytest

from alerts import load_watches
from tocsin.cli import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config" / "watches").mkdir(parents=True)
    (tmp_path / "config" / "tocsin.yaml").write_text("")
    return tmp_path


def carried(capsys: pytest.CaptureFixture[str], content: str | bytes, name: str, service: str, code: int = 0) -> list:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run(["watches", "import", name, "--from", service, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def brief(found: list) -> list[tuple[int, str, str]]:
    return [(one["line"], one["name"], one["query"]) for one in found]


def test_text_holds_one_query_a_line_or_a_name_a_tab_and_a_query(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        '# my alerts\n\nLavrov -hockey\r\nThe Quartet\tquartet OR "road map"\n'
        "(Kerry\n  OR Lavrov)\nGeneva AND\nlake\npeace\n  AND talks\n#ceasefire\n"
    )
    assert brief(carried(capsys, text, "list.txt", "google")) == [
        (3, None, "Lavrov NOT hockey"),
        (4, "The Quartet", 'quartet OR "road map"'),
        (5, None, "Kerry OR Lavrov"),
        (7, None, "Geneva AND lake"),
        (9, None, "peace AND talks"),
        (11, None, "ceasefire"),
    ]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('Topic,Boolean Query\r\nQuartet,"apple near/3 ""road map"""\r\nPlain,pear\r\n', [2, 3]),
        ('name;keywords\nQuartet;apple near/3 "road map"\nPlain;pear\n', [2, 3]),
        ('Quartet,"apple near/3 ""road map"""\nPlain,pear\n', [1, 2]),
        ('\ufeffid,name,query\n1,Quartet,"apple near/3\n""road map"""\n2,Plain,pear\n', [2, 4]),
    ],
)
def test_csv_is_read_by_its_header_or_as_names_and_queries(
    folder: Path, content: str, lines: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    found = carried(capsys, content, "list.csv", "meltwater")
    assert brief(found) == [(lines[0], "Quartet", 'apple NEAR/4 "road map"'), (lines[1], "Plain", "pear")]


def test_a_table_saved_by_a_spreadsheet_in_utf_16_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = carried(capsys, "name\tquery\nЛавров\tЛавров\n".encode("utf-16"), "list.csv", "meltwater")
    assert brief(found) == [(2, "Лавров", "Лавров")]


def test_the_export_of_google_brings_language_address_and_rhythm(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = {
        "subscriptions": [
            {
                "query": "Lavrov OR Kerry",
                "language": "en",
                "apply_language_restrict": True,
                "country": "GB",
                "apply_region_restrict": True,
                "delivery_method": "EMAIL",
                "delivery_frequency": "DAILY",
                "email_address": "desk@example.org",
            },
            {"query": "Geneva", "language": "en", "apply_language_restrict": False},
        ]
    }
    Path("alerts.json").write_text(json.dumps(export))
    assert run(["watches", "import", "alerts.json", "--from", "google", "--write"]) == 0
    err = capsys.readouterr().err
    assert "alerts.json:1: country GB: not known here, left out, so that the watch finds more" in err
    watches, problems = load_watches(folder / "config" / "watches")
    assert problems == []
    geneva, lavrov = watches
    assert (geneva.query_text, geneva.languages, geneva.notify) == ("Geneva", (), ())
    assert (lavrov.query_text, lavrov.languages) == ("Lavrov OR Kerry", ("en",))
    assert lavrov.notify == ({"email": "desk@example.org", "when": "daily"},)
    assert run(["check"]) == 0


def test_what_could_not_be_carried_over_is_told_and_kept_in_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.txt").write_text("Cars\tBMW AND sourcecountry:de\nsourcecountry:de\nBMW\n")
    assert run(["watches", "import", "list.txt", "--from", "talkwalker", "--write"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    told = captured.err.splitlines()
    lost = "column 9: sourcecountry:de: asks for what no article here tells; left out, so that the watch finds more"
    assert told[0] == f"list.txt:1: {lost}"
    assert "list.txt:2: refused: sourcecountry:de: everything would match" in told
    assert "1 carried over whole, 1 with what is told above, 1 refused" in told
    file = folder / "config" / "watches" / "cars.yaml"
    assert file.read_text() == (
        f'# From Talkwalker: BMW AND sourcecountry:de\n# {lost}\nname: "Cars"\nquery: >-\n  BMW\n'
    )
    assert sorted(path.name for path in file.parent.iterdir()) == ["bmw.yaml", "cars.yaml"]


def test_without_write_the_files_are_shown_and_none_is_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("list.txt").write_text('"foreign minister"\n')
    assert run(["watches", "import", "list.txt", "--from", "google"]) == 0
    out = capsys.readouterr().out
    assert out.startswith('# watches/foreign-minister.yaml\n# From Google Alerts: "foreign minister"\n')
    assert 'query: >-\n  "foreign minister"\n' in out
    assert list((folder / "config" / "watches").iterdir()) == []


def test_no_file_is_written_over_and_every_watch_has_a_slug(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = folder / "config" / "watches" / "lavrov.yaml"
    mine.write_text("query: mine\n")
    Path("list.txt").write_text("Lavrov\nLAVROV\nЛавров\n" + "word " * 60 + "\n")
    assert run(["watches", "import", "list.txt", "--from", "meltwater", "--write"]) == 0
    assert mine.read_text() == "query: mine\n"
    watches, problems = load_watches(mine.parent)
    assert problems == []
    assert {watch.slug for watch in watches} >= {"lavrov", "lavrov-2", "lavrov-3", "watch-3"}
    assert len(watches) == 5


def test_what_is_carried_over_is_advised_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "config" / "outlets").mkdir()
    (folder / "config" / "outlets" / "rt.yaml").write_text("site: https://www.rt.com/\n")
    Path("list.txt").write_text("Lavrov site:rt.com\nLavrov site:mysite.example\n")
    assert run(["watches", "import", "list.txt", "--from", "google"]) == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if "(warning)" in line]
    assert len(warned) == 1
    assert warned[0].startswith("list.txt:2: no outlet has mysite.example for its site or a source")


def test_odd_letters_break_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries = ["a1 \x07 b1", 'x # y: "z: {}"', "- dash", "!bang", "emoji 😀 word", "tab\\tslash \\", "%pct @at `tick`"]
    Path("list.json").write_text(json.dumps([{"query": query, "name": f"{query}\u2028\x85"} for query in queries]))
    assert run(["watches", "import", "list.json", "--from", "google", "--write"]) in (0, 1)
    assert load_watches(folder / "config" / "watches")[1] == []


@pytest.mark.parametrize(
    ("arguments", "content", "said"),
    [
        (["list.txt", "--from", "googel"], "a1", 'did you mean "google"?'),
        (["list.txt"], "a1", "--from"),
        (["none.txt", "--from", "google"], "a1", "cannot be read"),
        (["list.txt", "--from", "google"], "\n# nothing\n", "holds no query"),
        (["list.json", "--from", "google"], "{", "is not JSON"),
        (["list.txt", "--from", "google"], "\udcff", "is not UTF-8"),
    ],
)
def test_wrong_use_is_told(
    folder: Path, arguments: list[str], content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("list.txt", "list.json"):
        Path(name).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert run(["watches", "import", *arguments]) == 2
    assert said in capsys.readouterr().err
