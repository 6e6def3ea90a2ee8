"""E-mail: one message a person, handed over by a verified connection to one mail server."""

from collections.abc import Awaitable, Callable
from typing import cast

from pydantic import field_validator

from newsdesk import DeliveryFailure

from ..channel import REASONS, Channel, Receipt, Target, Tools
from ..mail.address import ascii_address
from ..mail.build import build
from ..mail.line import Outgoing
from ..mail.pool import Pool
from ..mail.settings import SmtpSettings
from ..mail.verp import envelope_sender
from ..messages.message import Message

__all__ = ["EMAIL", "Email", "EmailTarget", "SmtpSettings"]


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


class Email(Channel[EmailTarget]):
    """Mail to one person."""

    kind = "email"
    target_type = EmailTarget
    example = "desk@example.org"
    form = "one mail a person, as text and as HTML"
    limits = "100 stories in a digest, 45 s"
    reasons = REASONS - {DeliveryFailure.REFUSED_ADDRESS, DeliveryFailure.GONE} | {DeliveryFailure.BOUNCED}
    digest_items = 100
    digest_in_full = 10
    digest_room = 30_000  # a third of what mail programs cut at: words stand in both parts, among markup

    async def send(self, message: Message, target: EmailTarget, tools: Tools) -> Receipt:
        """Hand one mail to the mail server."""
        settings = cast(SmtpSettings, tools.settings[self.kind])
        sender = envelope_sender(settings.bounces, message.id, message.token) or settings.sender_address
        mail = Outgoing(build(message, target.address, settings), sender, target.address)
        return await tools.keep("smtp", _pool).send(mail, settings)


def _pool() -> tuple[Pool, Callable[[], Awaitable[None]]]:
    pool = Pool()
    return pool, pool.close


EMAIL = Email()
