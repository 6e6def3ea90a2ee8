"""The bytes of one mail: headers that no title can bend, text first, then HTML, and a signature where a key is set."""

import base64
import binascii
import hashlib
import re
from email.charset import SHORTEST, Charset
from email.header import Header
from email.parser import HeaderParser
from email.utils import format_datetime

from newsdesk import DeliveryFailure, PermanentFailure

from ..messages.message import Message
from .dkimkey import read_key
from .settings import SmtpSettings

_LONGEST = 998
"""Characters of a line, its end left out (RFC 5322 2.1.1)."""
_ODD_LINE = re.compile("^(?:F(?=rom )|[.])", re.MULTILINE)
"""What servers and mailboxes of old change at the beginning of a line, so that no signature holds (RFC 2049 3)."""
_QUOTED = str.maketrans({'"': r"\"", "\\": r"\\"})


def build(message: Message, to: str, settings: SmtpSettings) -> bytes:
    """Give the bytes of one mail. Raises PermanentFailure when a header came out that was not meant.

    The lines are made here and not by `EmailMessage`, which writes long machine headers as encoded words that no
    machine reads, and decodes encoded words that a title brings along.
    """
    boundary = f"=_{hashlib.sha256(message.id.encode()).hexdigest()[:24]}"  # no line of quoted-printable begins so
    headers = _headers(message, to, settings, boundary)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    _check(head, list(headers))
    parts = [*_part("plain", message.text), f"--{boundary}", *_part("html", message.html)]
    raw = "\r\n".join([head, f"--{boundary}", *parts, f"--{boundary}--", ""]).encode()
    return _signed(raw, settings) if settings.dkim.is_set else raw


def _headers(message: Message, to: str, settings: SmtpSettings, boundary: str) -> dict[str, str]:
    sender, domain = settings.sender_address, settings.sender_domain
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
    return headers


def message_id(delivery: str, to: str, domain: str) -> str:
    """Give the Message-ID of a delivery: the same at each attempt."""
    return f"<{delivery}.{hashlib.sha256(to.encode()).hexdigest()[:16]}@{domain}>"


def _signed(raw: bytes, settings: SmtpSettings) -> bytes:
    from .dkimsign import sign  # whoever does not sign waits for no library of it

    key = read_key(settings.dkim.key.get_secret_value())
    return sign(raw, settings.signing_domain, settings.dkim.selector, key)


# Libraries change what the standard library's own "utf-8" means for everyone.
_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding = SHORTEST


def _words(text: str, name: str) -> str:
    """Give a text for people as a header's value, folded; beyond ASCII in encoded words of at most 75 characters."""
    if text.isascii() and name == "From":
        return f'"{text.translate(_QUOTED)}"' if text else ""
    charset = "us-ascii" if text.isascii() else _UTF_8
    return Header(text, charset, header_name=name, maxlinelen=75).encode(linesep="\r\n")


def _part(subtype: str, text: str) -> list[str]:
    """Give one part in quoted-printable, or in base64 where that is shorter."""
    raw = text.replace("\n", "\r\n").encode("utf-8", "replace")
    quoted = binascii.b2a_qp(raw, istext=True).decode("ascii")
    encoding = "quoted-printable"
    if len(quoted) > len(raw) * 1.4:
        encoding, quoted = "base64", base64.encodebytes(raw).decode("ascii").replace("\n", "\r\n")
    if any(odd in f"\n{quoted}" for odd in ("\nFrom ", "\n.")):  # seldom, and looked for in no time
        quoted = _ODD_LINE.sub(lambda odd: f"={ord(odd[0]):02X}=\r\n", quoted)
    return [f"Content-Type: text/{subtype}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", "", quoted]


def _check(head: str, meant: list[str]) -> None:
    """Read the headers back as a receiver will: exactly those that were meant, and no line too long."""
    names = HeaderParser().parsestr(head).keys()
    lines = head.split("\r\n")
    if names != meant or any(len(line.encode()) > _LONGEST or not line.isprintable() for line in lines):
        raise PermanentFailure(DeliveryFailure.MISCONFIGURED, "the mail's headers came out other than meant")
