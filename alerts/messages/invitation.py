"""Invitation: the one mail that goes to an address before its owner has confirmed it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from .message import Message, header_text
from .payload import cut_text


@dataclass(frozen=True, kw_only=True)
class Invitation(Message):
    """Asks whether an address wants to be told of a watch; its link leads to a page that asks once more."""

    @cached_property
    def subject(self) -> str:
        """Give what the mail asks, fit for a header."""
        return header_text(f"Confirm your alerts: {cut_text(self.watch['name'], 90)}")

    @property
    def _form(self) -> str:
        return "invitation"

    def _context(self) -> dict[str, Any]:
        data = self.payload["data"]
        return {"message": self, "watch": self.watch, "confirm": data["confirm"], "plan": data["plan"]}


def invite(id: str, watch: Mapping[str, str], confirm: str, plan: str, moment: datetime) -> Invitation:
    """Make the mail that leads to the address `confirm`; `plan` says in words when alerts would come."""
    data = {"id": id, "watch": dict(watch), "confirm": confirm, "plan": plan}
    payload = {"type": "subscription.confirm", "data": data}
    return Invitation(id=id, payload=payload, json=json.dumps(payload).encode(), moment=moment)
