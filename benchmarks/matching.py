"""Matching: what an article costs among very many watches, and what the watches cost.

    python -m benchmarks.matching [--articles FILE.jsonl] [--count 200] [--sizes 100 10000 100000] [--kind names]

For each number of watches, in a process of its own: articles a second and milliseconds of CPU an article (deciding who
matches; then with the marks of every match worked out as well), the time to read and index the watches, the memory that
they take (of the process, as the kernel counts it), and the time to add and to change one. Beside it, on the same
machine at the same time: one regular expression a watch, and every query on every article.

Watches are made of the articles' own words, in five kinds by turns: names, phrases, boolean, proximity, wide OR lists.
Articles are those of FILE, as `tocsin export --format jsonl` writes them, or made up of 350 words each, by Zipf's law.
"""

import argparse
import gc
import json
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from statistics import mean

from alerts.matcher import Matcher, ready
from alerts.query import parse
from alerts.watch import Watch
from newsdesk import Article, article_from_json, words

WORDS = 50_000
ARTICLE = 350
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ADDRESS = "https://example.org/a"
COMMON = slice(100, 1_100)
"""The ranks of words that are common, but no stop words."""
ELSEWHERE = """
measured elsewhere, 350 words an article, ms an article:         10,000 watches    100,000 watches
  Lucene Monitor 8.8, on a starved machine                                  4.4               40
  a prototype in Python, beside it                                          1.3               11.6
  the same prototype on a quieter machine                                   0.5                2.0
  a regular expression a watch                                            629                  -
  tantivy, the article as an index of one                                  73                  -
  hyperscan                                       not compiled within 240 s                    -
"""


class Language:
    """The words of the articles by their rank, and pairs of neighbours, of which watches are made."""

    def __init__(self, ranked: Sequence[str], pairs: Sequence[tuple[str, str]], random: Random) -> None:
        """Take words, the commonest first."""
        self._common = ranked[COMMON]
        self._rare = ranked[COMMON.stop :]
        self._pairs = pairs
        self._random = random

    def common(self) -> str:
        """Give one of the thousand words after the hundred commonest."""
        return self._random.choice(self._common)

    def rare(self) -> str:
        """Give a word that is likely to be a name."""
        return self._random.choice(self._rare)

    def pair(self) -> str:
        """Give two words that may stand side by side."""
        return " ".join(self._random.choice(self._pairs)) if self._pairs else f"{self.common()} {self.rare()}"

    def phrase(self) -> str:
        """Give a phrase of words of which none is rare."""
        if self._pairs:
            return self.pair()
        return " ".join(self.common() for _ in range(self._random.randint(2, 3)))


def made_up(count: int, random: Random) -> tuple[list[Article], Language]:
    """Write articles in a made-up language, whose nth word is as frequent as 1/n."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(random.choices(SYLLABLES, k=random.randint(1, 2) if len(found) < 300 else 3))] = None
        if len(found) > 300:
            found["".join(random.choices(SYLLABLES, k=random.randint(2, 5)))] = None
    ranked = list(found)[:WORDS]
    weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))

    def text(length: int) -> str:
        chosen = random.choices(ranked, cum_weights=weights, k=length)
        marks = random.choices([" ", ", ", ". ", ".\n\n"], [80, 8, 9, 3], k=length)
        return "".join(word + mark for word, mark in zip(chosen, marks, strict=True))

    articles = [
        Article(outlet="rt", url=ADDRESS, canonical_url=ADDRESS, title=text(10), body=text(ARTICLE), language="en")
        for _ in range(count)
    ]
    return articles, Language(ranked, (), random)


def real(path: Path, count: int, random: Random) -> tuple[list[Article], Language]:
    """Read exported articles, each cut at the usual length."""
    with path.open(encoding="utf-8") as lines:
        articles = [cut(article_from_json(json.loads(line))) for line in lines]
    seen: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for article in articles:
        spelt = [word.text for word in words(article.body) if len(word.text) > 1]
        seen.update(set(spelt))
        pairs.update(pairwise(spelt))
    ranked = [word for word, _ in seen.most_common()]
    stop = set(ranked[: COMMON.start])
    neighbours = [pair for pair in pairs if not stop.intersection(pair)]
    return random.choices(articles, k=count), Language(ranked, neighbours, random)


def cut(article: Article) -> Article:
    """Give an article with a body of the usual length at most."""
    following = words(article.body)[ARTICLE : ARTICLE + 1]
    return replace(article, body=article.body[: following[0].start]) if following else article


def name(language: Language, random: Random) -> str:
    """Ask for a name."""
    return random.choice([language.rare(), f'"{language.pair()}"'])


def phrase(language: Language, random: Random) -> str:
    """Ask for a phrase of common words."""
    return f'"{language.phrase()}"'


def boolean(language: Language, random: Random) -> str:
    """Ask for several things and rule one out."""
    others = " OR ".join(language.common() for _ in range(random.randint(2, 4)))
    return f"({language.rare()} OR {name(language, random)}) AND ({others}) NOT {language.common()}"


def proximity(language: Language, random: Random) -> str:
    """Ask for things near each other."""
    return f"({language.common()} OR {language.common()[:5]}ba*) NEAR/{random.randint(3, 15)} {language.rare()}"


def wide(language: Language, random: Random) -> str:
    """Ask for any of very many."""
    return " OR ".join(name(language, random) for _ in range(random.randint(10, 60)))


KINDS: dict[str, Callable[[Language, Random], str]] = {
    "names": name,
    "phrases": phrase,
    "boolean": boolean,
    "proximity": proximity,
    "wide": wide,
}


def cost(work: Callable[[Article], object], articles: Sequence[Article]) -> float:
    """Give the milliseconds of CPU an article."""
    start = time.process_time()
    for article in articles:
        work(article)
    return (time.process_time() - start) * 1_000 / len(articles)


def megabytes() -> float:
    """Give the memory that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1_024


def measure(size: int, flags: argparse.Namespace) -> None:
    """Measure with so many watches, and print."""
    random = Random(size)
    articles, language = real(flags.articles, flags.count, random) if flags.articles else made_up(flags.count, random)
    kinds = list(KINDS.values()) if flags.kind == "all" else [KINDS[flags.kind]]
    texts = [kinds[number % len(kinds)](language, random) for number in range(size + 200)]
    gc.collect()
    memory, start = megabytes(), time.process_time()
    watches = [Watch(f"w{number:06}", f"w{number:06}", parse(text)) for number, text in enumerate(texts)]
    parsed, start = time.process_time() - start, time.process_time()
    matcher = Matcher(watches[:size])
    built = time.process_time() - start
    gc.collect()
    memory = megabytes() - memory
    gc.freeze()  # as the daemon does with the watches that it has loaded
    cost(matcher.match, articles)
    print("\n".join(report(matcher, watches[:size], articles)))
    print(f"{'read and indexed':>34}: {parsed:.1f} s + {built:.1f} s, {parsed / len(texts) * 1_000:.3f} ms to read one")
    print(f"{'memory':>34}: {memory:.0f} MB, {memory * 1_024 / len(texts):.2f} kB a watch")
    print(f"{'to add one':>34}: {replaced(matcher, watches[size:]):.3f} ms, read and ready for the next article")
    print(f"{'to change one':>34}: {replaced(matcher, watches[:200]):.3f} ms", flush=True)


def report(matcher: Matcher, watches: Sequence[Watch], articles: Sequence[Article]) -> Iterator[str]:
    """Give what an article costs, and what it costs by other ways."""
    length = mean(len(words(article.body)) for article in articles)
    found = mean(len(matcher.match(article)) for article in articles)
    each = min(cost(matcher.match, articles) for _ in range(3))
    marked = cost(lambda article: [match.spans for match in matcher.match(article)], articles)
    alone = min(cost(lambda article: ready(article, {}), articles) for _ in range(3))
    yield f"{len(watches):,} watches, {found:.1f} of which match an article of {length:.0f} words"
    yield f"{'articles a second':>34}: {1_000 / each:.0f}"
    yield f"{'an article':>34}: {each:.3f} ms, of which to read it {alone:.3f}; with all marks {marked:.3f}"
    if len(watches) <= 10_000:
        few = articles[: max(2, 5_000 // len(watches))]
        regexes, naive = of_regexes(watches, few[:20]), of_all(watches, few)
        yield f"{'a regular expression a watch':>34}: {regexes:.1f} ms, {regexes / each:.0f} times as much"
        yield f"{'every query on every article':>34}: {naive:.1f} ms, {naive / each:.0f} times as much"


def replaced(matcher: Matcher, watches: Sequence[Watch]) -> float:
    """Give the milliseconds to read a watch and put it in, in place of its old form if there is one."""
    start = time.process_time()
    for watch in watches:
        matcher.add(Watch(watch.slug, watch.name, parse(watch.query_text)))
    return (time.process_time() - start) * 1_000 / max(1, len(watches))


def of_regexes(watches: Sequence[Watch], articles: Sequence[Article]) -> float:
    """Measure one regular expression a watch, of all its words: less than the watch asks."""
    texts = [
        re.compile(r"\b(?:" + "|".join(re.findall(r"\b[^\W\d_A-Z]+", w.query_text)) + r")\b", re.I) for w in watches
    ]
    return cost(lambda article: [regex.search(article.body) for regex in texts], articles)


def of_all(watches: Sequence[Watch], articles: Sequence[Article]) -> float:
    """Measure every query on every article."""

    def work(article: Article) -> None:
        doc = ready(article, {})
        for watch in watches:
            watch.query.matches(doc)

    return cost(work, articles)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, help="exported articles, one JSON object a line")
    parser.add_argument("--count", type=int, default=200, help="how many articles")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000], help="how many watches")
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    flags = parser.parse_args()
    for size in flags.sizes:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(size, flags))
        process.start()
        process.join()
        print()
    print(ELSEWHERE.strip())


if __name__ == "__main__":
    main()
