"""Near-copies: how many are found, per kind of edit, and how many look-alikes are taken for one.

    python -m benchmarks.copies [--bodies FOLDER] [--most 300] [--half held-out] [--postgres URL]

Texts are invented, or those of the `*.json` records with a `body` (and perhaps a `domain`) under FOLDER. Half of the
domains is for tuning, half is held out: each figure is of one half. Every original is filed with a real desk; then each
edit of each original is filed as another outlet's, judged, and taken back. Look-alikes are filed as the same outlet's.

    copy      recall: filed as a copy of its original; precision: of what was filed as a copy
    story     filed into the story of its original, as a copy or as an update
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.edits import COPIES, LOOK_ALIKES, UPDATES, Bench, Body
from benchmarks.templates import TEMPLATES, filled, invented
from newsdesk import Article, Base, Database, Desk, Filing, FilingKind, Fingerprint

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_SHORTEST = 60
_LONGEST = 40_000
_NEAREST = 150
_ISSUES = 40


def is_held_out(domain: str) -> bool:
    """Tell in which half a domain is."""
    return bool(hashlib.md5(domain.encode()).digest()[0] % 2)


def bodies(folder: Path | None, most: int, *, held_out: bool) -> list[Body]:
    """Give the texts of one half, each once."""
    found: dict[str, Body] = {}
    for body in _read(folder) if folder else _invented(2 * most):
        if is_held_out(body.domain) == held_out and len(Fingerprint.of(body.text).tokens) >= _SHORTEST:
            found.setdefault(body.text[:200], body)
    chosen = sorted(found.values(), key=lambda body: hashlib.md5(body.text.encode()).digest())
    return chosen[:most]


def _read(folder: Path) -> Iterator[Body]:
    for path in sorted(folder.rglob("*.json")):
        record = json.loads(path.read_text())
        if isinstance(record, dict) and record.get("body") and len(record["body"]) < _LONGEST:
            domain = record.get("domain") or path.parent.name
            yield Body(domain, record.get("title") or record["body"][:60], record["body"])


def _invented(count: int) -> Iterator[Body]:
    for number in range(2 * count):
        words = random.Random(number).choice((90, 150, 300, 500, 900))
        yield Body(f"house-{number}.example", f"Report {number}", invented(number, words))


class Trial:
    """A desk on which things are filed and taken back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._desk = Desk(database)
        self._count = 0
        self.cpu = 0.0
        self.filings = 0

    def keep(self, texts: Sequence[tuple[str, str, str]]) -> list[Filing]:
        """File outlet, title and text of each for good."""
        with self._database.begin() as session:
            return [self._desk.file(session, self._article(*one), now=NOW) for one in texts]

    def tried(self, outlet: str, title: str, text: str) -> Filing:
        """File and take back."""
        with self._database.begin() as session:
            savepoint = session.begin_nested()
            article, begin = self._article(outlet, title, text), time.process_time()
            filing = self._desk.file(session, article, now=NOW)
            self.cpu += time.process_time() - begin
            self.filings += 1
            savepoint.rollback()
            return filing

    def _article(self, outlet: str, title: str, text: str) -> Article:
        self._count += 1
        url = f"https://{outlet}.example/{self._count}"
        return Article(outlet=outlet, url=url, canonical_url=url, title=title, body=text)


def measure(trial: Trial, texts: Sequence[Body], reserve: Sequence[Body]) -> None:
    """Print the table; foreign words and paragraphs come from the reserve, which is not on record."""
    bench = Bench(reserve, random.Random(7))
    originals = trial.keep([(_slug(body), body.title, body.text) for body in texts])
    odd = sum(filing.kind in (FilingKind.COPY, FilingKind.UPDATE) for filing in originals)
    print(f"{len(texts)} originals; {odd} of them were taken for copies or updates of one another")
    right, claimed, grouped, wanted, kin = 0, 0, 0, 0, 0
    print(f"{'':28}{'n':>6}{'copy':>8}{'update':>8}{'other':>8}{'story':>8}")
    for name, edits in (("copies", COPIES), ("updates", UPDATES), ("look-alikes", LOOK_ALIKES)):
        print(name)
        for kind, edit in edits.items():
            found: Counter[str] = Counter()
            for body, original in zip(texts, originals, strict=True):
                text = edit(body, bench)
                if text == body.text and edits is LOOK_ALIKES:
                    continue
                outlet = _slug(body) if edits is LOOK_ALIKES else "another-house"
                filing = trial.tried(outlet, f"{body.title} again", text)
                found["all"] += 1
                found[filing.kind] += 1
                found["story"] += filing.article.story == original.article.story
            _row(kind, found)
            claimed += found[FilingKind.COPY]
            if edits is not LOOK_ALIKES:
                grouped, kin = grouped + found["story"], kin + found["all"]
            if edits is COPIES:
                right, wanted = right + found[FilingKind.COPY], wanted + found["all"]
    claimed += _templates(trial) + _neighbours(trial, texts)
    print(f"copy: precision {right / claimed:.4f} ({claimed - right} wrong), recall {right / wanted:.4f}")
    print(f"one story: recall {grouped / kin:.4f}")
    print(
        f"{trial.filings / trial.cpu:.0f} articles filed a CPU second, {1000 * trial.cpu / trial.filings:.2f} ms each"
    )


def _row(kind: str, found: Counter[str]) -> None:
    count = max(1, found["all"])
    other = count - found[FilingKind.COPY] - found[FilingKind.UPDATE]
    shares = [found[FilingKind.COPY], found[FilingKind.UPDATE], other, found["story"]]
    print(f"  {kind:26}{found['all']:>6}" + "".join(f"{share / count:>8.3f}" for share in shares))


def _templates(trial: Trial) -> int:
    """File issue after issue of each template, as one house and as many; give how many were taken for copies."""
    wrong = 0
    print("templates")
    for name in TEMPLATES:
        for houses in (1, _ISSUES):
            chance, found = random.Random(f"{name} {houses}"), Counter[str]()
            issues = [(f"house-{n % houses}-{name}", f"Issue {n}", filled(name, chance)) for n in range(_ISSUES)]
            stories = set()
            for filing in trial.keep(issues):
                found["all"] += 1
                found[filing.kind] += 1
                stories.add(filing.article.story)
            found["story"] = _ISSUES - len(stories)
            _row(f"{name}, {houses} house(s)", found)
            wrong += found[FilingKind.COPY]
    return wrong


def _neighbours(trial: Trial, texts: Sequence[Body]) -> int:
    """File the text of each nearest pair as one outlet's; give how many were taken for copies."""
    found: Counter[str] = Counter()
    for one, other in nearest_pairs(texts)[:_NEAREST]:
        first = trial.keep([(f"pair-{found['all']}", one.title, f"{one.text}")])[0]
        filing = trial.tried(f"pair-{found['all']}", other.title, other.text)
        found["all"] += 1
        own = filing.article.update_of == first.article.id or filing.article.copy_of == first.article.id
        found[filing.kind if own else "other"] += 1
        found["story"] += own
    _row("nearest pairs", found)
    return found[FilingKind.COPY]


def nearest_pairs(texts: Sequence[Body]) -> list[tuple[Body, Body]]:
    """Give the pairs of different texts that are nearest by the rare words they share."""
    kinds = [set(Fingerprint.of(body.text).tokens) for body in texts]
    often = Counter(word for words in kinds for word in words)
    rare = [{word for word in words if 1 < often[word] <= 12} for words in kinds]
    where: dict[str, list[int]] = {}
    for place, words in enumerate(rare):
        for word in words:
            where.setdefault(word, []).append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for places in where.values():
        shared.update((a, b) for a in places for b in places if a < b)
    scored = {pair: n / (len(rare[pair[0]]) * len(rare[pair[1]])) ** 0.5 for pair, n in shared.items()}
    ranked = sorted(scored, key=lambda pair: -scored[pair])
    return [(texts[a], texts[b]) for a, b in ranked]


def _slug(body: Body) -> str:
    return body.domain.replace(".", "-")[:60]


def main() -> None:
    """Measure one half or both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path)
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--half", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--postgres", metavar="URL", default="")
    arguments = parser.parse_args()
    held_out = arguments.half == "held-out"
    texts = bodies(arguments.bodies, arguments.most, held_out=held_out)
    reserve = bodies(arguments.bodies, arguments.most, held_out=not held_out)
    print(f"{arguments.half} half, {len({body.domain for body in texts})} domains")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(arguments.postgres or f"sqlite:///{folder}/copies.db")
        Base.metadata.create_all(database.engine)
        measure(Trial(database), texts, reserve)
        database.close()


if __name__ == "__main__":
    main()
