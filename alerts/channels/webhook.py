"""Webhook: the frozen JSON, signed as Standard Webhooks 1.0, to a guarded address."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr, field_validator

from newsdesk import DeliveryFailure, TemporaryFailure, is_sealed

from ..channel import Channel, Receipt, Target, Tools, WebAddress, host_of
from ..messages.message import Message
from ..post import judge, post
from ..signing import can_sign, signatures

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,3998}[\x21-\x7e])?")
_MOST = 20
_TELLING = 6
"""Characters; what is shorter is no secret, and is found in any text."""
_OURS = frozenset(
    {"host", "content-type", "content-length", "content-encoding", "accept-encoding", "expect", "connection"}
    | {"keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""What the request itself decides: its host, body and connection (RFC 9110 §7.6.1)."""


class WebhookTarget(Target):
    """An address that takes signed JSON."""

    webhook: WebAddress
    secret: tuple[SecretStr, ...] = Field(default=())
    headers: Mapping[str, SecretStr] = Field(default={})
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
        return [value] if isinstance(value, str | SecretStr) else value

    @field_validator("secret")
    @classmethod
    def _usable(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            if not can_sign(secret.get_secret_value()):
                raise ValueError("a secret is empty or not base64; write whsec_ or whsk_ and base64, or any other text")
        return value

    @field_validator("headers")
    @classmethod
    def _sendable(cls, value: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        if len({name.lower() for name in value}) < len(value):
            raise ValueError("a header stands twice; keep one of them")
        if len(value) > _MOST:
            raise ValueError(f"write at most {_MOST} headers")
        for name, content in value.items():
            if not _NAME.fullmatch(name):
                raise ValueError("the name of a header is none; write letters, digits and hyphens")
            if name.lower() in _OURS or name.lower().startswith(("webhook-", "proxy-")):
                raise ValueError(f"{name} is set by Tocsin itself; leave it out")
            if not _VALUE.fullmatch(content.get_secret_value()):
                raise ValueError(f"the value of {name} is no header's; write one line of ASCII, up to 4000 characters")
        return value


class Webhook(Channel[WebhookTarget]):
    """Signed requests."""

    kind = "webhook"
    target_type = WebhookTarget
    example = "https://hooks.example.org/tocsin"
    form = "JSON, signed by Standard Webhooks 1.0"
    limits = "20 kB unless body: true, 15 s"
    is_for_people = False

    async def send(self, message: Message, target: WebhookTarget, tools: Tools) -> Receipt:
        """Post the JSON; any 2xx is a receipt."""
        own = {name.lower(): content.get_secret_value() for name, content in target.headers.items()}
        signed = signatures(message.id, message.moment, message.json, _open(target))
        headers = {"user-agent": "Tocsin/1.0", **own, "content-type": "application/json", **signed}
        hide = [value for value in own.values() if len(value) >= _TELLING]
        hide += signed.get("webhook-signature", "").split()
        answer = await post(tools, target.webhook, message.json, headers, now=message.moment, hide=hide)
        return judge(answer)


def _open(target: WebhookTarget) -> list[str]:
    """Give the secrets that can sign. Raises TemporaryFailure where the key to all of them is missing."""
    given = [secret.get_secret_value() for secret in target.secret]
    usable = [secret for secret in given if not is_sealed(secret)]
    if given and not usable:
        raise TemporaryFailure(DeliveryFailure.MISCONFIGURED, "the key that opens its secret is missing")
    return usable


WEBHOOK = Webhook()
