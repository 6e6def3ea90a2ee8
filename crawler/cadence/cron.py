"""Cron expressions as people write them, checked and put into one plain form."""

import re
from collections.abc import Sequence

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?", re.ASCII)


def cron(expression: str) -> str:
    """Give the five fields as lists of numbers, days of the week by name. Raises ValueError with the remedy.

    Days are named because crontab(5) counts them from Sunday and other readers of such expressions from Monday.
    """
    text = _NAMED.get(expression.strip().lower(), expression)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f'write five fields, like "*/5 6-22 * * mon-fri"; here are {len(fields)}')
    plain = [_field(field, *known) for field, known in zip(fields[:4], _FIELDS[:4], strict=True)]
    return " ".join([*plain, _weekdays(fields[4])])


def _weekdays(field: str) -> str:
    if field == "*":
        return field
    numbers = {number % 7 for part in field.split(",") for number in _numbers(part, *_FIELDS[4], names=_DAYS)}
    return "*" if len(numbers) == 7 else ",".join(_DAYS[number] for number in sorted(numbers))


def _field(field: str, name: str, low: int, high: int) -> str:
    names = _MONTHS if name == "month" else ()
    for part in field.split(","):
        _numbers(part, name, low, high, names=names)
    if field == "*":
        return field
    numbers = {n for part in field.split(",") for n in _numbers(part, name, low, high, names=names)}
    return ",".join(str(number) for number in sorted(numbers))


def _numbers(part: str, name: str, low: int, high: int, *, names: Sequence[str]) -> list[int]:
    found = _PART.fullmatch(part)
    if not found:
        raise ValueError(f'"{part}" is not a {name}; write like *, 5, 1-5, */10 or a list of these with commas')
    star, first, last, step = found.groups()
    start = low if star else _number(first, name, low, high, names)
    # 7 is Sunday as a value, and must not count as an eighth day under a star.
    end = min(high, 6) if star and names is _DAYS else high
    if last is not None:
        end = _number(last, name, low, high, names)
    elif not star and step is None:
        end = start
    if last is not None and end < start:
        wrap = 7 if names is _DAYS else 0
        if not wrap:
            raise ValueError(f'"{part}" runs backwards; write the smaller {name} first')
        end += wrap
    if step == "0" or (step and int(step) == 0):
        raise ValueError(f'"{part}" has a step of 0; write 1 or more')
    return list(range(start, end + 1, int(step or 1)))


def _number(word: str, name: str, low: int, high: int, names: Sequence[str]) -> int:
    lower = word.lower()
    if lower in names:
        return names.index(lower) + (1 if names is _MONTHS else 0)
    if not word.isdecimal() or not low <= int(word) <= high:
        named = f" or {names[0]}-{names[-1]}" if names else ""
        raise ValueError(f'"{word}" is not a {name}; write {low}-{high}{named}')
    return int(word)
