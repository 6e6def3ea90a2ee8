"""Folding and words: any script, with places that hold in the original."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsdesk import Concordance, fold, paragraphs, same_letters, spellings, words

# Letters, marks and joiners of many scripts, those that fold oddly among them.
ALPHABET = (
    "abzAZßøłđİıŁéñﬁÅ\u0301\u0308\u0327'’ʼ-–_.,&·#@ \n\t05٣Ａ＆"
    'яйЙёїЎ\u0306αάςΣΐأةىكـ\u064e\u0651والحربלצ"״\u05b8हि\u094dन्दी俄ロﾊﾞ\u3099ーก\u0e37ำ한는\u1112\u1161\u11ab'
    "\u00ad\u200b\u200d\u202e\ufeff\ufe0f😀\U00010600"
)
texts = st.text(st.sampled_from(ALPHABET), max_size=40) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ÉCOLE", "ecole"),
        ("İstanbul", "istanbul"),
        ("ıstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Øresund", "oresund"),
        ("ΛΌΓΟΣ", "λογοσ"),
        ("λόγος", "λογοσ"),
        ("МАЙ", "май"),
        ("маи", "маи"),
        ("и\u0306", "й"),
        ("Їжак", "їжак"),
        ("Ёлка", "елка"),
        ("за́мок", "замок"),
        ("أُمَّة", "امه"),
        ("رئيس", "رئيس"),
        ("हिन्दी", "हिन्दी"),
        ("ｶﾞ", "ガ"),
        ("한국", "한국"),
        ("\u1112\u1161\u11ab", "한"),
        ("ﬁn\u00adal", "final"),
        ("٢٠٢٣", "2023"),
    ],
)
def test_folding(written, folded):
    assert fold(written) == folded


@settings(max_examples=500)
@given(texts)
@example("ΐ")
@example("ᾳ")
@example("ĸ")
def test_what_is_folded_stays_as_it_is(text):
    assert fold(fold(text)) == fold(text)


def test_case_and_accents_can_each_be_kept():
    assert fold("Résumé", keep_case=True) == "Resume"
    assert fold("Résumé", keep_accents=True) == "résumé"
    assert same_letters("O’Brien", keep_case=True) == "OBrien"
    assert same_letters("1,000.5") == "1,000.5"


@settings(max_examples=500)
@given(texts)
def test_every_spelling_stands_where_it_says_and_words_are_numbered_in_order(text):
    for spelling in spellings(text):
        assert 0 <= spelling.start < spelling.end <= len(text)
        assert spelling.first <= spelling.last
        assert spelling.text == fold(spelling.text).replace(" ", "")
    found = words(text)
    assert [word.position for word in found] == list(range(len(found)))
    assert all(one.start <= two.start for one, two in pairwise(found))
    assert [(word.text, word.start, word.end) for word in found] == [
        (one.text, one.start, one.end) for one in spellings(text) if one.main
    ]


@settings(max_examples=300)
@given(texts)
def test_a_concordance_holds_the_same_as_the_list(text):
    concordance = Concordance()
    concordance.add("before")
    concordance.add(text, 100, 7)
    found = sorted((word, *place) for word in concordance.words for place in concordance.find(word))
    assert found == sorted(
        [("before", 0, 0, 0, 6)]
        + [(one.text, one.first + 100, one.last + 100, one.start + 7, one.end + 7) for one in spellings(text)]
    )
    assert sorted((one.text, *place) for one, place in concordance) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia's foreign minister", ["Russia", "foreign", "minister"]),
        ("l'Iran, d’accord", ["Iran", "accord"]),
        ("the U.S.-led e-mail", ["the", "U.S.", "led", "e", "mail"]),
        ("AT&T 5G 1,000.5 #tag @name", ["AT&T", "5G", "1,000.5", "tag", "name"]),
        ("RT.com said.'He", ["RT", "com", "said", "He"]),
        ("俄罗斯 ﾊﾞﾝ", ["俄", "罗", "斯", "ﾊﾞ", "ﾝ"]),
        ("5G手机", ["5G", "手", "机"]),
        ("talks--officials", ["talks", "officials"]),
        ("‘Hamas’ (said)", ["Hamas", "said"]),
    ],
)
def test_words_end_where_they_end(text, expected):
    assert [text[word.start : word.end] for word in words(text)] == expected


def test_paragraphs_are_counted():
    text = "one two\nthree\n\nfour\n \n\nfive"
    assert [word.paragraph for word in words(text)] == [0, 0, 0, 1, 2]
    assert [text[start:][:4] for start in paragraphs(text)] == ["one ", "four", "five"]


def test_a_long_chain_of_hyphens_does_not_explode():
    assert "ab" * 90 in {spelling.text for spelling in spellings("-".join(["ab"] * 90))}
    found = list(spellings("-".join(["ab"] * 20_000)))
    assert len(found) < 20_000 * 8
    assert max(len(spelling.text) for spelling in found) <= 200
