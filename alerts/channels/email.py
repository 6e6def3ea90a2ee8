"""E-mail: one message a person, headers that no title can bend, by a verified connection to one mail server."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import ipaddress
import ssl
from email.header import Header
from email.parser import HeaderParser
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, cast

import aiosmtplib
import idna
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from newsdesk import DeliveryFailure, PermanentFailure, TemporaryFailure, crash_point

from ..channel import Channel, Receipt, Target, Tools
from ..message import Message, header_text

_DEADLINE = 45.0
_REPLY = 1000


class Security(StrEnum):
    """How the way to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpSettings(BaseModel):
    """The mail server and the sender: the section `smtp:` of tocsin.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "localhost"
    port: int = Field(default=25, ge=1, le=65535)
    security: Security = Security.NONE
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = "Tocsin <tocsin@localhost>"

    @field_validator("security", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if value not in list(Security):
            raise ValueError("write none, starttls or tls")
        return value

    @field_validator("sender")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        _sender(value)
        return value

    @model_validator(mode="after")
    def _open_only_at_home(self) -> "SmtpSettings":
        if self.security is Security.NONE and not _is_loopback(self.host):
            raise ValueError(f"security: none is for loopback only, not for {self.host}; write starttls or tls")
        return self

    @property
    def sender_address(self) -> str:
        """Give the sender's bare address in ASCII."""
        return _sender(self.sender)[1]

    @property
    def sender_name(self) -> str:
        """Give the sender's name, fit for a header."""
        return _sender(self.sender)[0]


class EmailTarget(Target):
    """A mailbox."""

    email: str

    @property
    def address(self) -> str:
        """Give the mailbox with its domain in punycode and lower case."""
        return ascii_address(self.email)

    @property
    def endpoint(self) -> str:
        """Give the mail server: all mail takes the same door."""
        return "smtp"

    @field_validator("email")
    @classmethod
    def _one_mailbox(cls, value: str) -> str:
        ascii_address(value)
        return value


def ascii_address(text: str) -> str:
    """Give one bare address with its domain in punycode. Raises ValueError with the remedy."""
    local, at, domain = text.rpartition("@")
    odd = set(' \t\r\n"(),:;<>[]\\@')
    if not at or not local or len(local.encode()) > 64 or odd & set(local) or not local.isprintable():
        raise ValueError("write one bare address, like desk@example.org")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("write one bare address, like desk@example.org")
    try:
        host = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValueError(f"{domain or 'nothing'} is not a mail domain") from None
    return f"{local}@{host}"


def _sender(text: str) -> tuple[str, str]:
    """Give the name and the bare address of `Name <address>`; a comma in the name needs no quotes here."""
    name, bracket, rest = text.strip().rpartition("<")
    if not bracket:
        return "", ascii_address(text.strip())
    address, closing, after = rest.partition(">")
    if not closing or after:
        raise ValueError("write a name and an address, like Tocsin <tocsin@example.org>")
    return header_text(name.strip().strip('"'), 80), ascii_address(address)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"


def build(message: Message, to: str, settings: SmtpSettings) -> bytes:
    """Give the bytes of one mail. Raises PermanentFailure when a header came out that was not meant.

    The lines are made here and not by `EmailMessage`, which writes long machine headers as encoded words that no
    machine reads, and decodes encoded words that a title brings along.
    """
    sender = settings.sender_address
    domain = sender.rpartition("@")[2]
    boundary = f"=_{hashlib.sha256(message.id.encode()).hexdigest()[:32]}"  # no line of quoted-printable begins so
    headers = {
        "From": f"{_words(settings.sender_name, 'From')} <{sender}>".strip(),
        "To": to,
        "Subject": _words(message.subject, "Subject"),
        "Date": format_datetime(message.moment),
        "Message-ID": message_id(message.id, to, domain),
        "Auto-Submitted": "auto-generated",
        "List-Id": f"<{message.watch['slug']}.tocsin.{domain}>",
    }
    if message.thread:
        headers["References"] = message_id(message.thread, to, domain)
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["MIME-Version"] = "1.0"
    headers["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    _check(head, list(headers))
    parts = [*_part("plain", message.text), f"--{boundary}", *_part("html", message.html)]
    return "\r\n".join([head, f"--{boundary}", *parts, f"--{boundary}--", ""]).encode()


def _words(text: str, name: str) -> str:
    """Give a text for people as a header's value, folded; beyond ASCII in encoded words of at most 75 characters."""
    if text.isascii() and name == "From":
        return f'"{text.translate(_QUOTED)}"' if text else ""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=name, maxlinelen=75).encode(linesep="\r\n")


_QUOTED = str.maketrans({'"': r"\"", "\\": r"\\"})


def _part(subtype: str, text: str) -> list[str]:
    """Give one part in quoted-printable, or in base64 where that is shorter."""
    raw = text.replace("\n", "\r\n").encode("utf-8", "replace")
    quoted = binascii.b2a_qp(raw, istext=True).decode("ascii")
    encoding = "quoted-printable"
    if len(quoted) > len(raw) * 1.4:
        encoding, quoted = "base64", base64.encodebytes(raw).decode("ascii").replace("\n", "\r\n")
    return [f"Content-Type: text/{subtype}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", "", quoted]


def message_id(delivery: str, to: str, domain: str) -> str:
    """Give the Message-ID of a delivery: the same at each attempt."""
    return f"<{delivery}.{hashlib.sha256(to.encode()).hexdigest()[:16]}@{domain}>"


def _check(head: str, meant: list[str]) -> None:
    """Read the headers back as a receiver will: exactly those that were meant, and no line too long."""
    names = HeaderParser().parsestr(head).keys()
    if names != meant or any(len(line) > 998 or not line.isprintable() for line in head.split("\r\n")):
        raise PermanentFailure(DeliveryFailure.MISCONFIGURED, "the mail's headers came out other than meant")


class Email(Channel[EmailTarget]):
    """Mail to one person."""

    kind = "email"
    target_type = EmailTarget
    digest_items = 25
    digest_room = 33_000  # a third of what mail programs cut at: words stand in both parts, among markup

    async def send(self, message: Message, target: EmailTarget, tools: Tools) -> Receipt:
        """Hand one mail to the mail server."""
        settings = cast(SmtpSettings, tools.settings[self.kind])
        raw = build(message, target.address, settings)
        context = tools.keep("tls", lambda: (ssl.create_default_context(), _nothing))
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.NONE else context,
            local_hostname=settings.sender_address.rpartition("@")[2],
            timeout=_DEADLINE,
        )
        try:
            async with asyncio.timeout(_DEADLINE):
                return await _hand_over(client, raw, target.address, settings)
        except TimeoutError:
            raise TemporaryFailure(DeliveryFailure.TIMEOUT, f"the mail server took above {_DEADLINE:g} s") from None
        finally:
            client.close()


async def _nothing() -> None:
    """Close nothing: a TLS context holds no connection."""


async def _hand_over(client: aiosmtplib.SMTP, raw: bytes, to: str, settings: SmtpSettings) -> Receipt:
    try:
        await client.connect()
        if settings.username:
            await client.login(settings.username, settings.password.get_secret_value())
    except aiosmtplib.SMTPResponseException as error:
        # Whatever the code: this is about our own server and concerns every mail, so none is given up for it.
        is_login = isinstance(error, aiosmtplib.SMTPAuthenticationError)
        reason = DeliveryFailure.MISCONFIGURED if is_login else DeliveryFailure.REJECTED
        raise TemporaryFailure(reason, _said(error)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _unreached(error) from None
    try:
        return await _envelope(client, raw, to, settings)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _unreached(error) from None


async def _envelope(client: aiosmtplib.SMTP, raw: bytes, to: str, settings: SmtpSettings) -> Receipt:
    options: list[str] = []
    if not to.isascii():
        await client.ehlo()
        if not client.supports_extension("smtputf8"):
            raise PermanentFailure(
                DeliveryFailure.MISCONFIGURED, "the mail server does not take addresses beyond ASCII (SMTPUTF8)"
            )
        options.append("SMTPUTF8")
    encoding = "ascii" if to.isascii() else "utf-8"
    await client.mail(settings.sender_address, options=options, encoding=encoding)
    await client.rcpt(to, encoding=encoding)
    answer = await client.data(raw)
    crash_point("sent_no_answer")
    # The mail is taken: nothing that happens to the good-bye may undo this.
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await client.quit(timeout=1)
    return Receipt(str(answer.code), _line(answer.message))


def _refused(error: aiosmtplib.SMTPResponseException) -> TemporaryFailure | PermanentFailure:
    """Judge a refusal of this one mail: 5xx is final, but where the server only misses a login."""
    if 500 <= error.code < 600 and error.code not in (530, 534, 535, 538):
        return PermanentFailure(DeliveryFailure.REJECTED, _said(error))
    reason = DeliveryFailure.THROTTLED if error.code == 421 else DeliveryFailure.REJECTED
    return TemporaryFailure(reason, _said(error))


def _unreached(error: Exception) -> TemporaryFailure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TemporaryFailure(DeliveryFailure.TLS, _line(f"TLS: {cause}"))
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return TemporaryFailure(DeliveryFailure.TIMEOUT, _line(str(error)))
    if "STARTTLS" in str(error).upper():
        return TemporaryFailure(DeliveryFailure.TLS, "the mail server does not offer STARTTLS")
    return TemporaryFailure(DeliveryFailure.NETWORK, _line(f"{type(error).__name__}: {error}"))


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return _line(f"{error.code} {error.message}")


def _line(text: str) -> str:
    return header_text(text, _REPLY)


EMAIL = Email()
