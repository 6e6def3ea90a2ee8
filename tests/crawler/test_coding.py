"""What was compressed is unpacked within bounds, or refused."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.downloader.coding import unpack, zstd
from newsdesk import FetchError, FetchFailure

TEXT = b"<rss><channel><title>News of the day</title></channel></rss>" * 20
MOST = 1_000_000


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def refused(body: bytes, label: str, most: int = MOST) -> FetchFailure:
    with pytest.raises(FetchError) as caught:
        unpack(body, label, most)
    return caught.value.reason


@pytest.mark.parametrize("label", [*PACKERS, "GZIP", " gzip ", "identity, gzip", "gzip,"])
def test_each_coding_that_is_asked_for_is_unpacked(label: str) -> None:
    plain = label.strip(" ,").lower().removeprefix("identity, ")
    assert unpack(PACKERS[plain](TEXT), label, MOST) == TEXT


def test_deflate_without_its_wrapping_is_unpacked_too() -> None:
    assert unpack(raw_deflate(TEXT), "deflate", MOST) == TEXT


@pytest.mark.parametrize("label", ["", "identity", "none", "utf-8", "UTF8", "8bit", "text/xml", "iso-8859-1"])
def test_words_that_name_no_coding_change_nothing(label: str) -> None:
    assert unpack(TEXT, label, MOST) == TEXT


@pytest.mark.parametrize("label", PACKERS)
def test_a_plain_text_that_is_called_compressed_is_taken_for_what_it_is(label: str) -> None:
    assert unpack(TEXT, label, MOST) == TEXT


@pytest.mark.parametrize("label", PACKERS)
def test_what_is_cut_short_is_no_document(label: str) -> None:
    packed = PACKERS[label](TEXT)
    for length in (1, 3, len(packed) // 2, len(packed) - 1):
        assert refused(packed[:length], label) is FetchFailure.NETWORK


@pytest.mark.parametrize("label", ["gzip", "deflate"])
def test_damage_in_the_middle_is_found(label: str) -> None:
    packed = bytearray(PACKERS[label](bytes(range(256)) * 40))
    packed[len(packed) // 2] ^= 0xFF
    packed[len(packed) // 2 + 1] ^= 0xFF
    assert refused(bytes(packed), label) is FetchFailure.NETWORK


@pytest.mark.parametrize("label", ["compress", "x-compress", "exi", "lzma", "bzip2", "pack200-gzip", "dcb"])
def test_a_coding_that_nobody_asked_for_is_refused(label: str) -> None:
    assert refused(b"\x1f\x9d\x90 something", label) is FetchFailure.NETWORK


@pytest.mark.parametrize("label", ["gzip, gzip", "br, gzip", "gzip,deflate", "gzip, gzip, gzip"])
def test_what_is_compressed_more_than_once_is_refused(label: str) -> None:
    assert refused(gzip.compress(gzip.compress(TEXT)), label) is FetchFailure.NETWORK


@pytest.mark.parametrize("label", PACKERS)
def test_a_bomb_stops_at_the_limit(label: str) -> None:
    assert refused(PACKERS[label](bytes(20_000_000)), label, 100_000) is FetchFailure.TOO_LARGE


@pytest.mark.parametrize("label", PACKERS)
def test_a_text_of_just_the_allowed_size_passes(label: str) -> None:
    assert unpack(PACKERS[label](TEXT), label, len(TEXT)) == TEXT
    assert refused(PACKERS[label](TEXT), label, len(TEXT) - 1) is FetchFailure.TOO_LARGE


@pytest.mark.parametrize("label", ["gzip", "zstd"])
def test_pieces_that_follow_one_another_are_one_text(label: str) -> None:
    assert unpack(PACKERS[label](TEXT) * 3, label, MOST) == TEXT * 3
    assert refused(PACKERS[label](TEXT) * 3, label, len(TEXT) * 2) is FetchFailure.TOO_LARGE


def test_padding_after_the_end_is_left_out() -> None:
    assert unpack(gzip.compress(TEXT) + bytes(512), "gzip", MOST) == TEXT


@pytest.mark.parametrize("label", PACKERS)
def test_an_empty_body_is_empty_whatever_it_is_called(label: str) -> None:
    assert unpack(b"", label, MOST) == b""
    assert unpack(PACKERS[label](b""), label, MOST) == b""


@pytest.mark.parametrize("label", PACKERS)
def test_bytes_that_are_neither_compressed_nor_text_are_refused(label: str) -> None:
    assert refused(bytes(range(1, 200)) * 3, label) is FetchFailure.NETWORK
