"""Rot: whether an outlet's pages read as they used to; pure functions.

After a template change bodies shrink, or dates, headlines, authors vanish. Kept are the shares of long standing and
the last twenty pages, which do not count to these yet. The recent ones differ beyond chance when a share fell to less
than half and so few would be met less than once in 100,000 such lots, by a beta-binomial law: a share that is itself
not quite steady, since one hour's pages resemble each other. For the length of bodies: when the median of the recent
logarithms lies further below than four and a half of its standard errors and than half the usual length.
"""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

RECENT = 20
_ENOUGH = 10
_USUAL = 40.0
"""How many pages there must have been before the recent ones."""
_MEMORY = 500.0
_STEADINESS = 60.0
"""How many pages' worth of steadiness a share is credited with at most."""
_CHANCE = 1e-5
_ERRORS = 4.5
_HALF = math.log(2)
_NEW_NORMAL = 300
"""After so many pages in a new form, it is the usual one."""
_WALLED = 8
"""How many pages in a row must not be had before that is a wall."""

ARTICLE, DATED, TITLED, SIGNED, SELECTED = 1, 2, 4, 8, 16
_SAID = {
    ARTICLE: "pages are no articles any more",
    DATED: "dates have vanished from its pages",
    TITLED: "headlines have vanished from its pages",
    SIGNED: "authors have vanished from its pages",
    SELECTED: "the selectors of its outlet file find nothing any more",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page showed: traits as flags, and the length of its body in code points."""

    traits: int
    length: int = 0


@dataclass(frozen=True, slots=True)
class Pages:
    """How the pages of one outlet used to read, and how they read now."""

    usual: float = 0.0
    """Pages of long standing, older ones fading."""
    articles: float = 0.0
    shares: tuple[float, ...] = (0.0,) * 5
    """Of each trait: how many of the usual pages had it."""
    length: float = 0.0
    """Mean and variance of the logarithm of the bodies' lengths."""
    variance: float = 0.0
    recent: tuple[Seen, ...] = ()
    rotten: str = ""
    """What is wrong with the recent pages, if anything is."""
    odd: int = 0
    """Pages since that began."""
    refused: tuple[str, ...] = ()
    """Why the latest pages could not be had; emptied by each that could."""

    def had(self, page: Seen) -> "Pages":
        """Take in one page."""
        pages = replace(self, recent=(*self.recent, page), refused=())
        if len(pages.recent) > RECENT:
            oldest, pages = pages.recent[0], replace(pages, recent=pages.recent[1:])
            # What is odd must not become usual by and by, before anyone has heard of it.
            pages = pages if pages.rotten else pages._settle(oldest)
        if pages.rotten and pages.odd >= _NEW_NORMAL:
            return Pages(recent=pages.recent)
        rotten = pages._fault()
        return replace(pages, rotten=rotten, odd=pages.odd + 1 if rotten else 0)

    def lacked(self, why: str) -> "Pages":
        """Take in that one page could not be had."""
        return replace(self, refused=(*self.refused, why[:200])[-_WALLED:])

    @property
    def walled(self) -> str:
        """Say what keeps every page from being had, or nothing."""
        return self.refused[-1] if len(self.refused) >= _WALLED else ""

    def _settle(self, page: Seen) -> "Pages":
        fade = min(1.0, _MEMORY / (self.usual + 1))
        is_article = bool(page.traits & ARTICLE)
        articles = self.articles * fade + is_article
        shares = tuple(share * fade + bool(page.traits & 1 << bit) for bit, share in enumerate(self.shares))
        length, variance = self.length, self.variance
        if is_article:
            step = _log(page) - length
            length += step / articles
            variance += (step * (_log(page) - length) - variance) / articles
        return replace(
            self, usual=self.usual * fade + 1, articles=articles, shares=shares, length=length, variance=variance
        )

    def _fault(self) -> str:
        """Say what of the recent pages differs from the usual ones beyond chance."""
        if self.usual < _USUAL or len(self.recent) < _ENOUGH:
            return ""
        if _fell(self.recent, ARTICLE, self.shares[0], self.usual):
            return _SAID[ARTICLE]
        recent = [page for page in self.recent if page.traits & ARTICLE]
        if self.articles < _USUAL or len(recent) < _ENOUGH:
            return self.rotten  # too few to say that it is over
        for bit, trait in enumerate((ARTICLE, DATED, TITLED, SIGNED, SELECTED)):
            if bit and _fell(recent, trait, self.shares[bit], self.articles):
                return _SAID[trait]
        return self._shrunk(recent)

    def _shrunk(self, recent: Sequence[Seen]) -> str:
        middle = statistics.median(map(_log, recent))
        # Of a median, and with some room for hours whose pages resemble each other.
        error = math.sqrt(max(self.variance, 0.05) * (1.57 / len(recent) + 0.03))
        if self.length - middle <= max(_ERRORS * error, _HALF):
            return ""
        return f"bodies have shrunk, from some {_words(self.length)} characters to {_words(middle)}"

    def dumps(self) -> str:
        """Give compact text."""
        numbers = [self.usual, self.articles, *self.shares, self.length, self.variance]
        recent = [[page.traits, page.length] for page in self.recent]
        kept = {"usual": [round(number, 4) for number in numbers], "recent": recent}
        more = {"rotten": self.rotten, "odd": self.odd, "refused": self.refused}
        return json.dumps(kept | {key: value for key, value in more.items() if value}, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str | None) -> "Pages":
        """Read what dumps() gave; of anything else nothing is known."""
        try:
            kept = json.loads(text or "{}")
            usual, articles, *shares, length, variance = map(float, kept["usual"])
            recent = tuple(Seen(int(traits), int(size)) for traits, size in kept["recent"])
            more = str(kept.get("rotten", "")), int(kept.get("odd", 0)), tuple(map(str, kept.get("refused", ())))
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls()
        if len(shares) != 5:
            return cls()
        return cls(usual, articles, tuple(shares), length, variance, recent, *more)


def _fell(recent: Sequence[Seen], trait: int, had: float, of: float) -> bool:
    """Tell whether a share of `had` in `of` pages has fallen beyond chance."""
    have, share = sum(bool(page.traits & trait) for page in recent), had / of if of else 0.0
    if have >= share * len(recent) / 2:
        return False
    weight = min(of, _STEADINESS)
    return _at_most(have, len(recent), share * weight + 0.5, (1 - share) * weight + 0.5) < _CHANCE


def _at_most(most: int, of: int, alpha: float, beta: float) -> float:
    """Give the chance of at most so many successes by the beta-binomial law."""
    whole = _log_beta(alpha, beta)
    return math.fsum(
        math.comb(of, count) * math.exp(_log_beta(count + alpha, of - count + beta) - whole)
        for count in range(most + 1)
    )


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)


def _log(page: Seen) -> float:
    return math.log(page.length + 50)


def _words(logarithm: float) -> int:
    return max(0, round(math.exp(logarithm) - 50))
