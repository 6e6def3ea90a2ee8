"""Web archives as a backfill: what is in them, what is damaged in them, and an import that is killed in the middle."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from crawler import Outlet
from newsdesk import Database
from tests.newsdesk.prose import prose
from tocsin.cli import run
from tocsin.importing.places import Places, Position
from tocsin.reading import Sites

pytestmark = pytest.mark.usefixtures("upgraded", "lent_workers")


def page(number: int) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in prose(f"page {number}", 160).split("\n\n"))
    title = f"Storm {number} closes the harbour"
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    )


def record(url: str, body: bytes, *headers: str, kind: str = "response", status: str = "200 OK") -> bytes:
    head = "".join(f"{header}\r\n" for header in headers or ("Content-Type: text/html; charset=utf-8",))
    answer = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
    return (
        (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: 2026-10-01T09:00:00Z\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Record-ID: <urn:uuid:{uuid4()}>\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        ).encode()
        + answer
        + b"\r\n\r\n"
    )


def pages(count: int, first: int = 0) -> list[bytes]:
    return [record(f"https://paper.example.org/news/{n}", page(n).encode()) for n in range(first, first + count)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("crawl: {max_page: 100kB}\n")
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "paper.yaml").write_text("site: https://paper.example.org/\n")
    return tmp_path


def titles(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    run(["export"])
    return sorted(json.loads(line)["title"] for line in capsys.readouterr().out.splitlines())


def test_packed_chunked_and_foreign_answers_are_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html, deflated = page(2).encode(), gzip.compress(page(1).encode())
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (html[:100], html[100:])) + b"0\r\n\r\n"
    kind, url = "Content-Type: text/html", "https://paper.example.org/"
    records = [
        record(f"{url}1", deflated, kind, "Content-Encoding: gzip"),
        record(f"{url}2", chunks, kind, "Transfer-Encoding: chunked"),
        record(f"{url}3", b"\x89PNG", "Content-Type: image/png"),
        record(f"{url}4", b"", kind, kind="revisit"),
        record(f"{url}5", page(5).encode(), kind, "Content-Encoding: martian"),
        record(f"{url}6", gzip.compress(b" " * 2_000_000), kind, "Content-Encoding: gzip"),
        record(f"{url}7", page(7).encode(), status="404 Not Found"),
    ]
    (folder / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))
    assert run(["import", "a.warc.gz"]) == 1
    told = capsys.readouterr()
    assert "record 6: https://paper.example.org/6: above 100000 bytes" in told.err
    assert "pages/s per core" in told.err
    assert "1 revisits" in told.out
    assert titles(capsys)[:2] == ["Storm 1 closes the harbour", "Storm 2 closes the harbour"]


def test_an_archive_that_is_cut_off_gives_its_whole_records(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = [gzip.compress(one) for one in pages(3)]
    (folder / "a.warc.gz").write_bytes(b"".join(packed)[: -len(packed[-1]) // 2])
    assert run(["import", "a.warc.gz"]) == 1
    assert "a.warc.gz:record 2: the file is damaged or cut off behind this record" in capsys.readouterr().err
    assert titles(capsys) == ["Storm 0 closes the harbour", "Storm 1 closes the harbour"]


def test_an_archive_that_is_damaged_within_gives_what_stands_before(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = [bytearray(gzip.compress(one)) for one in pages(3)]
    packed[1][40:60] = bytes(20)
    (folder / "a.warc.gz").write_bytes(b"".join(packed))
    assert run(["import", "a.warc.gz"]) == 1
    assert "behind this record" in capsys.readouterr().err
    assert titles(capsys) == ["Storm 0 closes the harbour"]


def test_an_archive_that_was_packed_as_a_whole_is_read_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.warc.gz").write_bytes(gzip.compress(b"".join(pages(3))))
    assert run(["import", "a.warc.gz"]) == 0
    assert len(titles(capsys)) == 3


def test_only_pages_of_known_outlets_are_taken_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = record("https://elsewhere.example.com/1", page(9).encode())
    (folder / "a.warc").write_bytes(b"".join([*pages(1), foreign]))
    assert run(["import", "a.warc", "--known"]) == 0
    assert titles(capsys) == ["Storm 0 closes the harbour"]
    assert run(["import", "a.warc"]) == 0
    assert len(titles(capsys)) == 2


def test_a_bomb_ends_no_import(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb = zlib.compress(b"0" * 50_000_000)
    odd = record("https://paper.example.org/x", bomb, "Content-Type: text/html", "Content-Encoding: deflate")
    (folder / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, [odd, *pages(1)])))
    assert run(["import", "a.warc.gz"]) == 1
    assert titles(capsys) == ["Storm 0 closes the harbour"]


_MANY = 240
"""Some seconds of work for one reader, so that it is ended in the middle."""
_ONE_READER = (
    "import os; os.cpu_count = lambda: 1; import tocsin.importing.intake as i; i._BATCH = 10; "
    "from tocsin.__main__ import main; main()"
)


class Stopped:
    """An import in a process of its own that is ended in the middle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ONE_READER, "-c", str(folder), "import", "a.warc.gz"],
            cwd=folder, env=env | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # What a shell starts in the background ignores SIGINT, and so would all that comes of it.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def has_filed(self) -> bool:
        import sqlite3

        if not (self.folder / "tocsin.db").exists():
            return False
        with sqlite3.connect(self.folder / "tocsin.db", timeout=0) as database:
            try:
                return bool(database.execute("SELECT count(*) FROM imports").fetchone()[0])
            except sqlite3.OperationalError:
                return False


@pytest.fixture
def stopped(folder: Path) -> Iterator[Stopped]:
    (folder / "a.warc.gz").write_bytes(b"".join(gzip.compress(one) for one in pages(_MANY)))
    import_ = Stopped(folder)
    yield import_
    import_.process.kill()
    import_.process.wait()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # a look at another process's doings


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_ended_goes_on_where_it_was(
    stopped: Stopped, folder: Path, capsys: pytest.CaptureFixture[str], how: signal.Signals
) -> None:
    until(stopped.has_filed)
    stopped.process.send_signal(how)
    _, said = stopped.process.communicate(timeout=60)
    assert ("the same command goes on after" in said) == (how is signal.SIGINT), said
    before = len(titles(capsys))
    assert 0 < before < _MANY
    assert run(["import", "a.warc.gz"]) == 0
    told = capsys.readouterr()
    assert f"goes on after {before} records" in told.err
    assert f"{_MANY - before} new; 0 could not be taken" in told.out
    assert len(set(titles(capsys))) == _MANY
    assert run(["import", "a.warc.gz"]) == 0
    assert f"{_MANY} known" in capsys.readouterr().out


def test_an_address_belongs_to_the_outlet_nearest_to_it() -> None:
    papers = [
        Outlet(slug=slug, name=slug, site=f"https://{host}/")
        for slug, host in (
            ("all", "example.org"), ("sport", "sport.example.org"), ("deep", "a.b.example.com"),
            ("port", "h.test:8080"),
        )
    ]  # fmt: skip
    sites = Sites(papers)
    addresses = {
        "https://www.example.org/1": "all",
        "https://live.sport.example.org/1": "sport",
        "https://x.example.org/": "all",
        "https://b.example.com/1": "deep",
        "http://h.test:8080/1": "port",
        "http://h.test/1": None,
        "nowhere": None,
    }
    for url, slug in addresses.items():
        found = sites.outlet_of(url)
        assert (found and found.slug) == slug, url


def test_a_place_is_kept_for_one_file_as_it_is(database: Database) -> None:
    places = Places(database, "/a.warc.gz", "10 1")
    assert places.load() == Position()
    for position in (Position(5, 1), Position(2**40, 9, datetime(2026, 10, 1, tzinfo=UTC))):
        with database.begin() as session:
            places.save(session, position)
        assert places.load() == position
    assert Places(database, "/a.warc.gz", "11 2").load() == Position()
    assert Places(database, "/b.warc.gz", "10 1").load() == Position()
    places.forget()
    assert places.load() == Position()
