"""What the house asks of all alerts: how long they wait for others, and how many one person gets."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from newsdesk import Duration


def _short(value: timedelta) -> timedelta:
    if value > timedelta(hours=1):
        raise ValueError("write at most 1h; for more there are digests")
    return value


class AlertSettings(BaseModel):
    """The section `alerts:` of tocsin.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group_wait: Annotated[Duration, AfterValidator(_short)] = timedelta(seconds=30)
    """How long an alert to a person waits for those of the person's watches that ask other outlets or languages."""
    group_interval: Annotated[Duration, AfterValidator(_short)] = timedelta(0)
    """How long after one message about a story the next one to the same person goes out at the earliest."""
    most_per_hour: int = Field(default=0, ge=0, le=1_000_000)
    """How many alerts one person gets in an hour; what is beyond comes as a digest at the next full hour. 0: all."""
