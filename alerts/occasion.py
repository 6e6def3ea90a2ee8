"""Occasion: at what a watch tells: each story that matches, many of them at once, none for long, or the first ever."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic import Field as Setting

from newsdesk import Duration, show_duration

_SIGMA = re.compile(r"(\d+(?:\.\d+)?)\s*(?:sigmas?|σ)?", re.IGNORECASE)
_LEAST_SIGMA, _MOST_SIGMA = 1.5, 10.0
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=366)
REMEDY = "write first, or {silence: 7d}, or {volume: 3 sigma, per: hour}"


class Per(StrEnum):
    """Over what stretch of the clock stories are counted."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Each:
    """Every story that matches."""

    def __str__(self) -> str:
        """Give it for people."""
        return "each story"


@dataclass(frozen=True, slots=True)
class Volume:
    """More stories in an hour or a day than chance brings to what is usual then."""

    sigma: float = 3.0
    """How rare chance must be: as far out in one tail as so many standard deviations of a normal distribution."""
    per: Per = Per.HOUR
    least: int = 3
    """Fewer stories than these are never many."""

    def __str__(self) -> str:
        """Give it for people."""
        return f"volume: {self.sigma:g} sigma per {self.per}"


@dataclass(frozen=True, slots=True)
class Silence:
    """No story for so long."""

    after: timedelta

    def __str__(self) -> str:
        """Give it for people."""
        return f"silence: {show_duration(self.after)}"


@dataclass(frozen=True, slots=True)
class First:
    """The first story ever."""

    def __str__(self) -> str:
        """Give it for people."""
        return "first mention"


Occasion = Each | Volume | Silence | First

EACH = Each()


class AlertForm(BaseModel):
    """The mapping under `alert:` in a watch's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    volume: float | None = None
    per: Per = Per.HOUR
    at_least: int = Setting(default=3, ge=1, le=1_000_000)
    silence: Duration | None = None
    first: bool = False

    @property
    def occasion(self) -> Occasion:
        """Give what the form says."""
        if self.volume is not None:
            return Volume(self.volume, self.per, self.at_least)
        if self.silence is not None:
            return Silence(self.silence)
        return First() if self.first else EACH

    @field_validator("volume", mode="before")
    @classmethod
    def _sigma(cls, value: Any) -> float:
        found = _SIGMA.fullmatch(str(value).strip())
        if not found or not _LEAST_SIGMA <= float(found[1]) <= _MOST_SIGMA:
            raise ValueError(f"write a number from {_LEAST_SIGMA:g} to {_MOST_SIGMA:g} and sigma, like 3 sigma")
        return float(found[1])

    @field_validator("silence")
    @classmethod
    def _bounded(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and not _SHORTEST <= value <= _LONGEST:
            raise ValueError(f"write a time from {show_duration(_SHORTEST)} to {show_duration(_LONGEST)}, like 7d")
        return value

    @model_validator(mode="after")
    def _one(self) -> "AlertForm":
        kinds = (self.volume is not None) + (self.silence is not None) + self.first
        if kinds > 1:
            raise ValueError("name one of volume, silence and first; for more, make a watch of each")
        if kinds == 0:
            raise ValueError(REMEDY)
        if self.volume is None and {"per", "at_least"} & self.model_fields_set:
            raise ValueError("per and at_least belong to a volume, like {volume: 3 sigma, per: hour}")
        return self


def read_alert(value: Any) -> Any:
    """Give the mapping that a short form of `alert:` stands for. Raises ValueError with the remedy."""
    if value == "first":
        return AlertForm(first=True)
    if not isinstance(value, dict | AlertForm):
        raise ValueError(REMEDY)
    return value
