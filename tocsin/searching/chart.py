"""Chart: hits by day as bars of text, as wide as there is room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONG = 62
"""Days; a longer stretch shows the pauses in it in one line each."""
_PAUSE = 3


@dataclass(frozen=True, slots=True)
class Day:
    """One day in UTC: how many articles matched, and how many stories they tell."""

    day: date
    articles: int = 0
    stories: int = 0


def worst(days: Sequence[Day]) -> Day | None:
    """Give the day with the most stories; of several, the one with the most articles, the latest."""
    return max(days, key=lambda one: (one.stories, one.articles, one.day), default=None)


def every_day(days: Sequence[Day]) -> list[Day]:
    """Give the days from the first to the last, those without a hit included."""
    known = {one.day: one for one in days}
    if not known:
        return []
    first, last = min(known), max(known)
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [known.get(day) or Day(day) for day in span]


def chart(days: Sequence[Day], width: int, *, blocks: bool) -> list[str]:
    """Give a line for each day, at most `width` columns wide: its stories, its articles, and a bar of both.

    The bar's dark part is stories, the light part the further articles that tell them again. Without `blocks` it is
    drawn in plain letters.
    """
    shown = every_day(days)
    most = max((one.articles for one in shown), default=0)
    numbers = [max([len(str(getattr(one, name))) for one in shown] + [len(name)]) for name in ("stories", "articles")]
    head = f"{'day (UTC)':<14}  {'stories':>{numbers[0]}}  {'articles':>{numbers[1]}}"
    room = max(width - len(head) - 2, 8)
    lines = [head]
    for one in _with_pauses(shown):
        if isinstance(one, int):
            lines.append(f"{'…':<14}  {one} days without")
            continue
        bar = _bar(one, most, room, blocks)
        row = f"{one.day:%Y-%m-%d %a}  {one.stories:>{numbers[0]}}  {one.articles:>{numbers[1]}}  {bar}"
        lines.append(row.rstrip())
    return lines


def _with_pauses(days: Sequence[Day]) -> Iterator[Day | int]:
    """Give the days; of a long stretch, each pause of more than three days as its length."""
    pause: list[Day] = []
    for one in days:
        if not one.articles:
            pause.append(one)
            continue
        if len(days) > _LONG and len(pause) > _PAUSE:
            yield len(pause)
        else:
            yield from pause
        pause = []
        yield one


def _bar(one: Day, most: int, room: int, blocks: bool) -> str:
    if not one.articles:
        return ""
    scale = min(room / most, 4 if blocks else 1) if most else 0
    if not blocks:
        dark = max(1, round(one.stories * scale))
        return "#" * dark + "." * (max(dark, round(one.articles * scale)) - dark)
    eighths = max(1, round(one.stories * scale * 8))
    whole, rest = divmod(eighths, 8)
    bar = "█" * whole + (_EIGHTHS[rest] if rest else "")
    return bar + "░" * (max(len(bar), round(one.articles * scale)) - len(bar))
