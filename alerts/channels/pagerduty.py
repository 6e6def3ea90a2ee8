"""PagerDuty: an event for whoever is on call, to PagerDuty or another server that speaks its Events API v2."""

import hashlib
import re
from typing import Literal

from pydantic import SecretStr, field_validator

from newsdesk import DeliveryFailure, PermanentFailure

from ..channel import Channel, Receipt, Target, Tools, WebAddress, host_of
from ..messages.marking import plain
from ..messages.message import Message
from ..messages.payload import dumps
from ..post import judge, post

_SUMMARY = 1024
_LINKS = 10


class PagerDutyTarget(Target):
    """The integration key of a service, which is a secret, and how grave its events are."""

    hidden = frozenset({"pagerduty"})

    pagerduty: SecretStr
    server: WebAddress = "https://events.pagerduty.com/v2/enqueue"
    severity: Literal["critical", "error", "warning", "info"] = "warning"

    @property
    def address(self) -> str:
        """Give the server and a digest of the key: who has the key could write there."""
        digest = hashlib.blake2b(self.pagerduty.get_secret_value().encode(), digest_size=6).hexdigest()
        return f"{self.endpoint}:{digest}"

    @property
    def endpoint(self) -> str:
        """Give the server."""
        return host_of(self.server)

    @field_validator("pagerduty")
    @classmethod
    def _a_key(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9]{32}", value.get_secret_value()):
            raise ValueError("it is no integration key; write the 32 letters and digits of one for the Events API v2")
        return value


class PagerDuty(Channel[PagerDutyTarget]):
    """Events."""

    kind = "pagerduty"
    target_type = PagerDutyTarget
    example = "0123456789abcdef0123456789abcdef"
    form = "an event that triggers, with the JSON of a webhook as its details"
    limits = "20 kB, 15 s"

    async def send(self, message: Message, target: PagerDutyTarget, tools: Tools) -> Receipt:
        """Trigger an event; the id of the delivery keeps a repeat from being another. 400 is final."""
        key = target.pagerduty.get_secret_value()
        body = dumps({"routing_key": key, **event(message, target.severity)}).encode()
        headers = {"content-type": "application/json", "user-agent": "Tocsin/1.0"}
        answer = await post(tools, target.server, body, headers, now=message.moment, hide=[key])
        if answer.status == 400:
            raise PermanentFailure(DeliveryFailure.REJECTED, f"HTTP 400 {answer.excerpt}".strip())
        return judge(answer)


def event(message: Message, severity: str) -> dict[str, object]:
    """Give an alert as an event: https://developer.pagerduty.com/docs/send-alert-event."""
    links = [{"href": story.url, "text": plain(story.title)} for story in message.stories[:_LINKS] if story.url]
    return {
        "event_action": "trigger",
        "dedup_key": message.id,
        "client": "Tocsin",
        "links": links,
        "payload": {
            "summary": message.subject[:_SUMMARY],
            "source": message.stories[0].outlet if message.stories else "Tocsin",
            "severity": severity,
            "timestamp": message.payload["timestamp"],
            "component": message.watch["slug"],
            "class": message.type,
            "custom_details": message.payload["data"],
        },
    }


PAGERDUTY = PagerDuty()
