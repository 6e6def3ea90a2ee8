"""Addresses of mailboxes: one bare address with its domain in punycode, and a sender with a name."""

import ipaddress
from functools import lru_cache

import idna

from ..messages.message import header_text

_ODD = frozenset(' \t\r\n"(),:;<>[]\\@')
_LOCAL = 64
"""How many octets stand before the @ at most (RFC 5321 4.5.3.1.1)."""
_NAME = 80


def ascii_address(text: str) -> str:
    """Give one bare address with its domain in punycode. Raises ValueError with the remedy."""
    local, at, domain = text.rpartition("@")
    if not at or not local or len(local.encode()) > _LOCAL or _ODD & set(local) or not local.isprintable():
        raise ValueError("write one bare address, like desk@example.org")
    # What looks like an encoded word, some programs decode even here, line ends and all (RFC 2047 5).
    if local.startswith(".") or local.endswith(".") or ".." in local or "=?" in local:
        raise ValueError("write one bare address, like desk@example.org")
    return f"{local}@{ascii_domain(domain)}"


@lru_cache(1024)
def ascii_domain(domain: str) -> str:
    """Give a mail domain in punycode and lower case. Raises ValueError."""
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValueError(f"{domain or 'nothing'} is not a mail domain") from None


@lru_cache(16)
def named_sender(text: str) -> tuple[str, str]:
    """Give the name and the bare address of `Name <address>`; a comma in the name needs no quotes here."""
    name, bracket, rest = text.strip().rpartition("<")
    if not bracket:
        return "", ascii_address(text.strip())
    address, closing, after = rest.partition(">")
    if not closing or after:
        raise ValueError("write a name and an address, like Tocsin <tocsin@example.org>")
    return header_text(name.strip().strip('"'), _NAME), ascii_address(address)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"
