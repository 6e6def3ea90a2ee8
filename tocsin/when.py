"""Moments as people give them to a command: `30d` ago, a day, an instant."""

from datetime import UTC, datetime


def parse_moment(text: str, now: datetime) -> datetime:
    """Read `30d` (that long before `now`), `2026-11-21` or `2026-11-21T14:05:09Z`; UTC where no zone is given.

    Raises ValueError with the remedy.
    """
    from newsdesk import parse_duration

    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text}: write how long ago, like 30d or 12h, or a date, like 2026-11-21") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_until(text: str, now: datetime) -> datetime:
    """Read `7d` (that long after `now`), `2026-12-24` or `2026-12-24T08:00:00Z`; UTC where no zone is given.

    Raises ValueError with the remedy, also for what is over.
    """
    from newsdesk import parse_duration

    try:
        return now + parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text}: write how long, like 7d or 12h, or a date, like 2026-12-24") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment <= now:
        raise ValueError(f"{text}: is over; write a moment to come")
    return moment
