"""Signing: secrets of webhooks, made, read and replaced, and what they sign (Standard Webhooks 1.0)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

OVERLAP = timedelta(days=1)
"""How long an old secret signs beside its successor, unless said otherwise."""

_PREFIX = "whsec_"
_LENGTH = 32
_SHORTEST = 24
"""Bytes; the standard asks for 24 to 64 of a secret."""
_URL_SAFE = str.maketrans("-_", "+/")


class Holder(Protocol):
    """What keeps a secret, and while it is replaced the one before: a row of the subscriptions."""

    secret: str | None
    old_secret: str | None
    old_secret_until: datetime | None


def make_secret() -> str:
    """Make a fresh secret: 32 random bytes as `whsec_` and base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_LENGTH)).decode()


def rotate(holder: Holder, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """Give its holder a fresh secret and return it; the one before signs as well for `overlap`, any older no more."""
    fresh = make_secret()
    holder.old_secret, holder.secret = holder.secret, fresh
    holder.old_secret_until = None if holder.old_secret is None else now + overlap
    return fresh


def in_force(holder: Holder, now: datetime) -> tuple[str, ...]:
    """Give the secrets that sign `now`: the newest first."""
    until = holder.old_secret_until
    old = holder.old_secret if until is not None and now < until else None
    return tuple(secret for secret in (holder.secret, old) if secret)


def keys_of(secret: str) -> tuple[bytes, ...]:
    """Give the signing keys of a secret: none where it is no good.

    After `whsec_` stands base64, with or without its padding, in either alphabet. A secret without the prefix is its
    own bytes; where it is base64 of a key's length it signs as that, too, as the standard's libraries read it.
    """
    text = secret.strip()
    if text.startswith(_PREFIX):
        key = _decoded(text.removeprefix(_PREFIX))
        return (key,) if key else ()
    decoded = _decoded(text)
    own = (text.encode(),) if text else ()
    return (*own, decoded) if len(decoded) >= _SHORTEST else own


def signatures(id: str, moment: datetime, body: bytes, given: Sequence[str]) -> dict[str, str]:
    """Give the headers of Standard Webhooks 1.0, signed by each of the secrets `given`."""
    stamp = str(int(moment.timestamp()))
    signed = b".".join((id.encode(), stamp.encode(), body))
    keys = dict.fromkeys(key for secret in given for key in keys_of(secret))
    marks = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    headers = {"webhook-id": id, "webhook-timestamp": stamp}
    if keys:
        headers["webhook-signature"] = " ".join(f"v1,{mark}" for mark in marks)
    return headers


def _decoded(text: str) -> bytes:
    plain = text.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
