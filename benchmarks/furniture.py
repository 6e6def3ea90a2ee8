"""Boilerplate learnt per outlet: what is taken out of bodies that the general reading left in, and what is lost by it.

    python -m benchmarks.furniture [--outlets 30] [--texts 40] [--pages FOLDER]

Outlets are generated whose pages leak pieces of their template into the text (a standing line in front, a newsletter
box in the middle, related lines, a box about the author, a disclaimer), and hold what texts share for good reason: a
quotation, a syndicated paragraph, the background of a running story, a series' introduction, sub-headings. Pages are
read by the general reading, then once more with what the outlet's pages taught.

With --pages, real pages: `<id>.html.gz` beside `<id>.json` with `domain` and `body`. Each page is read with what the
other pages of its domain taught; domains with too few pages teach nothing, by the rule.

F1 is of groups of four words, of the means of precision and recall over the pages.
"""

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from html import escape
from pathlib import Path
from statistics import mean

from crawler.document import Document
from crawler.furniture import WINDOW, Text, furniture_of, learn
from crawler.page import Reading, read_page
from crawler.reading.furniture import Furniture, without_furniture

_WORDS = [
    a + b + c
    for a in ("ba", "de", "ko", "lu", "mi", "sa")
    for b in ("n", "r", "st", "l")
    for c in ("ado", "ima", "el", "on")
]
_TOKEN = re.compile(r"\w+")
Counts = tuple[float, float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description="Boilerplate learnt per outlet")
    parser.add_argument("--outlets", type=int, default=30)
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--pages", type=Path)
    options = parser.parse_args()
    if options.pages:
        _real(options.pages)
    else:
        _generated(options.outlets, options.texts)


def _sentences(dice: random.Random, count: int, length: int = 14) -> str:
    return " ".join(f"{' '.join(dice.choices(_WORDS, k=length)).capitalize()}." for _ in range(count))


def _outlet(seed: int, texts: int) -> tuple[list[tuple[bytes, list[str]]], set[str], set[str]]:
    """Give the pages of an outlet with their true texts, the passages that leak, and those that have to stay."""
    dice = random.Random(seed)
    front, box, end = (_sentences(dice, 1, 9) for _ in range(3))
    lines = [_sentences(dice, 1, 4) for _ in range(4)]
    writers = {f"Ada {_sentences(dice, 1, 1)[:-1]}": _sentences(dice, 1, 12) for _ in range(3)}
    quote, wire, background, intro = (_sentences(dice, 2, 12) for _ in range(4))
    heads = [_sentences(dice, 1, 3) for _ in range(2)]
    pages = []
    for number in range(texts):
        text = [_sentences(dice, 3) for _ in range(dice.randint(3, 9))]
        title = _sentences(dice, 1, 7)[:-1]
        if number % 9 == 0:
            text.insert(1, quote)
        if number % 11 == 0:
            text.append(wire)
        if number % 4 == 0:
            text[0] = f"{text[0]} {' '.join(dice.sample(background.split(), 14))}"
            text.append(background)
        if number % 5 == 0:
            title, text = f"Morning letter: {title}", [intro, *text]
        if number % 2:
            text.insert(2, heads[number % 4 > 1])
        name = dice.choice(list(writers))
        leaks = [front, *text[:2], box, *text[2:], *lines[: 2 + number % 3], f"{name} {writers[name]}", end]
        pages.append((_page(title, name, leaks), text))
    leaking = {front, box, end, *lines, *(f"{name} {box}" for name, box in writers.items())}
    return pages, leaking, {quote, wire, background, intro, *heads}


def _page(title: str, author: str, lines: list[str]) -> bytes:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return (
        f'<html><head><title>{escape(title)}</title><meta name="author" content="{escape(author)}"></head>'
        f"<body><article><h1>{escape(title)}</h1>{body}</article></body></html>"
    ).encode()


def _generated(outlets: int, texts: int) -> None:
    alone, known, lost, left, stayed, leaked, seconds = [], [], 0, 0, 0, 0, 0.0
    for seed in range(outlets):
        pages, leaking, staying = _outlet(seed, texts)
        readings = [read_page(Document(f"https://o{seed}.example/{at}", page)) for at, (page, _) in enumerate(pages)]
        begun = time.process_time()
        furniture = _learnt(readings[-WINDOW:])
        seconds += time.process_time() - begun
        for reading, (_, text) in zip(readings, pages, strict=True):
            lines = reading.body.split("\n\n")
            kept, _ = without_furniture(lines, furniture)
            alone.append(_counts("\n".join(text), "\n".join(lines)))
            known.append(_counts("\n".join(text), "\n".join(kept)))
            leaked += sum(line in leaking for line in lines)
            left += sum(line in leaking for line in kept)
            stayed += sum(line in staying for line in lines)
            lost += sum(line in staying and line not in kept for line in lines)
    print(f"{outlets} outlets of {texts} texts")
    _print("F1", alone, known)
    print(f"  passages of the template: {leaked} leaked, {left} left ({left / leaked:.1%})")
    print(f"  passages that texts share: {stayed} there, {lost} lost ({lost / stayed:.1%})")
    print(f"  learning: {seconds / outlets * 1000:.1f} ms CPU a look at {min(texts, WINDOW)} texts")


def _learnt(readings: list[Reading]) -> Furniture:
    texts = [Text(reading.title, reading.authors, reading.body.split("\n\n")) for reading in readings]
    return furniture_of((mark, anywhere) for mark, (_, anywhere) in learn(texts).items())


def _real(folder: Path) -> None:
    by_domain: dict[str, list[tuple[str, Reading]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        page = path.with_suffix(".html.gz")
        if record.get("body") and page.exists():
            document = Document(record.get("url") or "https://unknown.example/", gzip.decompress(page.read_bytes()))
            by_domain[record.get("domain") or path.stem].append((record["body"], read_page(document)))
    alone, known, touched = [], [], 0
    for pages in by_domain.values():
        for at, (body, reading) in enumerate(pages):
            furniture = _learnt([other for place, (_, other) in enumerate(pages) if place != at][:WINDOW])
            lines = reading.body.split("\n\n")
            kept, dropped = without_furniture(lines, furniture)
            touched += bool(dropped)
            alone.append(_counts(body, "\n".join(lines)))
            known.append(_counts(body, "\n".join(kept)))
    sizes = Counter(min(len(pages), 6) for pages in by_domain.values())
    print(f"{len(alone)} pages; domains by their pages (6 and more together): {dict(sorted(sizes.items()))}")
    print(f"  touched: {touched}")
    _print("F1", alone, known)


def _counts(true: str, found: str) -> Counts:
    one, other = _groups(true), _groups(found)
    common = sum((one & other).values())
    wrong, missing = sum((other - one).values()), sum((one - other).values())
    whole = common + wrong + missing or 1
    return common / whole, wrong / whole, missing / whole


def _groups(text: str) -> Counter[tuple[str, ...]]:
    words = _TOKEN.findall(text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)))


def _f1(counts: list[Counts]) -> float:
    precision = mean(hit / (hit + wrong) for hit, wrong, _ in counts if hit + wrong)
    recall = mean(hit / (hit + missing) for hit, _, missing in counts if hit + missing)
    return 2 * precision * recall / (precision + recall)


def _print(what: str, alone: list[Counts], known: list[Counts]) -> None:
    pairs = list(zip(alone, known, strict=True))
    better, worse = sum(new[0] > old[0] for old, new in pairs), sum(new[0] < old[0] for old, new in pairs)
    print(f"  {what}: alone {_f1(alone):.4f}, with what was learnt {_f1(known):.4f}; better {better}, worse {worse}")


if __name__ == "__main__":
    main()
