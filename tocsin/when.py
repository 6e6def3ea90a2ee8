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
