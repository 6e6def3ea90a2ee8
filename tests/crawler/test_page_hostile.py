"""Pages made to break or deceive their reader: the article in them is read all the same."""

import pytest

from crawler.document import Document
from crawler.page import read_page

SAID = "The council voted at noon to close the old bridge, and a ferry will run until the new one opens in spring."
ARTICLE = f"<article><h1>Old bridge closes</h1>{f'<p>{SAID}</p>' * 4}</article>"
LD = "<script type='application/ld+json'>{}</script>"


def page(head: str = "", after: str = "", before: str = "") -> str:
    return f"<html><head><title>Old bridge closes</title>{head}</head><body>{before}{ARTICLE}{after}</body></html>"


@pytest.mark.parametrize(
    "html",
    [
        page(LD.format('{"a":' * 5000)),
        page(LD.format("[" * 20_000 + "]" * 20_000)),
        page(LD.format('{"@type":"NewsArticle","headline":' + "9" * 5000 + "}")),
        page(LD.format('{"@type":"NewsArticle","headline":NaN,"datePublished":Infinity,"author":[[[1]]]}')),
        page(LD.format('{"@type":["NewsArticle",5,null],"headline":{"a":"b"},"author":{"name":{}}}')),
        page(LD.format("[" + '{"@type":"NewsArticle"},' * 20_000 + "{}]")),
        page(LD.format('{"@type":"NewsArticle","datePublished":"\\ud800","headline":"\\u0000"}')),
        page("<base href='https://evil.example.org/'>"),
        page("<meta http-equiv=refresh content='0;url=file:///etc/passwd'>"),
        page("<link rel=canonical href='javascript:alert(1)'>"),
        page("<link rel=canonical href='http://[::1'>"),
        page(after="<iframe srcdoc='<p>not in this page</p>'></iframe>"),
        page(after="<script>var a = '</script><p>left over'</script>"),
        page(after="<script><!-- <script> </script> --></script>"),
        page(after="<form>" * 300 + "<table>" * 300 + "<tr><td>"),
        page(after="<template><p>inert</p></template><noscript><p>no script</p></noscript>"),
        page(after="<svg><title>icon</title></svg><math><mi>x</mi></math>"),
        page(after="<p " + "x" * 100_000 + ">wide</p>"),
        page(after="<!-- " + "-" * 200_000),
        page(after="<textarea>" + "<p>x</p>" * 1000),
        page(before="<p hidden>hidden</p><p style='display:none'>unseen</p>"),
        page(before="\x00\x00<\x00p>\x00nul</p>"),
        page(before="<plaintext-not>") + "\x00" * 1000,
        page().replace("\n", "") + "</html>" * 1000,
        page().replace("</p>", "").replace("</article>", ""),
        page().upper().replace(SAID.upper(), SAID).replace("OLD BRIDGE CLOSES", "Old bridge closes"),
        "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + page(after="<p>&x;</p>"),
        page(after="<p>" + "&#xD800;&#0;&#x110000;&#99999999999;" * 100 + "</p>"),
    ],
)
def test_the_article_is_read_whatever_stands_around_it(html: str) -> None:
    reading = read_page(Document("https://paper.example.org/1", html.encode(), "text/html; charset=utf-8"))
    assert reading.title == "Old bridge closes"
    assert SAID in reading.body
    told = f"{reading.title}{reading.lede}{reading.body}{reading.authors}"
    assert told.encode() and not any(sign in told for sign in "\x00\x1b\ud800")
    assert "root:" not in told and "not in this page" not in told
    assert reading.canonical is None or reading.canonical.startswith(("http://", "https://"))


def test_text_that_runs_the_wrong_way_is_put_straight() -> None:
    html = page().replace("Old bridge closes", "Old \u202eegdirb\u202c\u2066 bridge\u2069 closes e\u0301")
    reading = read_page(Document("https://paper.example.org/1", html.encode(), "text/html; charset=utf-8"))
    assert reading.title is not None
    assert not any(sign in reading.title + reading.body for sign in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert reading.title.endswith("closes é")
