"""ARF: what a mailbox provider reports when its user calls a mail spam (RFC 5965); anything else is no complaint."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Parsed

from .dsn import MOST

_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out"})
"""Of the registered types those that say: send me no more. Among the others are `not-spam` and `auth-failure`."""
_PARTS = 50
_WHENCE = ("Original-Mail-From", "Return-Path")
"""Where a report, or the mail that comes back with it, names the envelope's sender."""


def read_complaint(raw: bytes) -> list[str] | None:
    """Give the envelope senders that a complaint names, mostly one; none where a mail is no complaint."""
    try:
        mail = message_from_bytes(raw[:MOST])
        if mail.get_content_type() != "multipart/report":
            return None
        parts = list(_inner(mail))
        kinds = {str(part.get("Feedback-Type", "")).strip().lower() for part in parts}
        if not kinds & _COMPLAINTS:
            return None
        return [str(value).strip() for part in parts for name in _WHENCE for value in part.get_all(name, [])][:20]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None  # whatever a stranger's mail does to a parser, it is no complaint


def _inner(mail: Parsed) -> Iterator[Parsed]:
    """Give the fields of the report, and the headers of the mail that it is about."""
    for number, part in enumerate(mail.walk()):
        if number >= _PARTS:
            return
        payload = part.get_payload()
        if part.get_content_maintype() == "message" and isinstance(payload, list):
            yield from (inner for inner in payload[:1] if isinstance(inner, Parsed))
        elif part.get_content_type() == "text/rfc822-headers":
            yield message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
