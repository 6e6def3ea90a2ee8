"""A mailbox on loopback: a real SMTP conversation that ends in memory."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that arrived."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """Give the parsed mail."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        """Give the subject, decoded."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Give the plain text part."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part else ""

    @property
    def html(self) -> str:
        """Give the HTML part."""
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part else ""


class Mailbox:
    """An SMTP server on loopback that keeps what it is given, between `start()` and `stop()`.

    `refuse`, when set, decides on each recipient: it returns an SMTP answer such as `450 later`, or None to accept.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Prepare; the port is chosen at `start()`."""
        self.host = host
        self.mails: list[Mail] = []
        self.refuse: Callable[[str], str | None] = lambda _recipient: None
        self._changed = threading.Condition()
        self._controller: Controller | None = None

    @property
    def port(self) -> int:
        """Give the port that the server listens on."""
        assert self._controller, "the mailbox has not started"
        return int(self._controller.server.sockets[0].getsockname()[1])  # type: ignore[union-attr]

    def start(self, port: int = 0) -> Self:
        """Open the door."""
        self._controller = _AnyPort(self, hostname=self.host, port=port)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Close the door; what arrived stays."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self if self._controller else self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def has(self, words: str) -> bool:
        """Tell whether a mail with these words in its subject or text has arrived."""
        return any(words in mail.subject or words in mail.text for mail in list(self.mails))

    def wait(self, count: int, timeout: float = 30) -> list[Mail]:
        """Give the mails once there are `count` of them, or what there is after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.mails) >= count, timeout)
            return list(self.mails)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient, or answer what `refuse` says."""
        refusal = self.refuse(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail, once for each recipient."""
        raw = bytes(envelope.original_content or b"")
        with self._changed:
            self.mails.extend(Mail(str(envelope.mail_from), recipient, raw) for recipient in envelope.rcpt_tos)
            self._changed.notify_all()
        return "250 OK"


class _AnyPort(Controller):
    """A controller whose port may be 0: it wakes its server up at the port that was really given."""

    def _trigger_server(self) -> None:
        """Connect once, so that the first conversation's objects are made before `start()` returns."""
        address = self.server.sockets[0].getsockname()[:2]  # type: ignore[union-attr]
        with socket.create_connection(address, timeout=5) as connection:
            connection.recv(1024)
