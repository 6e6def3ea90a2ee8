"""What reading any list needs."""

import pytest

from crawler import Document
from crawler.listing import headline, http_link, language_tag, plain, xml_root
from newsdesk import ReadingError


@pytest.mark.parametrize(
    ("href", "address"),
    [
        (" /a\n/b ", "https://x.example/a/b"),
        ("//y.example/c", "https://y.example/c"),
        ("?p=2", "https://x.example/list?p=2"),
        ("HTTPS://Y.example/", "https://Y.example/"),
        ("https://y.example:99999/", None),
        ("mailto:a@x.example", None),
        ("/a\u202eb", None),
        ("/" + "a" * 5000, None),
        ("#top", None),
        (None, None),
    ],
)
def test_a_link_leads_to_the_web_or_nowhere(href: str | None, address: str | None) -> None:
    assert http_link("https://x.example/list", href) == address


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("eng", "en"),
        ("EN_us", "en-US"),
        ("zh-hant", "zh-Hant"),
        ("deu", "de"),
        ("English", None),
        ("", None),
        (None, None),
    ],
)
def test_languages_come_in_one_form(written: str | None, tag: str | None) -> None:
    assert language_tag(written) == tag


def test_markup_leaves_words_apart_in_a_summary_and_together_in_a_headline() -> None:
    assert plain("<p>One</p><p>two</p>") == "One two"
    assert headline("Un<b>believ</b>able") == "Unbelievable"
    assert headline("<custom>") == "<custom>"


def test_a_document_without_any_element_is_empty() -> None:
    with pytest.raises(ReadingError, match="empty"):
        xml_root(b"<", Document("https://x.example/", b"<"), recover=True)
