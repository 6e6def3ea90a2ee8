"""Siren: tells the operator of Tocsin's own trouble by a way that needs neither the database nor the alerts' mail."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts import Direct, Notice
from newsdesk import instant

from ..log import logger
from .troubles import DATABASE, Trouble

AGAIN = timedelta(hours=1)
"""The same grave trouble is told no more often, ..."""
DAILY = timedelta(days=1)
"""... and the same lesser one no more often than this."""
GONE = timedelta(minutes=5)
"""So long must a trouble be gone before its end is told: what comes and goes is one trouble."""
_LISTED = 20
MEMORY = "tocsin-siren.json"
"""The file in which what was told stands."""

log = logger("siren")


@dataclass
class Memory:
    """What was told when; on disk besides, where that can be, so that a restart repeats nothing."""

    file: Path | None = None
    told: dict[str, datetime] = field(default_factory=dict)
    """By the trouble's key, when it was last told."""
    texts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, datetime] = field(default_factory=dict)
    """By the key of what was told, when it was last there; in this process alone."""

    def is_gone(self, key: str, now: datetime) -> bool:
        """Tell whether a trouble that was told, and is not there, has been gone for long enough to be over."""
        last = max(self.told[key], self.seen.get(key, self.told[key]))
        return not timedelta(0) <= now - last < GONE

    def load(self) -> None:
        """Take up what an earlier process told; a damaged file tells nothing."""
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            if self.file is not None:
                kept = json.loads(self.file.read_text("utf-8"))
                self.told = {str(key): datetime.fromisoformat(one["told"]) for key, one in kept.items()}
                self.texts = {str(key): str(one["text"]) for key, one in kept.items()}

    def keep(self) -> None:
        """Write it down; on a disk that is full or read-only this process alone remembers."""
        kept = {key: {"told": instant(moment), "text": self.texts.get(key, key)} for key, moment in self.told.items()}
        with contextlib.suppress(OSError):
            if self.file is not None:
                fresh = self.file.with_suffix(".new")
                fresh.write_text(json.dumps(kept), "utf-8")
                fresh.replace(self.file)


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be told now: troubles that began or still last, and the keys of those that are over."""

    troubles: tuple[Trouble, ...]
    over: tuple[str, ...]


def decide(troubles: Iterable[Trouble], memory: Memory, now: datetime) -> Call:
    """Give what has to be told: what is new, or was told an hour ago and lasts; and what was told and is gone.

    Of what the database alone could show nothing is over while the database itself is the trouble.
    """
    present = {trouble.key: trouble for trouble in troubles}
    due = [one for key, one in present.items() if _is_due(one, memory.told.get(key), now)]
    over = (
        () if DATABASE in present else (key for key in memory.told if key not in present and memory.is_gone(key, now))
    )
    return Call(tuple(due), tuple(over))


def _is_due(trouble: Trouble, told: datetime | None, now: datetime) -> bool:
    again = AGAIN if trouble.is_grave else DAILY
    return told is None or now - told >= again or told > now  # a clock that was set back silences nothing


class Siren:
    """Sounds when something is wrong, again while it lasts, and once when it has been gone for a while."""

    def __init__(self, direct: Direct, file: Path | None = None) -> None:
        """Tell the targets of `direct`; remember in `file` besides."""
        self._direct = direct
        self._memory = Memory(file)
        self._memory.load()
        self._failed = False

    def replace(self, direct: Direct) -> None:
        """Tell others from now on."""
        self._direct = direct

    async def sound(self, troubles: Sequence[Trouble], now: datetime) -> int:
        """Tell what has to be told; gives of how many troubles. What reached nobody is told at the next look."""
        call = decide(troubles, self._memory, now)
        self._memory.seen |= {trouble.key: now for trouble in troubles}
        if not self._direct.reaches_someone or not (call.troubles or call.over):
            return 0
        failures = await self._direct.tell(_word(call, self._memory, now), now)
        self._note(failures)
        if len(failures) >= self._direct.count:
            return 0
        for trouble in call.troubles:
            self._memory.told[trouble.key], self._memory.texts[trouble.key] = now, trouble.text
        for key in call.over:
            del self._memory.told[key]
            self._memory.texts.pop(key, None)
            self._memory.seen.pop(key, None)
        self._memory.keep()
        return len(call.troubles)

    async def close(self) -> None:
        """Close what the channels keep open."""
        await self._direct.close()

    def _note(self, failures: Sequence[str]) -> None:
        """Log the first of a row of failures."""
        if failures and not self._failed:
            log.error("the operator's alarm did not reach all", failures=list(failures))
        self._failed = bool(failures)


def _word(call: Call, memory: Memory, now: datetime) -> Notice:
    texts = [trouble.text for trouble in call.troubles]
    over = [f"Over: {memory.texts.get(key, key)}" for key in call.over]
    lines = [f"{text[:1].upper()}{text[1:]}." for text in [*texts, *over]]
    more = len(lines) - _LISTED
    lines = lines[:_LISTED] + ([f"… and {more} more."] if more > 0 else [])
    if texts:
        subject = texts[0] if len(texts) == 1 else f"{texts[0]}, and {len(texts) - 1} more"
        lines.append("`tocsin health` and the log say more. You hear again while it lasts, and when it is over.")
    else:
        subject = over[0] if len(over) == 1 else f"{len(over)} troubles are over"
    keys = " ".join([*(trouble.key for trouble in call.troubles), *(f"-{key}" for key in call.over)])
    facts = {
        "troubles": [{"key": one.key, "text": one.text} for one in call.troubles[:_LISTED]],
        "over": list(call.over[:_LISTED]),
    }
    kind = "house.trouble" if texts else "house.recovered"
    key = f"{keys} {now.astimezone(UTC):%Y%m%dT%H%M%S}"
    return Notice(type=kind, key=key, subject=subject, lines=lines, facts=facts)
