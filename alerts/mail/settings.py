"""The section `smtp:` of tocsin.yaml: the mail server, the sender, who signs, and where bounces come back."""

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from .address import ascii_address, ascii_domain, is_loopback, named_sender

_TAG = 12
"""How long the name before the + may be, so that what stands behind it still fits into 64 octets."""


class Security(StrEnum):
    """How the way to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class DkimSettings(BaseModel):
    """The key that mails are signed with (RFC 6376); without one the mail server signs, or nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    domain: str = ""
    """The sender's where it is left out."""
    selector: str = "tocsin"
    key: SecretStr = SecretStr("")

    @field_validator("domain")
    @classmethod
    def _known_domain(cls, value: str) -> str:
        return ascii_domain(value) if value else ""

    @field_validator("selector")
    @classmethod
    def _known_selector(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*", value):
            raise ValueError("write the name under _domainkey, like tocsin")
        return value

    @field_validator("key")
    @classmethod
    def _a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            from .dkimkey import read_key  # reading one needs cryptography, which most settings do without

            read_key(value.get_secret_value())
        return value

    @property
    def is_set(self) -> bool:
        """Tell whether mails are signed here."""
        return bool(self.key.get_secret_value())

    @property
    def record(self) -> str:
        """Give the TXT record that belongs under the selector."""
        from .dkimkey import read_key

        return read_key(self.key.get_secret_value()).record


class SmtpSettings(BaseModel):
    """The mail server and the sender: the section `smtp:` of tocsin.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = "localhost"
    port: int = Field(default=25, ge=1, le=65535)
    security: Security = Security.NONE
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = "Tocsin <tocsin@localhost>"
    dkim: DkimSettings = DkimSettings()
    bounces: str = ""
    """A domain or an address; mails that nobody took come back to `bounces+…` there."""
    bounce_maildir: str = ""
    bounce_door: str = ""
    """HOST:PORT on loopback, where a mail server hands bounces in by LMTP or SMTP."""

    @field_validator("dkim", mode="before")
    @classmethod
    def _all_comments(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("sender")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        named_sender(value)
        return value

    @field_validator("bounces")
    @classmethod
    def _one_way_back(cls, value: str) -> str:
        if not value:
            return ""
        local, domain = _way_back(value)
        if len(local) > _TAG or "+" in local or not local.isascii():
            raise ValueError(f"write a domain, or an address of at most {_TAG} letters before the @ and without a +")
        return f"{local}@{domain}"

    @field_validator("bounce_maildir")
    @classmethod
    def _whole_path(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("write the whole path, like /var/mail/bounces")
        return value

    @field_validator("bounce_door")
    @classmethod
    def _at_home(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (is_loopback(host) and port.isdecimal() and int(port) < 65536):
            raise ValueError("write HOST:PORT on loopback, like 127.0.0.1:8425")
        return value

    @model_validator(mode="after")
    def _open_only_at_home(self) -> "SmtpSettings":
        if self.security is Security.NONE and not is_loopback(self.host):
            raise ValueError(f"security: none is for loopback only, not for {self.host}; write starttls or tls")
        return self

    @model_validator(mode="after")
    def _aligned(self) -> "SmtpSettings":
        ours = self.sender_domain
        if self.dkim.is_set and ours != self.signing_domain and not ours.endswith(f".{self.signing_domain}"):
            what = f"dkim: {self.signing_domain} does not sign for {ours}"
            raise ValueError(f"{what}; write the sender's domain or one above it")
        if (self.bounce_maildir or self.bounce_door) and not self.bounces:
            raise ValueError("bounce_maildir and bounce_door need bounces; write the domain that bounces come back to")
        return self

    @property
    def sender_address(self) -> str:
        """Give the sender's bare address in ASCII."""
        return named_sender(self.sender)[1]

    @property
    def sender_domain(self) -> str:
        """Give the sender's domain in ASCII."""
        return self.sender_address.rpartition("@")[2]

    @property
    def sender_name(self) -> str:
        """Give the sender's name, fit for a header."""
        return named_sender(self.sender)[0]

    @property
    def signing_domain(self) -> str:
        """Give the domain that signs."""
        return self.dkim.domain or self.sender_domain


def _way_back(value: str) -> tuple[str, str]:
    local, _, domain = (ascii_address(value) if "@" in value else f"bounces@{ascii_domain(value)}").rpartition("@")
    return local, domain
