"""Clitics: the short words that some scripts write glued to the next or the last one, which must not hide it."""

from collections.abc import Iterator
from functools import lru_cache

_PROCLITICS = frozenset("وفبكل")
_ARTICLE = "ال"
_SHORTEST = 2


def _list(text: str) -> list[str]:
    return text.split()


_CASE_PARTICLES = _list(
    "은 는 이 가 을 를 의 에 에서 에게 에게서 께 께서 한테 한테서 와 과 도 로 으로 로서 으로서 로써 으로써 만 부터 까지"
)
_OTHER_PARTICLES = _list(
    "나 이나 라 이라 라고 이라고 라는 이라는 란 이란 마다 처럼 보다 조차 마저 밖에 며 이며 하고 고 이고 랑 이랑 "
    "뿐 대로 같이 만큼 다 이다 인 였다 이었다 들 측 씨 님 에는 에도 에만 에서는 에서도 에서의 에게는 에게도 "
    "로는 으로는 로도 으로도 로의 으로의 로부터 으로부터 에서부터 "
    "와의 과의 와는 과는 와도 과도 까지의 까지는 까지도 부터의 부터는 "
    "입니다 이지만 이자 이던 이었던 였던 이라며 라며 이야 이든 이든지 든지 께서는 께서도 한테는 한테도 로서는 으로서는 "
    "보다는 보다도 부터도 처럼은 조차도 마저도 마저 뿐만 뿐이다 커녕 은커녕 는커녕 이여 만도 에서만 에게만 에다 에다가 "
    "만의 만은 만이 만을 이나마 에의 측은 측이 측의 측에 씨는 씨가 씨의 씨를 님이 님은 님의"
)
_PLURAL = "들"
_SHORT_STEM = frozenset(_CASE_PARTICLES)
_LONG_STEM = (
    _SHORT_STEM | frozenset(_OTHER_PARTICLES) | {_PLURAL + particle for particle in _CASE_PARTICLES + _OTHER_PARTICLES}
)
_LONGEST = max(map(len, _LONG_STEM))


# Turkish sets its endings off from names by an apostrophe, Ankara'da, 3'ünde; Polish some of foreign ones, Kennedy'ego.
_SUFFIXES = frozenset(
    _list(
        "i u yi yu a e ya ye da de ta te dan den tan ten in un nin nun la le yla yle daki deki taki teki ki "
        "lar ler lari leri larin lerin lara lere larda lerde lardan lerden si su ni nu na ne nda nde ndan nden "
        "dir dur tir tur ca ce li lu inde unde inden unden ine una ini unu er ar ser sar em m ego emu owi"
    )
)


def is_suffix(folded: str) -> bool:
    """Tell whether what stands behind a name's apostrophe is an ending of Turkish."""
    return folded in _SUFFIXES


def is_arabic(letter: str) -> bool:
    """Tell whether a letter is of the Arabic script."""
    return "\u0620" <= letter <= "\u06ff" or "\u0750" <= letter <= "\u077f"


def is_hangul(letter: str) -> bool:
    """Tell whether a letter is a Korean syllable."""
    return "\uac00" <= letter <= "\ud7a3"


def without_clitics(word: str) -> tuple[tuple[str, int, int], ...]:
    """Give what a folded word may be without what is glued to it: the text and which part of the word it spans."""
    if is_arabic(word[0]):
        return _arabic(word)
    if is_hangul(word[-1]):
        return tuple(_korean(word))
    return ()


@lru_cache(maxsize=20_000)
def _arabic(word: str) -> tuple[tuple[str, int, int], ...]:
    found: dict[str, int] = {}
    for start in _starts(word):
        rest = word[start:]
        if start and len(rest) >= _SHORTEST:
            found.setdefault(rest, start)
        if rest.startswith(_ARTICLE):
            bare = rest[2:]
            if len(bare) >= _SHORTEST:
                found.setdefault(bare, start + 2)
        elif rest.startswith("لل") and len(rest) - 2 >= _SHORTEST:
            # ل + ال is written لل.
            found.setdefault(rest[2:], start + 2)
            found.setdefault(_ARTICLE + rest[2:], start + 1)
    return tuple((text, start, len(word)) for text, start in found.items())


def _starts(word: str) -> Iterator[int]:
    """Where the word may begin: after none, one or two proclitics (وبالحرب)."""
    yield 0
    if word[0] in _PROCLITICS:
        yield 1
        if word[0] in "وف" and word[1:2] in _PROCLITICS and word[1:2]:
            yield 2


def _korean(word: str) -> Iterator[tuple[str, int, int]]:
    for length in range(1, min(_LONGEST, len(word) - 1) + 1):
        stem = word[:-length]
        if word[-length:] in (_SHORT_STEM if len(stem) == 1 else _LONG_STEM):
            yield stem, 0, len(stem)
