"""Signing: secrets and private keys of webhooks, made, read, replaced, and what they sign (Standard Webhooks 1.0)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OVERLAP = timedelta(days=1)
"""How long an old secret signs beside its successor, unless said otherwise."""

_PREFIX = "whsec_"
_PRIVATE, _PUBLIC = "whsk_", "whpk_"
_LENGTH = 32
_SHORTEST = 24
"""Bytes; the standard asks for 24 to 64 of a secret."""
_SEED = 32
"""Bytes of an Ed25519 private key (RFC 8032); its public half may stand behind it."""
_URL_SAFE = str.maketrans("-_", "+/")


class Holder(Protocol):
    """What keeps a secret, and while it is replaced the one before: a row of the subscriptions."""

    secret: str | None
    old_secret: str | None
    old_secret_until: datetime | None


def make_secret() -> str:
    """Make a fresh secret: 32 random bytes as `whsec_` and base64."""
    return _PREFIX + _encoded(secrets.token_bytes(_LENGTH))


def make_pair() -> tuple[str, str]:
    """Make a private key that signs, as `whsk_` and base64, and the public one that verifies, as `whpk_`."""
    seed = secrets.token_bytes(_SEED)
    return _PRIVATE + _encoded(seed), _PUBLIC + _encoded(_signer(seed).public_key().public_bytes_raw())


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
    """Give the keys of a secret that both sides know: none where it is no good.

    After `whsec_` stands base64, with or without its padding, in either alphabet. A secret without the prefix is its
    own bytes; where it is base64 of a key's length it signs as that, too, as the standard's libraries read it.
    """
    text = secret.strip()
    if text.startswith((_PRIVATE, _PUBLIC)):
        return ()
    if text.startswith(_PREFIX):
        key = _decoded(text.removeprefix(_PREFIX))
        return (key,) if key else ()
    decoded = _decoded(text)
    own = (text.encode(),) if text else ()
    return (*own, decoded) if len(decoded) >= _SHORTEST else own


def can_sign(secret: str) -> bool:
    """Tell whether a secret or a private key is good for signing."""
    return bool(_seed_of(secret) if secret.strip().startswith(_PRIVATE) else keys_of(secret))


def signatures(id: str, moment: datetime, body: bytes, given: Sequence[str]) -> dict[str, str]:
    """Give the headers of Standard Webhooks 1.0, signed by each secret (`v1`) and private key (`v1a`)."""
    stamp = str(int(moment.timestamp()))
    signed = b".".join((id.encode(), stamp.encode(), body))
    marks = dict.fromkeys(mark for secret in given for mark in _marks(secret, signed))
    headers = {"webhook-id": id, "webhook-timestamp": stamp}
    if marks:
        headers["webhook-signature"] = " ".join(marks)
    return headers


def _marks(secret: str, signed: bytes) -> list[str]:
    if secret.strip().startswith(_PRIVATE):
        seed = _seed_of(secret)
        return [f"v1a,{_encoded(_signer(seed).sign(signed))}"] if seed else []
    return [f"v1,{_encoded(hmac.digest(key, signed, hashlib.sha256))}" for key in keys_of(secret)]


def _signer(seed: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # here, as few sign by one

    return Ed25519PrivateKey.from_private_bytes(seed)


def _seed_of(secret: str) -> bytes:
    """Give the seed of a private key, none where it is no good."""
    key = _decoded(secret.strip().removeprefix(_PRIVATE))
    return key[:_SEED] if len(key) in (_SEED, 2 * _SEED) else b""


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    plain = text.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
