"""The tree of errors: each one tells the user what to do.

TocsinError
├── ConfigError          the user's files or settings are wrong; carries every Problem at once
├── StorageError         the database cannot be used as it is
├── AddressRefused       an address that this machine must not be made to ask
├── FetchError           an outlet did not answer as hoped
├── ReadingError         what an outlet sent could not be read
├── QueryError           a watch's query is refused, with the place of the mistake
└── DeliveryError        an alert did not leave
    ├── TemporaryFailure     later attempts may succeed
    └── PermanentFailure     no later attempt will
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class TocsinError(Exception):
    """Root of every error that Tocsin raises on purpose; `str()` is fit to show to a user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a user's file or setting. `line` and `column` count from 1; 0 where there is none."""

    file: Path | str
    line: int
    column: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Give `FILE:LINE:COL: what; remedy`."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)
        return f"{place}: {self.what}; {self.remedy}" if self.remedy else f"{place}: {self.what}"


class ConfigError(TocsinError):
    """The configuration is wrong; `problems` holds all mistakes found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep all `problems`; the text shows one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StorageError(TocsinError):
    """The database is missing, damaged, locked for good or of another version."""


class AddressRefused(TocsinError):
    """An address that this machine must not be made to ask: private, special, or not http(s)."""


class FetchFailure(StrEnum):
    """Why a fetch did not bring a document; also the label of the metric."""

    REFUSED_ADDRESS = "refused_address"
    ROBOTS = "robots"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    STATUS = "status"
    GONE = "gone"
    RENDER = "render"


class FetchError(TocsinError):
    """An outlet did not answer as hoped."""

    def __init__(self, reason: FetchFailure, detail: str) -> None:
        """Keep the `reason` (closed list) and a `detail` for people."""
        self.reason = reason
        super().__init__(detail)


class ReadingError(TocsinError):
    """A document arrived but could not be read."""


class QueryError(TocsinError):
    """A query is refused. `position` is the offset, in code points, of the mistake in the query's text."""

    def __init__(self, message: str, position: int, remedy: str = "") -> None:
        """Keep where the mistake is and what to write instead."""
        self.message = message
        self.position = position
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}" if remedy else message)


class DeliveryFailure(StrEnum):
    """Why an alert did not leave; also the label of the metric."""

    REFUSED_ADDRESS = "refused_address"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TLS = "tls"
    REJECTED = "rejected"
    THROTTLED = "throttled"
    GONE = "gone"
    MISCONFIGURED = "misconfigured"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class DeliveryError(TocsinError):
    """An alert did not leave."""

    def __init__(self, reason: DeliveryFailure, detail: str) -> None:
        """Keep the `reason` (closed list) and a `detail` for people, without secrets."""
        self.reason = reason
        super().__init__(detail)


class TemporaryFailure(DeliveryError):
    """A later attempt may succeed; `retry_after` is the receiver's own wish in seconds, if it gave one."""

    def __init__(self, reason: DeliveryFailure, detail: str, retry_after: float | None = None) -> None:
        """Keep the receiver's wish beside the reason."""
        self.retry_after = retry_after
        super().__init__(reason, detail)


class PermanentFailure(DeliveryError):
    """No later attempt will succeed."""
