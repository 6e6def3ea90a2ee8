"""Whether a page that reads otherwise than before was edited, or has only moved on: its clocks, counters and links."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..article import Article
from .difference import Change, changes, likeness, wording
from .stamps import is_bare_label, is_broken_off, is_label, is_sentence, is_stamp, is_timely, residue, without_stamps

_ENOUGH = 30
"""Fewer words than this are no text that could have been lost."""
_LOST = 0.35
"""So much of a text, or less, and nothing but its beginning: the rest went behind a wall."""
_BROKEN_OFF = 0.8
"""The same where what is left breaks off in the middle of a sentence."""
_OTHER = 0.35
"""Two headlines with fewer words in common than this are of two stories."""
_HEADLINE = 4
"""So many words at least make a line the headline of another story."""
_SWING = timedelta(days=1)

_LINES = re.compile(r"\s*\n\s*")
_TAIL = re.compile(r"\s+(?:[|\u2013\u2014\u00b7\u2022»:-]|::)\s+(?P<tail>[^|]{2,40})$")
_NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Weight:
    """Whether a difference is an edit, and why or why not."""

    is_material: bool
    reason: str


def is_material(before: Article, after: Article) -> Weight:
    """Tell whether what a page says was edited between two readings of it.

    A word, a number in a sentence, a sentence or the headline make an edit. Typography, clocks, counters, scores and
    prices outside of sentences, links to other stories, tags in another order and paragraphs that were moved do not;
    nor does a text that is no longer shown, which is a wall or a fault.
    """
    if (before.title, before.lede, before.body) == (after.title, after.lede, after.body):
        return Weight(False, "it reads the same")
    if lost := _loss(before.body, after.body):
        return Weight(False, lost)
    old, new = _told(before), _told(after)
    found = changes(old, new)
    telling = [change for change in found if _is_telling(change)]
    telling = _without_teasers(telling)
    if not telling:
        return Weight(False, _WHY_NOT if changes(before, after) else "only marks, spaces, capitals or places changed")
    count = len([change for change in telling if change.field == "body"])
    said = ["the headline was changed"] if any(change.field == "title" for change in telling) else []
    said += [f"{count} {'passage was' if count == 1 else 'passages were'} changed"] if count else []
    return Weight(True, ", ".join(said))


_WHY_NOT = "only clocks, counters or links around the text changed"


def is_swinging(stood: Sequence[tuple[Article, datetime]], after: Article, now: datetime) -> bool:
    """Tell whether a text goes to and fro, so that its next turn is not worth a revision.

    `stood` are the earlier texts of the article, each with when it was replaced, oldest first, then the present one
    with when it came. A return to an earlier text is an edit once: what was taken back. Each further one counts only
    when a pause has passed since the last change, a day at first, then twice as long each time.
    """
    looks = [_content(article) for article, _ in stood]
    if len(stood) < 2 or _content(after) not in looks[:-1]:
        return False
    returns = sum(look in looks[:place] for place, look in enumerate(looks))
    return returns > 0 and now - stood[-1][1] < _SWING * float(2 ** min(returns - 1, 6))


def _content(article: Article) -> tuple[tuple[str, ...], ...]:
    return wording(article.title), wording(article.lede or ""), wording(article.body)


def _loss(before: str, after: str) -> str | None:
    """Tell in words that the text is no longer shown, or not to its end."""
    old, new = wording(before), wording(after)
    if len(old) < _ENOUGH or len(new) >= _BROKEN_OFF * len(old):
        return None
    if not new:
        return "its text was not shown"
    if len(new) < _LOST * len(old) and len(new) < _ENOUGH and not set(new) <= set(old):
        return "its text was not shown"
    # The last word may have been cut, and a word or two of the wall may follow.
    common = next((place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(new))
    is_beginning = common >= 0.9 * len(new) - 1
    breaks_off = is_broken_off(after) and not is_broken_off(before)
    if is_beginning and (len(new) < _LOST * len(old) or breaks_off):
        return "only the beginning of its text was shown"
    return None


def _told(article: Article) -> Article:
    """Give the article as what it tells: headline and one run of text, without what stands around it."""
    lines = [without_stamps(line) for line in _LINES.split(article.body) if line]
    lede = without_stamps(article.lede or "")
    if lede and not _stands_in(lede, article.body):
        lines.insert(0, lede)
    body = "\n\n".join(_without_furniture(lines))
    return replace(article, title=_headline(article), lede=None, body=body)


def _stands_in(lede: str, body: str) -> bool:
    """Tell whether the body says what the lede says; a lede that was cut may end within a word."""
    words = wording(lede)
    cut = words[:-1] if lede.rstrip().endswith(("…", "...")) else words
    return f" {' '.join(cut)} " in f" {' '.join(wording(body))} "


def _headline(article: Article) -> str:
    """Give the headline without the outlet's name behind it, nor the time of its last edit."""
    title = without_stamps(article.title)
    found = _TAIL.search(title)
    if found is None:
        return title
    tail = _NOT_A_LETTER.sub("", found["tail"]).casefold()
    names = _NOT_A_LETTER.sub("", f"{article.outlet} {article.url.split('/')[2:3]}").casefold()
    return title[: found.start()] if tail and tail in names else title


def _without_furniture(lines: Sequence[str]) -> list[str]:
    told: list[str] = []
    in_links = False
    for line in lines:
        sentence = is_sentence(line)
        if is_bare_label(line):
            in_links = True
            continue
        in_links = in_links and not sentence
        if in_links or is_stamp(line) or is_label(line):
            continue
        told.append(line)
    return told


def _is_telling(change: Change) -> bool:
    if change.field == "title":
        return True
    old, new = change.before_text, change.after_text
    if not old or not new or (is_sentence(old) and is_sentence(new)):
        return True
    if Counter(wording(old)) == Counter(wording(new)):
        return False  # tags in another order
    return not (is_timely(old) and is_timely(new) and residue(old) == residue(new))


def _without_teasers(found: Sequence[Change]) -> list[Change]:
    """Leave out headlines of other stories that took each other's place."""
    gone = [change for change in found if _is_teaser(change.before_text, change.after_text)]
    come = [change for change in found if _is_teaser(change.after_text, change.before_text)]
    if not gone or not come:
        return list(found)
    if any(likeness(one.before_text, other.after_text) >= _OTHER for one in gone for other in come):
        return list(found)
    return [change for change in found if change not in gone and change not in come]


def _is_teaser(text: str, instead: str) -> bool:
    return bool(text) and not instead and not is_sentence(text) and len(text.split()) >= _HEADLINE
