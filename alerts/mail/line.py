"""One connection to the mail server: mails are handed over on it one after the other, each to one recipient."""

import contextlib
import ssl
from dataclasses import dataclass

import aiosmtplib

from newsdesk import DeliveryFailure, PermanentFailure, TemporaryFailure, crash_point

from ..channel import Receipt
from ..messages.message import header_text
from . import dsn
from .settings import Security, SmtpSettings

_REPLY = 1000
_LOGIN = (530, 534, 535, 538)
"""Codes that say that the server misses a login: that is about us and not about the mail (RFC 4954 6)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail, ready to be handed over."""

    raw: bytes
    sender: str
    """The envelope's, where bounces go."""
    to: str


class Stale(Exception):
    """A connection that was kept had ended by itself before it was given the mail: another may carry it."""


class Line:
    """One connection, greeted and logged in."""

    def __init__(self, client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
        """Speak by a client that is connected."""
        self.settings = settings
        self.mails = 0
        """How many were begun."""
        self.rests_since = 0.0
        """On the loop's clock."""
        self._client = client
        self._is_between = True
        """Whether nothing is under way, so that a next mail can follow."""
        self._is_dirty = False
        """Whether a mail was begun and refused: its beginning has to be taken back."""

    @property
    def is_usable(self) -> bool:
        """Tell whether a next mail can go this way."""
        return self._is_between and self._client.is_connected

    async def send(self, mail: Outgoing) -> Receipt:
        """Hand one mail over. Raises TemporaryFailure, PermanentFailure; Stale where another line may try at once."""
        is_kept = self.mails > 0
        self.mails += 1
        options = self._options(mail)
        self._is_between = False
        try:
            await self._take_back()
            await self._envelope(mail, options)
        except aiosmtplib.SMTPResponseException as error:
            goes_on = self._settle(error)
            if is_kept and not goes_on:
                raise Stale from error
            raise self._refused(error) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if is_kept and not isinstance(error, aiosmtplib.SMTPTimeoutError):
                raise Stale from error
            raise unreached(error) from None
        return await self._content(mail)

    def close(self) -> None:
        """Hang up without a word."""
        self._client.close()

    async def quit(self) -> None:
        """Take leave."""
        # The mails are long taken: nothing that happens to the good-bye may undo this.
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError, ValueError):
            await self._client.quit(timeout=1)
        self._client.close()

    def _options(self, mail: Outgoing) -> list[str]:
        """Give what is added to MAIL FROM. Raises PermanentFailure for what this server cannot take."""
        options = []
        if self._client.supports_extension("size"):
            most = self._client.esmtp_extensions.get("size", "")
            if most.isdecimal() and 0 < int(most) < len(mail.raw):
                self.mails -= 1
                raise PermanentFailure(
                    DeliveryFailure.REJECTED, f"the mail has {len(mail.raw)} bytes, the mail server takes {most}"
                )
            options.append(f"SIZE={len(mail.raw)}")
        if not mail.to.isascii():
            if not self._client.supports_extension("smtputf8"):
                self.mails -= 1
                raise PermanentFailure(
                    DeliveryFailure.MISCONFIGURED, "the mail server does not take addresses beyond ASCII (SMTPUTF8)"
                )
            options.append("SMTPUTF8")
        return options

    async def _envelope(self, mail: Outgoing, options: list[str]) -> None:
        encoding = "ascii" if mail.to.isascii() else "utf-8"
        await self._client.mail(mail.sender, options=options, encoding=encoding)
        await self._client.rcpt(mail.to, encoding=encoding)
        _heed_turns(self._client)

    async def _take_back(self) -> None:
        """Take back the mail that was refused before; a server that refuses this, too, has not refused the next one."""
        if not self._is_dirty:
            return
        try:
            await self._client.rset()
        except aiosmtplib.SMTPResponseException as error:
            raise Stale from error
        self._is_dirty = False

    async def _content(self, mail: Outgoing) -> Receipt:
        """Give the mail itself; without an answer nobody knows whether it was taken, so it is told again later."""
        try:
            answer = await self._client.data(mail.raw)
        except aiosmtplib.SMTPResponseException as error:
            self._settle(error)
            raise self._refused(error) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise unreached(error) from None
        crash_point("sent_no_answer")
        unasked = _unasked(self._client)
        if unasked and not unasked.startswith(b"250"):
            raise _out_of_turn()
        self._is_between = not unasked
        return Receipt(str(answer.code), one_line(answer.message))

    def _settle(self, error: aiosmtplib.SMTPResponseException) -> bool:
        """After a refusal the line goes on, but where the server took its leave or spoke out of turn."""
        self._is_between = 400 <= error.code < 600 and error.code != 421
        self._is_dirty = True
        return self._is_between

    def _refused(self, error: aiosmtplib.SMTPResponseException) -> TemporaryFailure | PermanentFailure:
        """Judge a refusal of this one mail: 5xx is final, but where the server only misses a login."""
        if 500 <= error.code < 600 and error.code not in _LOGIN:
            is_dead = isinstance(error, aiosmtplib.SMTPRecipientRefused) and dsn.is_dead(error.message)
            return PermanentFailure(DeliveryFailure.BOUNCED if is_dead else DeliveryFailure.REJECTED, said(error))
        return TemporaryFailure(_reason(error), said(error))


async def open_line(settings: SmtpSettings, context: ssl.SSLContext | None, deadline: float) -> Line:
    """Connect, protect the way as is set, greet and log in. Raises TemporaryFailure: it concerns every mail."""
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.security is Security.TLS,
        start_tls=settings.security is Security.STARTTLS,
        tls_context=context,
        local_hostname=settings.sender_domain,
        timeout=deadline,
    )
    try:
        await client.connect()
        await _greet(client)
        if settings.username:
            await _log_in(client, settings)
        _heed_turns(client)
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        is_login = isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500
        reason = DeliveryFailure.MISCONFIGURED if is_login else _reason(error)
        raise TemporaryFailure(reason, said(error)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise unreached(error) from None
    except BaseException:
        client.close()
        raise
    return Line(client, settings)


async def _greet(client: aiosmtplib.SMTP) -> None:
    if not client.is_ehlo_or_helo_needed:
        return
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


async def _log_in(client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
    if not client.supported_auth_methods:
        raise TemporaryFailure(DeliveryFailure.MISCONFIGURED, "the mail server offers no login that is known here")
    await client.login(settings.username, settings.password.get_secret_value())


def _unasked(client: aiosmtplib.SMTP) -> bytes:
    """Give what a server said beyond the last answer: the client would take it for the answer to the next question."""
    return bytes(getattr(client.protocol, "_buffer", b""))


def _heed_turns(client: aiosmtplib.SMTP) -> None:
    """Raise TemporaryFailure where a server said more than it was asked."""
    if _unasked(client):
        raise _out_of_turn()


def _out_of_turn() -> TemporaryFailure:
    return TemporaryFailure(DeliveryFailure.NETWORK, "the mail server spoke out of turn")


def _reason(error: aiosmtplib.SMTPResponseException) -> DeliveryFailure:
    return DeliveryFailure.THROTTLED if error.code == 421 else DeliveryFailure.REJECTED


def unreached(error: Exception) -> TemporaryFailure:
    """Judge what kept us from the server, or what broke on the way."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TemporaryFailure(DeliveryFailure.TLS, one_line(f"TLS: {cause}"))
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return TemporaryFailure(DeliveryFailure.TIMEOUT, one_line(str(error)))
    if "STARTTLS" in str(error).upper():
        return TemporaryFailure(DeliveryFailure.TLS, "the mail server does not offer STARTTLS")
    return TemporaryFailure(DeliveryFailure.NETWORK, one_line(f"{type(error).__name__}: {error}"))


def said(error: aiosmtplib.SMTPResponseException) -> str:
    """Give what the server answered."""
    return one_line(f"{error.code} {error.message}")


def one_line(text: str) -> str:
    """Give a stranger's words as inert text."""
    return header_text(text, _REPLY)
