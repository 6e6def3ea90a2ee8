"""Spans stay right, whatever the letters: what is written in a text is found where it stands."""

import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.query import parse
from newsdesk import fold, words

from .asking import NIGHTLY, doc, found

ALPHABET = (
    "abzAZßøłđİıŁéñﬁÅŉ\u0301\u0308\u0327'’ʼ-–.,&·#@ \n\t05٣Ａ＆"
    'яйЙёїЎ\u0306άςΣΐأةىكـ\u064e\u0651والحربלצ"״\u05b8हि\u094dन्दी俄ロﾊﾞ\u3099ーก\u0e37ำ\u0e4dา한는\u1112\u1161\u11ab'
    "\u00ad\u200b\u200d\u202e\ufeff\ufe0f😀𝐇㎏"
)
texts = st.text(st.sampled_from(ALPHABET), max_size=30)


def quoted(text):
    return '"' + re.sub(r'([\\"“”„‟＂*])', r"\\\1", text) + '"'


@settings(max_examples=20_000 if NIGHTLY else 500)
@given(texts)
@example("e-\u00admail")
@example("A.b")
@example("x.\u200dA")
def test_every_word_of_a_text_is_found_where_it_stands(text):
    for word in words(text):
        written = text[word.start : word.end]
        places = [(span.start, span.end) for span in parse(quoted(written)).find(doc(text)) or ()]
        assert any(start <= word.start and word.end <= end for start, end in places), (written, places)


# Half of 0.A.A would be A.A, which by itself is AA.
@settings(max_examples=20_000 if NIGHTLY else 500)
@given(texts.map(lambda text: text.replace(".", "")))
def test_neighbouring_words_of_a_paragraph_are_found_as_a_phrase(text):
    for one, two in pairwise(words(text)):
        written = text[one.start : two.end]
        if one.paragraph == two.paragraph:
            places = [(span.start, span.end) for span in parse(quoted(written)).find(doc(text)) or ()]
            assert any(start <= one.start and two.end <= end for start, end in places), (written, places)


@settings(max_examples=20_000 if NIGHTLY else 200)
@given(texts, texts)
def test_a_span_holds_the_words_of_its_clause_and_no_marks_around_them(before, after):
    text = f"{before} Öffnung\u0301 {after}"
    (span,) = [span for span in parse("öffnung").find(doc(text)) or () if span.start == len(before) + 1]
    assert fold(span.text) == "offnung"
    assert text[span.start : span.end] == span.text
    assert span.term == "öffnung"


def test_letters_beyond_the_first_plane_count_as_one():
    (span,) = parse("after").find(doc("😀𝐇 é e\u0301 after"))
    assert (span.field, span.start, span.end) == ("body", 8, 13)


def test_what_overlaps_is_told_for_each_clause():
    spans = parse('"new york" "york city" york').find(doc("new york city"))
    assert [(span.text, span.term) for span in spans] == [
        ("new york", '"new york"'),
        ("york", "york"),
        ("york city", '"york city"'),
    ]


def test_one_clause_marks_the_same_words_once():
    assert found("l'Iran", "l'Iran") == "l'Iran"
    assert found("*mail", "e-mail") == "e-mail|mail"
