"""Wording: the sentences in which a volume, a silence and its end explain themselves; pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from newsdesk import FiledArticle

from ..messages.payload import cut_text
from ..occasion import Per, Volume
from .trend import Bucket, Usual


@dataclass(frozen=True, slots=True)
class Worded:
    """An alert in words: what stands in the subject, and the sentences below it."""

    headline: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Give all of it as one explanation."""
        return " ".join((f"{self.headline}.", *self.lines))


@dataclass(frozen=True, slots=True)
class Excess:
    """A count beyond what chance brings to the usual."""

    bucket: Bucket
    count: int
    usual: Usual
    threshold: int
    days: int
    """How many days the usual was learnt from."""
    until: datetime
    """When it was counted, or the end of the bucket."""


def word_volume(excess: Excess, volume: Volume, zone: tzinfo) -> Worded:
    """Say how many, how many are usual, and where chance ends."""
    begin, until = excess.bucket.begin.astimezone(zone), excess.until.astimezone(zone)
    usual, weekday, date = excess.usual, f"{begin:%A}", f"{begin.day} {begin:%B}"
    if volume.per is Per.HOUR:
        headline = f"{stories(excess.count)} since {begin:%H:%M}"
        when = f"on {date} between {begin:%H:%M} and {until:%H:%M %Z}"
        whole = f"the whole hour from {begin:%H:%M} on a {weekday}"
    else:
        headline = f"{stories(excess.count)} on {date}"
        when, whole = f"on {date} by {until:%H:%M %Z}", f"a whole {weekday}"
    floor = f" (at_least: {volume.least})" if excess.threshold == volume.least else ""
    mean = number(usual.mean)
    again = "three usual hours" if volume.per is Per.HOUR else "a usual day"
    return Worded(
        f"{headline}; usual is {mean}",
        (
            f"{stories(excess.count)} {when}; usual for {whole} is {mean} ({usual.low}–{usual.high}), "
            f"and {volume.sigma:g} sigma begins at {excess.threshold}{floor}.",
            f"Learnt from {excess.days} days of this watch; copies of one story count once. "
            f"You will hear of it again after {again}.",
        ),
    )


def word_silence(after: timedelta, last: FiledArticle | None, last_at: datetime, zone: tzinfo) -> Worded:
    """Say for how long nothing was heard, and what was heard last."""
    long = span(after)
    if last is None:
        return Worded(f"No mention for {long}", (f"None is known since {day(last_at, zone)}, when the record begins.",))
    told = f"The last was on {day(last_at, zone)}: “{cut_text(last.article.title, 200)}”."
    return Worded(f"No mention for {long}", (told,))


def word_heard(filed: FiledArticle, last_at: datetime, silent_since: datetime, zone: tzinfo) -> Worded:
    """Say what ended a silence."""
    title = cut_text(filed.article.title, 90)
    return Worded(
        f"Mentioned again: {title}",
        (f"The one before was on {day(last_at, zone)}; you were told of the silence on {day(silent_since, zone)}.",),
    )


def stories(count: int) -> str:
    """Give `1 story`, `2 stories`."""
    return f"{count} {'story' if count == 1 else 'stories'}"


def number(mean: float) -> str:
    """Give a mean with no more digits than it deserves."""
    return f"{mean:.0f}" if mean >= 9.95 else f"{mean:.1f}".removesuffix(".0") if mean >= 0.1 else "less than 0.1"


def span(duration: timedelta) -> str:
    """Give `7 days`, `36 hours`."""
    hours = duration.total_seconds() / 3600
    value, unit = (hours / 24, "day") if hours >= 48 and hours % 24 == 0 else (hours, "hour")
    return f"{value:g} {unit}{'' if value == 1 else 's'}"


def day(moment: datetime, zone: tzinfo) -> str:
    """Give an instant for people, to the minute."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M %Z}"
