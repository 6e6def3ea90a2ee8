"""The promises of every kind of source."""

import pickle

import pytest

from crawler import Document, Outlet, Source
from crawler.outlet import known_kinds
from crawler.spider import SOURCE_KINDS, Listing
from newsdesk import ReadingError

OUTLET = Outlet(slug="paper", name="Paper", site="https://paper.example/")
ODD = {
    "nothing": b"",
    "spaces": b" \r\n\t",
    "zeros": b"\0" * 5000,
    "noise": bytes(range(256)) * 50,
    "gzip cut short": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03K",
    "brackets": b"<" * 5000 + b"[" * 5000 + b"{" * 5000,
    "nesting": b"<a>" * 20_000,
    "json nesting": b'{"items":' * 5000,
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "&a;&a;">]><x>&a;</x>',
    "a javascript link": b'<rss><channel><item><link>javascript:x</link></item></channel></rss><a href="javascript:x">',
    "a surrogate": b'{"items":[{"url":"/1","title":"\\ud800"}]}',
}
each_kind = pytest.mark.parametrize("kind", list(SOURCE_KINDS))


def test_a_kind_is_called_like_its_file() -> None:
    assert set(known_kinds()) == set(SOURCE_KINDS)


@each_kind
def test_a_kind_has_an_example_that_an_outlet_file_may_hold(kind: str) -> None:
    assert Source(kind=kind, url=SOURCE_KINDS[kind].example)
    assert SOURCE_KINDS[kind].__doc__


@each_kind
@pytest.mark.parametrize("name", ODD)
def test_no_document_brings_a_kind_down_and_no_lead_leads_off_the_web(kind: str, name: str) -> None:
    try:
        listing = SOURCE_KINDS[kind].read(Document("https://paper.example/list", ODD[name]), OUTLET)
    except ReadingError as error:
        assert str(error)
        return
    assert isinstance(listing, Listing)
    assert all(lead.url.startswith(("http://", "https://")) for lead in listing.leads)
    assert all((lead.title or "").isprintable() for lead in listing.leads)
    assert pickle.loads(pickle.dumps(listing)) == listing
