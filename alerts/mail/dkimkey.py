"""DKIM keys: an RSA key of 2048 bits or an Ed25519 key, with the TXT record that its half for the public stands in."""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_LEAST = 2048
"""Bits: shorter keys are refused by receivers, or soon will be (RFC 8301 3.2)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, ready to sign with."""

    private: RSAPrivateKey | Ed25519PrivateKey
    written: bytes
    """As dkimpy reads it."""

    @property
    def algorithm(self) -> bytes:
        """Give the value of `a=`."""
        return b"rsa-sha256" if isinstance(self.private, RSAPrivateKey) else b"ed25519-sha256"

    @property
    def public(self) -> str:
        """Give the value of `p=` in the TXT record (RFC 6376 3.6.1, RFC 8463 4)."""
        key = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
        return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    @property
    def record(self) -> str:
        """Give the TXT record that belongs under SELECTOR._domainkey.DOMAIN."""
        kind = "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"
        return f"v=DKIM1; k={kind}; p={self.public}"


@lru_cache(maxsize=4)
def read_key(text: str) -> DkimKey:
    """Read a key in PEM, or an Ed25519 key as 32 bytes in base64. Raises ValueError with the remedy."""
    key = _parsed(text.strip())
    if isinstance(key, Ed25519PrivateKey):
        raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return DkimKey(key, base64.b64encode(raw))
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST:
        raise ValueError(f"write an RSA key of {_LEAST} bits or more, or an Ed25519 key")
    return DkimKey(key, key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))


def _parsed(text: str) -> object:
    try:
        if text.startswith("-----BEGIN"):
            return load_pem_private_key(text.encode(), None)
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("write file:PATH of a private key in PEM, without a password") from None
