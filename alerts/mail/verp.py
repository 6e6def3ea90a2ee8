"""VERP: the envelope's sender names the delivery, so that a bounce names it too; a code keeps strangers from guessing.

The code is made with the subscription's own token, which only its mailbox and the database know.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_ID = re.compile(r"([a-z]{1,7})-([0-9a-f]{32})")
_TAG = re.compile(r"([a-z]{1,7})-([a-z2-7]{26})-([a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class Returned:
    """Which delivery a bounce's recipient names, and the code that it names it with."""

    delivery: str
    code: str

    def is_by(self, token: str) -> bool:
        """Tell whether the code was made for the subscription with this token."""
        return hmac.compare_digest(self.code, _code(self.delivery, token))


def envelope_sender(bounces: str, delivery: str, token: str) -> str | None:
    """Give the address that a mail comes back to: `bounces+KIND-ID-CODE@domain`; none for an id of another form."""
    found = _ID.fullmatch(delivery)
    if not bounces or not token or found is None:
        return None
    local, _, domain = bounces.rpartition("@")
    return f"{local}+{found[1]}-{_base32(bytes.fromhex(found[2]))}-{_code(delivery, token)}@{domain}"


def read_return(bounces: str, address: str) -> Returned | None:
    """Read an address that `envelope_sender` may have made, in whatever case it comes back."""
    local, _, domain = bounces.lower().rpartition("@")
    name, at, host = address.strip().strip("<>").lower().rpartition("@")
    if not at or host != domain or not name.startswith(f"{local}+"):
        return None
    found = _TAG.fullmatch(name.removeprefix(f"{local}+"))
    if found is None:
        return None
    id = base64.b32decode(f"{found[2].upper()}======")
    return Returned(f"{found[1]}-{id.hex()}", found[3])


def _code(delivery: str, token: str) -> str:
    return _base32(hmac.digest(token.encode(), f"bounce {delivery}".encode(), hashlib.sha256)[:10])


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()
