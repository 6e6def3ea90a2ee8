"""Caller: who asks: from this machine, or from which address."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_NETWORK = 64
"""How many bits of an IPv6 address one household has for itself."""


def is_from_here(request: Request) -> bool:
    """Tell whether this machine itself asks, by its own name and not for someone behind a proxy."""
    client = request.client.host if request.client else ""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(client) and is_loopback(host_in(request.headers.get("host", "")))


def address_of(request: Request) -> str:
    """Give the address that asks; of IPv6 the network, since whoever has one address there has all of it."""
    host = request.client.host if request.client else ""
    return _network_of(host) if is_ip(host) else host


def _network_of(host: str) -> str:
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NETWORK), strict=False))


def requester_of(request: Request) -> str:
    """Give the address that asks, behind a proxy on this machine the one that the proxy names last."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    client = request.client.host if request.client else ""
    if not is_loopback(client) or not is_ip(forwarded):
        return address_of(request)
    return _network_of(forwarded)


def host_in(header: str) -> str:
    """Give the host of a Host header, without port and brackets, in lower case."""
    try:
        return (urlsplit(f"//{header}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_ip(host: str) -> bool:
    """Tell whether a host is an address, no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
