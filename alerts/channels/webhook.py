"""Webhook: the frozen JSON, signed as Standard Webhooks 1.0, to a guarded address."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, SecretStr, field_validator

from ..channel import Channel, Receipt, Target, Tools, WebAddress, host_of
from ..message import Message
from ..post import judge, post


class WebhookTarget(Target):
    """An address that takes signed JSON."""

    webhook: WebAddress
    secret: tuple[SecretStr, ...] = Field(default=())
    body: bool = False

    @property
    def address(self) -> str:
        """Give the URL."""
        return self.webhook

    @property
    def endpoint(self) -> str:
        """Give the receiver's host and port."""
        return host_of(self.webhook)

    @property
    def with_body(self) -> bool:
        """Tell whether the whole text of an article is wanted."""
        return self.body

    @field_validator("secret", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("secret")
    @classmethod
    def _usable(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            if not key_of(secret.get_secret_value()):
                raise ValueError("a secret is empty or not base64; write whsec_ and base64, or any other text")
        return value


def key_of(secret: str) -> bytes:
    """Give the signing key: the base64 after `whsec_`, or a plain secret's own bytes. Empty when there is none."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signatures(id: str, moment: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Give the headers of Standard Webhooks 1.0, with one signature a secret."""
    stamp = str(int(moment.timestamp()))
    signed = b".".join((id.encode(), stamp.encode(), body))
    marks = (base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()) for secret in secrets)
    headers = {"webhook-id": id, "webhook-timestamp": stamp}
    if secrets:
        headers["webhook-signature"] = " ".join(f"v1,{mark.decode()}" for mark in marks)
    return headers


class Webhook(Channel[WebhookTarget]):
    """Signed requests."""

    kind = "webhook"
    target_type = WebhookTarget
    is_for_people = False

    async def send(self, message: Message, target: WebhookTarget, tools: Tools) -> Receipt:
        """Post the JSON; any 2xx is a receipt."""
        secrets = [secret.get_secret_value() for secret in target.secret]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tocsin/1.0",
            **signatures(message.id, message.moment, message.json, secrets),
        }
        answer = await post(tools, target.webhook, message.json, headers, now=message.moment)
        return judge(answer)


WEBHOOK = Webhook()
