"""Invocation: what every command is given: the folder, its configuration and database, and where to write."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from cyclopts import Parameter

from newsdesk import TocsinError

if TYPE_CHECKING:
    from newsdesk import Database
    from tocsin.configuration import Configuration
    from tocsin.settings import Settings


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def inert(text: str) -> str:
    """Give text without control characters: what a server said must not steer the terminal."""
    return _CONTROLS.sub("", text)


class UsageError(TocsinError):
    """The command was asked for in a way that cannot be right: exit 2."""


@dataclass(frozen=True)
class Invocation:
    """One call of `tocsin`: its `--config`, its flags that set settings, and its streams."""

    config: Path | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    """Settings given by flags, by their dotted name: `crawl.delay`."""
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    @cached_property
    def folder(self) -> Path:
        """The configuration folder. Raises UsageError where there is none."""
        chosen = self.config or (Path(self.env["TOCSIN_CONFIG"]) if self.env.get("TOCSIN_CONFIG") else None)
        if chosen is None:
            chosen = Path("config")
            if not (chosen / "tocsin.yaml").is_file():
                raise UsageError(
                    "no configuration: ./config/tocsin.yaml does not exist; "
                    "say where it is with -c DIR or TOCSIN_CONFIG, or write a starter with: tocsin init"
                )
        if not chosen.is_dir():
            raise UsageError(f"no configuration: {chosen} is not a folder; write a starter with: tocsin init {chosen}")
        return chosen

    @cached_property
    def configuration(self) -> Configuration:
        """Settings, outlets and watches. Raises ConfigError with every mistake."""
        folder = self.folder
        from tocsin.configuration import load_configuration

        return load_configuration(folder, self.env, self.flags)

    @cached_property
    def settings(self) -> Settings:
        """The settings alone, for commands that need neither outlets nor watches. Raises ConfigError."""
        folder = self.folder
        from tocsin.settings import load_settings

        return load_settings(folder, self.env, self.flags)

    @cached_property
    def has_folder(self) -> bool:
        """Tell whether there is a configuration folder; some commands do without."""
        try:
            return self.folder.is_dir()
        except UsageError:
            return False

    @property
    def site_settings(self) -> Settings:
        """The settings for a look at somebody's site: the folder's, or the defaults where there is no folder."""
        from tocsin.settings import load_settings

        return self.settings if self.has_folder else load_settings(Path(os.devnull), self.env, self.flags)

    def open_database(self) -> Database:
        """Open the database, upgraded where it is SQLite; the caller closes it. Raises StorageError."""
        from tocsin.storage import open_database

        return open_database(self.settings)

    def say(self, text: str = "") -> None:
        """Write a line for a person on standard output."""
        self.out.write(f"{text}\n")

    def warn(self, text: str) -> None:
        """Write a line on standard error: what failed, or progress."""
        self.out.flush()
        self.err.write(f"{inert(text)}\n")

    def emit(self, document: Any, *, indent: int | None = None) -> None:
        """Write one JSON document on a line of standard output."""
        self.out.write(json.dumps(document, ensure_ascii=False, indent=indent) + "\n")


Here = Annotated[Invocation, Parameter(parse=False)]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON on standard output and nothing else.")]


def _stream_or_name(_: type, value: object) -> None:
    if str(value).startswith("-") and str(value) != "-":
        raise ValueError(f"{value} is not an option of this command")


# A lone minus stands for standard input or output; anything else that begins so is a slip in an option.
OrStream = Parameter(allow_leading_hyphen=True, validator=_stream_or_name)
