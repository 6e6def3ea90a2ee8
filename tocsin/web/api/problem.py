"""Problem: how the API says no (RFC 9457): a status, a title, and a detail that gives nothing away."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """What is wrong with one thing that was asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    detail: str
    position: int | None = Field(default=None, description="Where in a query, in code points from its start.")


class Problem(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Fault] = []


class Refusal(Exception):
    """The API says no."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        """Take the status, a sentence for whoever asked, and what is wrong with which field."""
        super().__init__(detail)
        self.status, self.detail, self.headers, self.faults = status, detail, dict(headers or {}), tuple(faults)


def problem(refusal: Refusal) -> Response:
    """Give a refusal as an answer."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
    }
    if refusal.detail:
        document["detail"] = refusal.detail
    if refusal.faults:
        document["errors"] = [fault.model_dump(exclude_none=True) for fault in refusal.faults]
    text = json.dumps(document, ensure_ascii=True)
    return Response(text, refusal.status, headers=refusal.headers, media_type=MEDIA_TYPE)
