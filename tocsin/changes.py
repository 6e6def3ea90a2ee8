"""Changes: whether a folder's files are others than those in force, and whether somebody is still writing them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

EVERY = 3.0
"""Seconds between two looks at the folder."""

_SETTINGS = "tocsin.yaml"

Stamp = tuple[int, int, int]
Stamps = Mapping[str, Stamp]
"""What a file is known by: size, time of its last change in nanoseconds, and inode, as a file put in its place has."""


def survey(folder: Path) -> Stamps:
    """Give the stamps of the settings, the outlet files and the watch files; a file that cannot be seen has none."""
    found: dict[str, Stamp] = {}
    for place in (folder, folder / "outlets", folder / "watches"):
        try:
            with os.scandir(place) as entries:
                found |= {entry.path: _stamp(entry.stat()) for entry in entries if _counts(entry.name)}
        except OSError:
            # Deleted under our eyes: the next look tells.
            continue
    return found


def _counts(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _stamp(facts: os.stat_result) -> Stamp:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def unchanged(before: Stamps, now: Stamps) -> set[str]:
    """Give the files that are as they were."""
    return {path for path, stamp in now.items() if before.get(path) == stamp}


@dataclass(slots=True)
class Watcher:
    """Decides when to read a folder again: when it has changed, and two looks in a row have seen it alike."""

    taken: Stamps
    """The files as they were when last read, whatever came of that."""
    seen: Stamps = field(default_factory=dict)

    def is_due(self, now: Stamps) -> bool:
        """Take a look in; True when the folder is to be read.

        One without the settings that it had is no configuration: its volume is away, or somebody is just moving it.
        """
        settled = now == self.seen
        self.seen = now
        lost = any(Path(path).name == _SETTINGS for path in self.taken.keys() - now.keys())
        return settled and now != self.taken and not lost
