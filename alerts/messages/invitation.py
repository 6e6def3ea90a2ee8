"""Invitation: the one mail that goes to an address before its owner has confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from newsdesk import DeliveryFailure, PermanentFailure

from .message import Message, header_text
from .payload import cut_text, dumps

GOOD_FOR = timedelta(hours=24)
"""How long a link can be used."""


@dataclass(frozen=True, kw_only=True)
class Invitation(Message):
    """Asks whether an address wants to be told of a watch; its link leads to a page that asks once more."""

    @cached_property
    def subject(self) -> str:
        """Give what the mail asks, fit for a header."""
        return header_text(self.payload["data"]["subject"])

    @property
    def _form(self) -> str:
        return "invitation"

    def _context(self) -> dict[str, Any]:
        data = self.payload["data"]
        return {"message": self, "watch": self.watch, "confirm": data["confirm"], "plan": data["plan"]}


def invitation_payload(id: str, watch: Mapping[str, str], confirm: str, plan: str) -> str:
    """Give what leads to the address `confirm`; `plan` says in words when alerts would come."""
    subject = f"Confirm your alerts: {cut_text(watch['name'], 90)}"
    data = {"id": id, "subject": subject, "watch": dict(watch), "confirm": confirm, "plan": plan}
    return dumps({"type": "subscription.confirm", "data": data})


def expect_open(promised: datetime, moment: datetime) -> None:
    """Keep an invitation from going out whose link is good no more. Raises PermanentFailure."""
    if moment >= promised + GOOD_FOR:
        raise PermanentFailure(DeliveryFailure.TIMEOUT, "it could not be sent while its link was good")
