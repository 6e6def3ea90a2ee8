"""Files of pages: what is put in is found again, whole records stay whole whatever happens to the last one."""

import gzip
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.evidence import warc
from crawler.evidence.warc import Damaged, Evidence, Volume, body_at, day_of, record_of

NOW = datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC)
TODAY = NOW.date()


def page(number: int = 1, **more: Any) -> Evidence:
    url = f"https://paper.example.org/{number}"
    values: dict[str, Any] = {
        "url": url, "asked": url, "status": 200, "headers": {"content-type": "text/html"}, "fetched_at": NOW,
        "body": f"<p>Text {number}</p>".encode() + os.urandom(999).hex().encode(), "article": f"id{number}",
    }  # fmt: skip
    return Evidence(**values | more)


def records(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [(one, one.content_stream().read()) for one in ArchiveIterator(file, check_digests="raise")]


def test_a_record_tells_whence_when_and_by_which_hash(tmp_path: Path) -> None:
    kept = page(asked="https://paper.example.org/short", ip="192.0.2.7", is_rendered=True, status=203)
    (tmp_path / "a.warc.gz").write_bytes(record_of(kept))
    ((record, body),) = records(tmp_path / "a.warc.gz")
    told = dict(record.rec_headers.headers)
    assert body == kept.body
    assert told["WARC-Target-URI"] == "https://paper.example.org/1"
    assert told["WARC-Date"] == "2026-11-22T01:02:03.000456Z"
    assert told["WARC-IP-Address"] == "192.0.2.7"
    assert told["WARC-Payload-Digest"].startswith("sha1:")
    assert told["Tocsin-Asked"] == "https://paper.example.org/short"
    assert (told["Tocsin-Article"], told["Tocsin-Body-Digest"]) == ("id1", kept.digest)
    assert told["Tocsin-Rendered"] == "as a browser shows it"
    assert record.http_headers.get_statuscode() == "203"


def test_cookies_and_how_the_body_was_packed_are_left_out_and_no_header_breaks_its_line(tmp_path: Path) -> None:
    headers = {
        "content-type": "text/html; charset=koi8-r", "set-cookie": "sid=1", "Content-Encoding": "br", "x": "a\r\nb: c",
        "content-length": "7", "transfer-encoding": "chunked", "server": "Газета",
    }  # fmt: skip
    kept = page(headers=headers)
    (tmp_path / "a.warc.gz").write_bytes(record_of(kept))
    ((record, _),) = records(tmp_path / "a.warc.gz")
    names = {name.lower(): value for name, value in record.http_headers.headers}
    assert set(names) == {"content-type", "x", "server", "content-length"}
    assert (names["x"], names["content-length"]) == ("a b: c", str(len(kept.body)))


def test_records_are_found_by_their_place(tmp_path: Path) -> None:
    volume = Volume.open(tmp_path, TODAY)
    pages = [page(number) for number in range(5)]
    places = [volume.append(record_of(one)) for one in pages]
    assert volume.path.name == "2026-11-22-1.warc.gz"
    for place, one in zip(places, pages, strict=True):
        assert body_at(volume.path, place) == (one.body, one.digest)
    for wrong in (places[1] + 3, volume.size):
        with pytest.raises(Damaged):
            body_at(volume.path, wrong)
    volume.close()


@pytest.mark.parametrize("known", [0, 1])
def test_a_record_that_was_cut_off_is_taken_off_wherever_it_was_cut(tmp_path: Path, known: int) -> None:
    volume = Volume.open(tmp_path, TODAY)
    places = [volume.append(record_of(page(number))) for number in range(3)]
    volume.close()
    whole = volume.path.read_bytes()
    for cut in (places[2] + 1, places[2] + 11, places[2] + 200, len(whole) - 1):
        volume.path.write_bytes(whole[:cut])
        again = Volume.open(tmp_path, TODAY, lambda _: places[known])
        assert again.size == places[2] == volume.path.stat().st_size
        assert again.append(record_of(page(9))) == places[2]
        again.close()
        assert len(records(volume.path)) == 3


def test_a_file_that_is_whole_is_gone_on_with(tmp_path: Path) -> None:
    for number in range(3):
        volume = Volume.open(tmp_path, TODAY)
        volume.append(record_of(page(number)))
        volume.close()
    assert len(records(volume.path)) == 3
    # A place that is none, as after a restored backup, loses nothing.
    Volume.open(tmp_path, TODAY, lambda _: 17).close()
    Volume.open(tmp_path, TODAY, lambda _: 10**9).close()
    assert len(records(volume.path)) == 3


def test_a_file_that_is_damaged_within_is_left_as_it_is(tmp_path: Path) -> None:
    volume = Volume.open(tmp_path, TODAY)
    places = [volume.append(record_of(page(number))) for number in range(3)]
    volume.close()
    content = bytearray(volume.path.read_bytes())
    content[places[1] : places[1] + 4] = bytes(4)
    volume.path.write_bytes(content)
    other = Volume.open(tmp_path, TODAY)
    assert other.path.name == "2026-11-22-2.warc.gz"
    other.close()
    assert volume.path.read_bytes() == content


def test_a_full_file_and_one_of_another_process_are_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc, "MOST_BYTES", 100)
    first, beside = Volume.open(tmp_path, TODAY), Volume.open(tmp_path, TODAY)
    first.append(record_of(page()))
    assert first.is_full
    first.close()
    third = Volume.open(tmp_path, TODAY)
    assert [one.path.name[11] for one in (first, beside, third)] == ["1", "2", "3"]
    for one in (beside, third):
        one.close()


def test_a_full_disk_leaves_whole_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    volume = Volume.open(tmp_path, TODAY)
    end = volume.append(record_of(page(1))) + volume.size
    write, left = os.pwrite, [100, 50]

    def short(handle: int, data: bytes, offset: int) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return write(handle, data[: left.pop()], offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", short)
        with pytest.raises(OSError, match="No space"):
            volume.append(record_of(page(2)))
    assert volume.path.stat().st_size == volume.size == end
    volume.append(record_of(page(3)))
    volume.close()
    assert len(records(volume.path)) == 2


def test_the_day_of_a_file_is_told_by_its_name() -> None:
    assert day_of("2026-11-22-12.warc.gz") == date(2026, 11, 22)
    assert [day_of(name) for name in ("2026-11-22.warc.gz", "x-2026-11-22-1.warc.gz", "2026-11-22-1.warc")] == [
        None
    ] * 3


def test_each_record_is_packed_by_itself(tmp_path: Path) -> None:
    assert gzip.decompress(record_of(page())).startswith(b"WARC/1.1\r\n")
