"""Queries and articles at random: far faster than hypothesis draws them, though they cannot be made smaller."""

from random import Random
from typing import Any

from newsdesk import Article

from .atoms import ATOMS, FACTS, FORMS, MODIFIED
from .disguise import disguised
from .reference import Paragraphs, View, read

FORM_LIST = sorted(FORMS)
PLAIN = [form for form in FORM_LIST if "?" not in form]
SINGLE = FORM_LIST + sorted(MODIFIED)
ATOM_LIST = sorted(ATOMS)
SEPARATORS = [" ", " ", " ", ", ", "\n", " — ", "\u00a0", "; ", "\r\n", "\u3000"]


def grown(random: Random, depth: int) -> Any:
    """Give a tree."""
    if depth == 0:
        return _leaf(random)
    kind = random.choice(["leaf", "all", "any", "not", "deep", "field"])
    if kind == "leaf":
        return _leaf(random)
    if kind in ("all", "any"):
        return (kind, *(grown(random, depth - 1) for _ in range(random.randint(2, 3))))
    inner = grown(random, depth - 1)
    if kind == "not":
        return ("not", inner)
    if kind == "field":
        return ("field", _field(random), inner)
    return _stretch(random, inner)


def _stretch(random: Random, inner: Any) -> Any:
    kind = random.choice(["paragraph", "sentence", "first"])
    return (kind, random.randint(1, 6), inner) if kind == "first" else (kind, inner)


def _field(random: Random) -> str:
    return random.choice(["title", "lede", "body", "author"])


def _leaf(random: Random) -> Any:
    kind = random.choice(["words", "words", "near", "near", "field", "count", "property"])
    if kind == "near":
        return _near(random)
    if kind == "field":
        return ("field", _field(random), operand(random))
    if kind == "count":
        return ("count", random.randint(1, 3), random.choice([words(random), ("any", words(random), words(random))]))
    return ("property", random.choice(FACTS)) if kind == "property" else words(random)


def _near(random: Random) -> Any:
    left = ("near", words(random), words(random), 2, False) if random.random() < 0.3 else operand(random)
    return ("near", left, operand(random), random.randint(1, 6), random.random() < 0.5)


def words(random: Random) -> Any:
    """Give a word, a phrase, or a phrase with slop."""
    chance = random.random()
    if chance < 0.6:
        return ("phrase", [random.choice(SINGLE)])
    forms = [random.choice(PLAIN) for _ in range(random.randint(2, 3))]
    return ("phrase", forms) if chance < 0.85 else ("slop", forms[:2], random.randint(0, 4))


def operand(random: Random) -> Any:
    """Give what may stand beside NEAR."""
    kind = random.choice(["words", "words", "any", "all", "stretch"])
    if kind == "words":
        return words(random)
    return _stretch(random, words(random)) if kind == "stretch" else (kind, words(random), words(random))


def article(random: Random) -> tuple[View, Article]:
    """Give an article of few different atoms, so that phrases and neighbours come about, and what is known of it."""
    some = random.sample(ATOM_LIST, 5)
    body = [_paragraph(random, some) for _ in range(random.randint(1, 3))]
    title = [[random.choices(some, k=random.randint(1, 3))]]
    lede: Paragraphs = [[random.choices(some, k=3)]] if random.random() < 0.3 else []
    authors = [[random.choices(some, k=2)] for _ in range(random.randint(0, 2))]
    language = random.choice([None, "en", "en-GB"])
    facts = {"outlet:rt", "outlet:rt.com", "tag:state-media"}
    facts |= {f"lang:{tag}" for tag in ("en", "en-GB") if language and (language + "-").startswith(tag + "-")}
    known = read({"title": title, "lede": lede, "body": body, "author": authors}, frozenset(facts))
    return known, Article(
        outlet="rt",
        url="https://www.rt.com/1",
        canonical_url="https://www.rt.com/1",
        title=_written(random, title),
        lede=_written(random, lede) or None,
        body=_written(random, body),
        authors=tuple(_written(random, [author]) for author in authors),
        language=language,
    )


def _paragraph(random: Random, some: list[str]) -> list[list[str]]:
    return [random.choices(some, k=random.randint(1, 5)) for _ in range(random.randint(1, 2))]


def _written(random: Random, paragraphs: Paragraphs) -> str:
    separator, disguise = random.choice(SEPARATORS), random.random() < 0.5
    return "\n\n".join(
        "。 ".join(
            separator.join(disguised(atom, random) if disguise and random.random() < 0.4 else atom for atom in sentence)
            for sentence in sentences
        )
        for sentences in paragraphs
    )
