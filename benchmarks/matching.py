"""Matching: what an article costs among very many watches, and what the watches cost.

    python -m benchmarks.matching [--articles 200] [--huge]

Prints, for 100 and 10,000 watches (and 100,000 with --huge) of five kinds, the articles a second, the milliseconds of
CPU an article, the time and memory to build and the time to add one watch; then one regular expression a watch and
every query on every article, for comparison. Vocabulary, texts and watches are made here, the words by Zipf's law.
"""

import argparse
import gc
import re
import time
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from alerts.matcher import Matcher, ready
from alerts.query import parse
from alerts.watch import Watch
from newsdesk import Article

WORDS = 50_000
ARTICLE = 350
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ADDRESS = "https://example.org/a"


class Language:
    """A made-up language, whose nth word is as frequent as 1/n; names are rare words with a capital."""

    def __init__(self, random: Random) -> None:
        """Make the words up."""
        found: dict[str, None] = {}
        while len(found) < WORDS:
            found["".join(random.choices(SYLLABLES, k=random.randint(1, 2) if len(found) < 300 else 3))[:9]] = None
            if len(found) > 300:
                found["".join(random.choices(SYLLABLES, k=random.randint(2, 5)))] = None
        self.words = list(found)[:WORDS]
        self._weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self._random = random

    def text(self, length: int) -> str:
        """Write a text of sentences and paragraphs."""
        words = self._random.choices(self.words, cum_weights=self._weights, k=length)
        marks = self._random.choices([" ", ", ", ". ", ".\n\n"], [80, 8, 9, 3], k=length)
        return "".join(word + mark for word, mark in zip(words, marks, strict=True))

    def article(self) -> Article:
        """Write an article."""
        title, body = self.text(10).strip(), self.text(ARTICLE)
        return Article(outlet="rt", url=ADDRESS, canonical_url=ADDRESS, title=title, body=body, language="en")

    def common(self) -> str:
        """Give one of the thousand words after the hundred commonest."""
        return self.words[self._random.randint(100, 1_100)]

    def rare(self) -> str:
        """Give a word that is likely to be a name."""
        return self.words[self._random.randint(1_000, WORDS - 1)]


def name(language: Language, random: Random) -> str:
    """Ask for a name."""
    return random.choice([language.rare(), f'"{language.common()} {language.rare()}"'])


def phrase(language: Language, random: Random) -> str:
    """Ask for a phrase of common words."""
    return '"' + " ".join(language.common() for _ in range(random.randint(2, 3))) + '"'


def boolean(language: Language, random: Random) -> str:
    """Ask for several things and rule one out."""
    others = " OR ".join(language.common() for _ in range(random.randint(2, 4)))
    return f"({language.rare()} OR {name(language, random)}) AND ({others}) NOT {language.common()}"


def proximity(language: Language, random: Random) -> str:
    """Ask for things near each other."""
    return f"({language.common()} OR {language.common()[:5]}*) NEAR/{random.randint(3, 15)} {language.rare()}"


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


def of_product(watches: Sequence[Watch], articles: Sequence[Article]) -> str:
    """Measure the product's matcher."""
    start = time.process_time()
    matcher = Matcher(watches)
    built = time.process_time() - start
    gc.collect()
    cost(matcher.match, articles[:20])
    each = cost(matcher.match, articles)
    found = sum(len(matcher.match(article)) for article in articles) / len(articles)
    tried = sum(len(matcher._index.candidates(ready(a, {}))) for a in articles) / len(articles)
    start = time.process_time()
    for watch in watches[:100]:
        matcher.add(watch)
    added = (time.process_time() - start) * 1e6 / min(100, len(watches))
    return (
        f"{1_000 / each:8.0f} articles/s {each:8.3f} ms an article, {tried:.1f} tried and {found:.1f} found; "
        f"index built in {built:.2f} s, {added:.0f} us to replace one"
    )


def of_regexes(watches: Sequence[Watch], articles: Sequence[Article]) -> float:
    """Measure one regular expression a watch, of all its words: less than the watch asks."""
    texts = [re.compile(r"\b(?:" + "|".join(re.findall(r"[a-z]+", w.query.text)) + r")\b", re.I) for w in watches]
    return cost(lambda article: [regex.search(article.body) for regex in texts], articles)


def of_all(watches: Sequence[Watch], articles: Sequence[Article]) -> float:
    """Measure every query on every article."""

    def work(article: Article) -> None:
        doc = ready(article, {})
        for watch in watches:
            watch.query.find(doc)

    return cost(work, articles)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--huge", action="store_true", help="100,000 watches as well")
    flags = parser.parse_args()
    random = Random(1)
    language = Language(random)
    articles = [language.article() for _ in range(flags.articles)]
    print(f"to read an article alone: {cost(lambda article: ready(article, {}), articles):.3f} ms")
    kinds = list(KINDS.values()) if flags.kind == "all" else [KINDS[flags.kind]]
    for size in [100, 10_000, *([100_000] if flags.huge else [])]:
        texts = [kinds[number % len(kinds)](language, random) for number in range(size)]
        start = time.process_time()
        watches = [Watch(f"w{number:06}", text, parse(text)) for number, text in enumerate(texts)]
        parsed = time.process_time() - start
        print(f"{size:7} watches: {of_product(watches, articles)}")
        tracemalloc.start()
        kept = Matcher(Watch(w.slug, w.name, parse(w.query.text)) for w in watches[:2_000])
        memory = tracemalloc.get_traced_memory()[0] / len(kept)
        tracemalloc.stop()
        print(f"{'':8}parsed in {parsed:.2f} s, {memory:.0f} bytes a watch")
        if size <= 10_000:
            few = articles[: max(2, 2_000 // size)]
            print(f"{'':8}a regex a watch {of_regexes(watches, few[:20]):.1f} ms an article")
            print(f"{'':8}every query on every article {of_all(watches, few):.1f} ms an article")


if __name__ == "__main__":
    main()
