"""What counts as an edit of a page, and what is only the page moving on."""

from datetime import timedelta

import pytest

from newsdesk import Article
from newsdesk.likeness.materiality import is_material, is_swinging

from .prose import NOW, article, prose

_DEATHS = "Officials in the port city said at least 12 people died when the footbridge gave way on Friday evening."
_QUOTE = "\u201cWe heard a loud crack and then nothing,\u201d said a shopkeeper who was standing nearby."
_NEXT = "The mayor is to speak to reporters later; the cause is not known."
_TEXT = (_DEATHS, _QUOTE, _NEXT)


def _page(*lines: str, **fields: object) -> Article:
    return article(title="Footbridge collapses in port city", body="\n\n".join(lines), **fields)


_FURNITURE = {
    "a clock": ("Updated 12:03", "Updated 14:47"),
    "a clock with its date": ("Last updated on 21 November 2026 at 12:03 GMT.", "Last updated on 22 November at 9:15."),
    "how long ago": ("2 hours ago", "5 hours ago"),
    "a byline with how long ago": ("Jane Doe, Reporter \u00b7 2 hours ago", "Jane Doe, Reporter \u00b7 1 day ago"),
    "a byline with its date": ("By Jane Doe | 21 November 2026", "By Jane Doe | 22 November 2026"),
    "views": ("1,234 views", "15,801 views"),
    "comments and shares": ("12 comments \u00b7 3.4K shares", "98 comments \u00b7 11K shares"),
    "comments in brackets": ("Comments (12)", "Comments (340)"),
    "a reading time": ("5 min read", "6 min read"),
    "a score": ("Arsenal 2 - 1 Chelsea", "Arsenal 3 - 1 Chelsea"),
    "a price": ("Brent crude 82.1 +0.4%", "Brent crude 83.0 +1.5%"),
    "a link to another story": ("READ MORE: Minister resigns after vote", "READ MORE: Snow closes northern roads"),
    "tags": ("Tags: bridge, port, safety", "Tags: safety, port, bridge, city hall"),
    "tags without a label": ("Bridge Port Safety Council", "Safety Bridge Council Port"),
    "a teaser": ("Minister resigns after a long night of talks", "Heavy snow closes all northern mountain roads"),
    "Russian views": ("Просмотров: 1 234", "Просмотров: 18 400"),
    "a Russian clock": ("Обновлено: 21.11.2026, 14:05", "Обновлено: 21.11.2026, 18:30"),
    "a Russian link": ("Читайте также: Министр ушёл в отставку", "Читайте также: На севере закрыты дороги"),
    "a Ukrainian clock": ("Оновлено 12:03", "Оновлено 13:03"),
    "a German clock": ("Aktualisiert am 21. November 2026, 12:03 Uhr", "Aktualisiert am 21. November 2026, 15:40 Uhr"),
    "a German while": ("vor 2 Stunden", "vor 5 Stunden"),
    "a French clock": ("Mis à jour le 21 novembre 2026 à 12h03", "Mis à jour le 21 novembre 2026 à 18h30"),
    "a French while": ("il y a 2 heures", "il y a 3 jours"),
    "a Spanish clock": ("Actualizado el 21 de noviembre de 2026 a las 12:03", "Actualizado hoy a las 9:10"),
    "a Turkish clock": ("Güncelleme: 21 Kasım 2026 12:03", "Güncelleme: 21 Kasım 2026 16:44"),
    "an Arabic while": ("قبل 3 ساعات", "قبل 5 ساعات"),
    "an Arabic clock": ("آخر تحديث: 14:05", "آخر تحديث: 18:30"),
    "a Chinese clock": ("更新时间：2026年11月21日 12:03", "更新时间：2026年11月22日 08:41"),
    "Chinese views": ("阅读 1234", "阅读 98765"),
    "a Japanese clock": ("2026年11月21日 12時03分", "2026年11月21日 15時40分"),
    "Korean comments": ("댓글 12", "댓글 345"),
}  # fmt: skip


@pytest.mark.parametrize("name", _FURNITURE)
@pytest.mark.parametrize("place", [0, 1, 3], ids=["before the text", "within it", "behind it"])
def test_what_moves_by_itself_is_no_edit(name: str, place: int) -> None:
    before, after = ([*_TEXT[:place], line, *_TEXT[place:]] for line in _FURNITURE[name])
    weight = is_material(_page(*before), _page(*after))
    assert not weight.is_material, weight.reason


@pytest.mark.parametrize("name", [name for name in _FURNITURE if name not in ("a score", "a price", "a teaser")])
def test_nor_is_it_one_when_it_comes_or_goes(name: str) -> None:
    if "byline" in name or name == "tags without a label":
        return
    line = _FURNITURE[name][0]
    assert not is_material(_page(*_TEXT), _page(*_TEXT, line)).is_material
    assert not is_material(_page(line, *_TEXT), _page(*_TEXT)).is_material


_EDITS = {
    "a death toll": (_DEATHS, _DEATHS.replace("12", "15")),
    "a word": (_DEATHS, _DEATHS.replace("died", "were hurt")),
    "a name": (_QUOTE, _QUOTE.replace("a shopkeeper", "a fisherman")),
    "an amount": ("It cost $5 million to build.", "It cost \u20ac5 million to build."),
    "a share": ("Turnout fell to 45% of voters.", "Turnout fell to 54% of voters."),
    "an hour in a sentence": ("The bridge fell at 12:03 on Friday.", "The bridge fell at 12:30 on Friday."),
    "a number in a list": ("Dead: 12", "Dead: 15"),
    "a subheading": ("How the bridge was built", "How the bridge was once built"),
    "a negation": ("He said he would resign.", "He said he would not resign."),
    "an editor's note": ("", "This story was updated to correct the name of the mayor."),
    "a Russian toll": ("Погибли 12 человек, сообщили власти.", "Погибли 15 человек, сообщили власти."),
    "an Arabic word": ("أعلنت الحكومة قبول الخطة يوم الجمعة.", "أعلنت الحكومة رفض الخطة يوم الجمعة."),
    "a Chinese number": ("警方周五表示，事故造成12人死亡。", "警方周五表示，事故造成15人死亡。"),
    "a Japanese word": ("政府は金曜日、計画を承認したと発表した。", "政府は金曜日、計画を否決したと発表した。"),
}


@pytest.mark.parametrize("name", _EDITS)
def test_an_edit_is_one_in_either_direction(name: str) -> None:
    old, new = _EDITS[name]
    before, after = _page(_DEATHS, old, _NEXT), _page(_DEATHS, new, _NEXT)
    assert is_material(before, after).is_material
    assert is_material(after, before).is_material


def test_a_sentence_that_comes_or_goes_is_an_edit_and_the_reason_counts_it() -> None:
    assert is_material(_page(*_TEXT), _page(*_TEXT[:2])).reason == "1 passage was changed"
    assert is_material(_page(*_TEXT[:2]), _page(*_TEXT)).is_material


def test_a_changed_headline_is_an_edit() -> None:
    before = _page(*_TEXT)
    after = article(title="Footbridge crashes down in port city", body=before.body)
    assert is_material(before, after).reason == "the headline was changed"


@pytest.mark.parametrize("tail", [" | Gazette", " - gazette.example", " \u2014 GAZETTE"])
def test_the_outlets_name_behind_a_headline_is_no_edit(tail: str) -> None:
    before = _page(*_TEXT)
    assert not is_material(before, article(title=before.title + tail, body=before.body)).is_material


def test_a_date_of_posting_within_a_headline_is_no_edit() -> None:
    before, after = (
        article(title=f"Ten ways to cross a harbour Posted on July {day}, 2024", body=_page(*_TEXT).body)
        for day in (1, 2)
    )
    assert not is_material(before, after).is_material


def test_a_subtitle_behind_a_headline_is_an_edit() -> None:
    before = _page(*_TEXT)
    assert is_material(before, article(title=before.title + " - mayor resigns", body=before.body)).is_material


def test_typography_is_no_edit() -> None:
    typed = [line.replace("\u201c", '"').replace("\u201d", '"').replace("; ", " \u2014 ").upper() for line in _TEXT]
    assert is_material(_page(*_TEXT), _page(*typed)).reason == "only marks, spaces, capitals or places changed"


def test_paragraphs_that_were_moved_are_no_edit() -> None:
    assert not is_material(_page(*_TEXT), _page(_TEXT[0], _TEXT[2], _TEXT[1])).is_material


def test_a_lede_that_the_text_holds_too_may_come_and_go() -> None:
    for lede in (_DEATHS, _DEATHS[:60] + "…"):
        assert not is_material(_page(*_TEXT), _page(*_TEXT, lede=lede)).is_material
        assert not is_material(_page(*_TEXT, lede=lede), _page(*_TEXT)).is_material


def test_a_lede_that_became_the_first_paragraph_is_no_edit() -> None:
    assert not is_material(_page(*_TEXT[1:], lede=_DEATHS), _page(*_TEXT)).is_material


def test_a_changed_lede_is_an_edit() -> None:
    before, after = _page(*_TEXT, lede="A dozen are feared dead"), _page(*_TEXT, lede="Scores are feared dead")
    assert is_material(before, after).is_material


def test_a_block_of_links_that_turns_is_no_edit() -> None:
    links = [
        [f"{word} story that stands elsewhere on the site" for word in words] for words in (("One", "Two"), ("Snow",))
    ]
    before, after = (_page(*_TEXT, "Related stories", *block) for block in links)
    assert not is_material(before, after).is_material


def test_a_text_that_is_no_longer_shown_is_no_edit() -> None:
    long = article(body=prose("long", 200))
    for body in (
        "",
        "Please enable scripts.",
        " ".join(long.body.split()[:110]),
        " ".join(long.body.split()[:40]) + ".",
    ):
        assert not is_material(long, article(body=body)).is_material, body
    assert is_material(article(body=long.body[:200]), long).is_material


def test_half_a_text_taken_out_at_a_full_stop_is_an_edit() -> None:
    long = article(body=prose("long", 240))
    assert is_material(long, article(body="\n\n".join(long.body.split("\n\n")[:4]))).is_material


def test_a_paragraph_taken_out_of_a_text_that_ends_without_a_full_stop_is_an_edit() -> None:
    body = prose("long", 240).split("\n\n")
    before, after = (article(body="\n\n".join([*kept, "About the writer"])) for kept in (body, body[:-2]))
    assert is_material(before, after).is_material


def test_taking_back_an_edit_is_one_and_what_then_goes_to_and_fro_is_not() -> None:
    one, other = _page(*_TEXT), _page(*_TEXT[:2])
    first = [(one, NOW), (other, NOW + timedelta(hours=1))]
    assert not is_swinging(first[:1], other, NOW)
    assert not is_swinging(first, one, NOW + timedelta(hours=2))
    swinging = [*first, (one, NOW + timedelta(hours=2))]
    assert is_swinging(swinging, other, NOW + timedelta(hours=3))
    assert not is_swinging(swinging, _page(*_TEXT, "A third text was never seen before."), NOW + timedelta(hours=3))


def test_what_goes_to_and_fro_counts_again_after_a_day_then_after_two() -> None:
    one, other = _page(*_TEXT), _page(*_TEXT[:2])
    stood = [(one, NOW), (other, NOW), (one, NOW)]
    assert not is_swinging(stood, other, NOW + timedelta(days=1))
    stood.append((other, NOW))
    assert is_swinging(stood, one, NOW + timedelta(days=1, hours=23))
    assert not is_swinging(stood, one, NOW + timedelta(days=2))
