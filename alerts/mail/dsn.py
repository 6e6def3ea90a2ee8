"""DSN: what a mail server reports of a mail that it could not deliver (RFC 3464); anything else is none."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Parsed
from email.parser import HeaderParser
from email.utils import getaddresses
from enum import StrEnum

from ..messages.message import header_text

MOST = 256 * 1024
"""Bytes that are looked at: the report stands before the mail that comes back with it."""
_PARTS = 50
_DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox or domain, moved, no mail wanted, switched off (RFC 3463 3.2 and 3.3, RFC 7505)."""
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


class Weight(StrEnum):
    """What a report says of a mailbox."""

    DEAD = "dead"
    FAILED = "failed"
    """This mail was not delivered; the next one may be."""
    NOTHING = "nothing"
    """It is late, or it arrived."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one recipient's mail."""

    action: str
    status: str
    """Three numbers, as in 5.1.1."""
    said: str
    """What the last server answered, as inert text."""

    @property
    def weight(self) -> Weight:
        """Weigh it."""
        if self.action != "failed" or not self.status.startswith(("4.", "5.")):
            return Weight.NOTHING
        return Weight.DEAD if self.status in _DEAD else Weight.FAILED


def read_report(raw: bytes) -> Report | None:
    """Give the weightiest report of a mail; none where it is no delivery status notification."""
    try:
        mail = message_from_bytes(raw[:MOST])
        if mail.get_content_type() != "multipart/report":
            return None
        reports = [report for block in _blocks(mail) if (report := _report(block)) is not None]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None  # whatever a stranger's mail does to a parser, it is no report
    order = list(Weight)
    return min(reports, key=lambda report: order.index(report.weight), default=None)


def addressed(raw: bytes) -> list[str]:
    """Give whom a mail is addressed to, by the headers that mail servers leave and its own."""
    try:
        mail = message_from_bytes(raw[:MOST])
        values = [str(value) for name in _ADDRESSED for value in mail.get_all(name, [])]
        return [address for _, address in getaddresses(values[:20]) if "@" in address][:20]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []


def _blocks(mail: Parsed) -> Iterator[Parsed]:
    """Give the fields of each recipient: those of the message itself stand in the first block."""
    for number, part in enumerate(mail.walk()):
        if number >= _PARTS:
            return
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            blocks = re.split(r"\n\s*\n", _fields(part).replace("\r\n", "\n").strip())
            yield from (HeaderParser().parsestr(block) for block in blocks[:_PARTS])
            return


def _fields(part: Parsed) -> str:
    """Give the text of a report's fields; some servers encode it, though they should not (RFC 3464 2.1)."""
    payload = part.get_payload()
    text = "\n\n".join(str(one) for one in payload) if isinstance(payload, list) else str(payload)
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        return binascii.a2b_base64(text).decode("utf-8", "replace")
    return text


def _report(block: Parsed) -> Report | None:
    found, said = re.match(r"\s*(\w+)", str(block.get("Action", ""))), str(block.get("Diagnostic-Code", ""))
    if found is None:
        return None
    status = _status(str(block.get("Status", "")))
    told = _status(said)
    # Many servers report 5.0.0 and leave the reason to what the last one said.
    if told and status in ("", f"{told[0]}.0.0"):
        status = told
    return Report(found[1].lower(), status, header_text(said or str(block.get("Status", "")), 500))


def is_dead(answer: str) -> bool:
    """Tell whether a server's answer says that there is no such mailbox."""
    return _status(answer) in _DEAD


def _status(text: str) -> str:
    found = _STATUS.search(text)
    return ".".join(str(int(part)) for part in found.groups()) if found else ""
