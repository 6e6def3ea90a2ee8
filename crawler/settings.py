"""CrawlSettings: how the crawler behaves towards other people's servers."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from newsdesk import Duration, Size


def _pause(value: timedelta) -> timedelta:
    if value > timedelta(days=30):
        raise ValueError("write at most 30d")
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("write more than 0s, like 30s, 5m, 2h")
    return _pause(value)


def _header(value: str) -> str:
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError("write plain ASCII text on one line, it is sent as a header")
    return value


def _page_size(value: int) -> int:
    if not 1_000 <= value <= 1_000_000_000:
        raise ValueError("write a size from 1kB to 1GB")
    return value


Interval = Annotated[Duration, AfterValidator(_positive)]
Pause = Annotated[Duration, AfterValidator(_pause)]
Header = Annotated[str, AfterValidator(_header), Field(max_length=300)]
PageSize = Annotated[Size, AfterValidator(_page_size)]
PerHost = Annotated[int, Field(ge=1, le=64)]


class CrawlOverrides(BaseModel):
    """The keys of `crawl:` as an outlet's own file may give them; what is left out is as for every outlet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: Header | None = None
    contact: Header | None = None
    poll_every: Interval | None = None
    poll_min: Interval | None = None
    poll_max: Interval | None = None
    hint_max: Interval | None = None
    reread_for: Pause | None = None
    requests_per_host: PerHost | None = None
    delay: Pause | None = None
    max_page: PageSize | None = None
    timeout: Interval | None = None
    obey_robots: bool | None = None


class CrawlSettings(BaseModel):
    """The section `crawl:` of tocsin.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: Header = "Tocsin/1.0 (+https://github.com/tocsin-news/tocsin)"
    contact: Header = ""
    poll_every: Interval = timedelta(minutes=5)
    poll_min: Interval = timedelta(minutes=1)
    poll_max: Interval = timedelta(hours=6)
    hint_max: Interval = timedelta(hours=24)
    reread_for: Pause = timedelta(days=2)
    requests_per_host: PerHost = 2
    delay: Pause = timedelta(seconds=1)
    max_page: PageSize = 10_000_000
    timeout: Interval = timedelta(seconds=30)
    obey_robots: bool = True
    browser: Annotated[str, Field(max_length=4096)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.poll_min > self.poll_max:
            raise ValueError("poll_min is above poll_max; swap them")
        if not self.user_agent:
            raise ValueError("user_agent is empty; name this crawler and an address where it is explained")
        return self

    def merged(self, overrides: CrawlOverrides) -> "CrawlSettings":
        """Give the settings for one outlet: its own values where it has some, these elsewhere.

        An outlet that asks for a cadence outside poll_min and poll_max widens them, since it asked by name.
        """
        own = {key: value for key in CrawlOverrides.model_fields if (value := getattr(overrides, key)) is not None}
        if not own and self.poll_min <= self.poll_every <= self.poll_max:
            return self
        merged = self.model_copy(update=own)
        every = own.get("poll_every", self.poll_every)
        low = own.get("poll_min", min(merged.poll_min, every))
        high = own.get("poll_max", max(merged.poll_max, every))
        return merged.model_copy(update={"poll_min": min(low, high), "poll_max": max(low, high)})
