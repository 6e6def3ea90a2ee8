"""Letters, lines, datelines, names and languages: the small tools of reading."""

import pytest

from crawler.document import Document
from crawler.page import read_page
from crawler.reading import tree
from crawler.reading.authors import people_in
from crawler.reading.boilerplate import trimmed, without_tail
from crawler.reading.charset import decode
from crawler.reading.claims import Claims
from crawler.reading.coverage import whole
from crawler.reading.dateline import find_dateline
from crawler.reading.jsonld import parse
from crawler.reading.language import short_language
from crawler.reading.texts import clean, host_of


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Мост".encode(), None, "Мост"),
        ("Мост".encode(), "text/html; charset=iso-8859-1", "Мост"),
        ("Мост".encode("cp1251"), "text/html; charset=windows-1251", "Мост"),
        (b'<meta charset="koi8-r">' + "Мост".encode("koi8-r"), None, '<meta charset="koi8-r">Мост'),
        ("Мост".encode("utf-16"), None, "Мост"),
        ("橋".encode("shift_jis"), "text/html; charset=Shift_JIS", "橋"),
        (b"caf\xe9 \x93quoted\x94", "text/html; charset=iso-8859-1", "café “quoted”"),
        (b"caf\xe9", None, "café"),
        (b"+ADw-script+AD4-", "text/html; charset=utf-7", "+ADw-script+AD4-"),
        (b"a\\u0041", "text/html; charset=unicode_escape", "a\\u0041"),
        (b"\xef\xbb\xbfBOM", "text/html; charset=koi8-r", "BOM"),
    ],
)
def test_bytes_become_the_letters_that_were_meant(body: bytes, content_type: str | None, text: str) -> None:
    assert decode(body, content_type) == text


def test_bytes_that_are_no_letters_are_marked_and_not_left_out() -> None:
    body = "мост через реку ".encode() * 50 + b"\xff" + " конец".encode()
    assert decode(body, "text/html; charset=utf-8").endswith("\ufffd конец")


def test_a_windows_page_without_a_label_is_recognised() -> None:
    text = "Министр иностранных дел заявил, что переговоры будут продолжены в ближайшее время. " * 5
    assert decode(text.encode("cp1251")) == text


def test_clean_text_is_one_line_without_anything_that_deceives() -> None:
    assert clean(" Cafe\u0301\n\t\u202eevil\u202c \x00ok\ufeff\ud800 ") == "Café evil ok"


def test_clean_text_keeps_the_joiners_that_scripts_need() -> None:
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize(
    ("paragraph", "dateline"),
    [
        ("ISLAMABAD, November 16 (RIA Novosti) - The Quartet met.", "ISLAMABAD, November 16 (RIA Novosti)"),
        ("МОСКВА, 14 фев - РИА Новости. Министр прибыл.", "МОСКВА, 14 фев - РИА Новости"),
        ("WASHINGTON (AP) — The Senate voted.", "WASHINGTON (AP)"),
        ("Berlin (dpa) - Der Bundestag hat beschlossen.", "Berlin (dpa)"),
        ("Madrid, 14 feb (EFE).- El gobierno anunció.", "Madrid, 14 feb (EFE)"),
        ("MOSCOW, November 16. /TASS/. The ministry said.", "MOSCOW, November 16. /TASS/"),
        ("Prior to his meeting with Lavrov, al-Maliki spoke - at length - with RT.", None),
        ("Russia (and others) - it said - will continue.", None),
        ("The EU - the bloc of 27 - met.", None),
        ("", None),
    ],
)
def test_a_dateline_is_found_at_the_head_of_a_paragraph(paragraph: str, dateline: str | None) -> None:
    assert find_dateline(paragraph) == dateline


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Jane Doe and John Smith", ("Jane Doe", "John Smith")),
        ("Von Anna Müller", ("Anna Müller",)),
        ("Doe, Jane", ("Jane Doe",)),
        ("Jane Doe, John Smith", ("Jane Doe", "John Smith")),
        ("Jane Doe (Reporter)", ("Jane Doe",)),
        ("Staff Reporter", ()),
        ("Редакция", ()),
        ("news@example.org", ()),
        ("https://example.org/jane", ()),
    ],
)
def test_a_byline_gives_the_names_in_it(byline: str, names: tuple[str, ...]) -> None:
    assert people_in([byline]) == names


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('<!-- {"a": 1,} -->', [{"a": 1}]),
        ('{"a": "line\nbreak"};', [{"a": "line\nbreak"}]),
        ('{"a": 1} {"b": 2}', [{"a": 1}, {"b": 2}]),
        ("{&quot;a&quot;: 1}", [{"a": 1}]),
        ("[" * 100_000, []),
        ('{"a": ' + "9" * 10_000 + "}", []),
        ("nonsense", []),
    ],
)
def test_json_ld_is_read_tolerantly_and_within_limits(script: str, values: list[object]) -> None:
    assert parse(script) == values


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-US", "en"), ("RU_ru", "ru"), ("eng", "en"), ("zh-Hant-TW", "zh"), ("und", None), ("", None)],
)
def test_a_language_tag_gives_its_language(tag: str, language: str | None) -> None:
    assert short_language(tag) == language


def test_lines_around_a_text_that_are_not_of_it_are_left_out() -> None:
    text = [
        "Bridge opens",
        "By Jane Doe",
        "20 Nov 2019 05:47",
        "The bridge opened on Monday.",
        "Read more: The ferry",
        "It is long.",
    ]
    kept = trimmed([*text, "Share"], title="Bridge opens", lede=None, authors=("Jane Doe",))
    assert kept == ["The bridge opened on Monday.", "It is long."]


def test_hosts_are_read_from_addresses_and_nonsense_gives_none() -> None:
    assert (host_of("https://WWW.Example.org/x"), host_of("http://[bad")) == ("www.example.org", "")


def _sections(count: int, heading: str) -> str:
    words = "How the bridge was built, told by those who built it and by those who paid for it. "
    return "".join(f'<div class="part{n}">{heading}<p>{n} {words * 3}</p></div>' for n in range(count))


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (f'<div id="a">{_sections(30, "<h2>Part</h2>")}</div>', 60),
        (f"<div id='a'>{_sections(30, '<h2><a href=/x>Another piece</a></h2>')}</div>", 1),
        (f'<div class="comments">{_sections(30, "<h2>Jane</h2>")}</div>', 1),
        (_sections(30, "<h2>Part</h2>"), 1),
    ],
    ids=["sections", "list-of-pieces", "comments", "no-box"],
)
def test_a_text_of_which_almost_nothing_was_found_is_taken_from_the_box_that_holds_it(page: str, found: int) -> None:
    source = f"<html><body><p>A line.</p>{page}</body></html>"
    assert len(whole(Claims(tree.parse(source), source), ["A line."])) == found


@pytest.mark.parametrize(
    ("heading", "after", "stays"),
    [
        ("More from The Paper", "A debate that nobody won", False),
        ("Mehr zum Thema", "Eine Brücke wird gebaut", False),
        ("Most read", "A debate that nobody won", False),
        ("More from the mayor:", "The bridge is safe.", True),
        ("Related", "What follows is a long paragraph, as no list of other pieces has. " * 6, True),
        ("What is known", "The bridge is closed.", True),
    ],
)
def test_a_text_ends_where_a_heading_announces_other_pieces(heading: str, after: str, stays: bool) -> None:
    text = ["A sentence of the text that is long enough. " * 3]
    assert (after in without_tail([*text, "Another one. " * 90, heading, after])) is stays


def test_boxes_that_are_named_as_set_in_are_left_out_of_a_text() -> None:
    lines = [
        f"The report of day {n} says that the river rose by another {n} centimetres in the night." for n in range(8)
    ]
    box = '<div class="newsletter-box"><p>Our letter comes on Mondays, with all that matters along the river.</p></div>'
    text = "".join(f"<p>{line}</p>" for line in lines)
    markup = f"<html><body><article><h1>The river</h1>{text}{box}</article></body></html>"
    assert read_page(Document("https://paper.example/", markup.encode())).body.split("\n\n") == lines
