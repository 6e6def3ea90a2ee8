"""Guard: which addresses this machine may be made to ask, judged by name, by port and by what the name resolves to."""

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from .errors import AddressRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The IANA registries of special addresses. Own lists, because `is_global` calls NAT64, 6to4, multicast and more global.
_DENIED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's wire server, for all that it looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)
_ISATAP = re.compile(r"^(?:0000|0200):5efe$")

_PORTS = {"http": 80, "https": 443}
# Doors of other services, which an HTTP request could be made to speak to.
_DENIED_PORTS = frozenset(
    {1433, 1434, 1521, 1719, 1720, 1723, 1883, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3128, 3306, 3389, 3659, 4045}
    | {4190, 4369, 4444, 5060, 5061, 5432, 5433, 5672, 5900, 5901, 5984, 5985, 5986, 6000, 6066, 6379, 6380, 6443}
    | {6566, *range(6660, 6670), 6679, 6697, 7000, 7001, 8020, 8086, 8300, 8500, 9000, 9042, 9092, 9100, 9160, 9200}
    | {9300, 9418, 10080, 10250, 10255, 11211, 15672, 16379, 25565, 26379, 27017, 27018, 28017, 50000, 50070, 61616}
)
_INSIDE_NAMES = (
    "internal",
    "local",
    "localdomain",
    "localdomain6",
    "lan",
    "intranet",
    "corp",
    "home",
    "home.arpa",
    "onion",
    "svc",
    "consul",
)
_LABEL = re.compile(r"^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$")
_NUMBER = re.compile(r"^(?:[0-9]+|0x[0-9a-f]*)$")
_QUAD = re.compile(r"^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\u0085\u00a0\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: the host in ASCII lower case (an IPv6 literal without brackets) and the port."""

    scheme: str
    host: str
    port: int

    @property
    def ip(self) -> IPAddress | None:
        """Give the IP address when the host is one, else None."""
        return _ip(self.host)

    @property
    def netloc(self) -> str:
        """Give the host as a URL and a Host header write it, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Guard:
    """Refuses addresses inside this machine, its network and special ranges, but for what the operator allows."""

    def __init__(self, allow_private: Iterable[str] = (), own: Iterable[tuple[str, int]] = ()) -> None:
        """Allow the networks `allow_private`, like `127.0.0.0/8`, though private. Raises ValueError.

        What listens at the hosts and ports of `own` is never asked: this program itself.
        """
        self._allowed: tuple[_Network, ...] = tuple(ipaddress.ip_network(network) for network in allow_private)
        self._own = frozenset((host.strip("[]").lower().removesuffix("."), port) for host, port in own)

    def check_url(self, url: str) -> Address:
        """Judge all that a URL says by itself: scheme, userinfo, host, port, literal address. Raises AddressRefused."""
        address = self.check_reach(url)
        if self._is_own(address.host, address.port):
            raise AddressRefused(f"{address.netloc} is Tocsin itself")
        return address

    def check_reach(self, url: str) -> Address:
        """Judge a URL as `check_url` does, though this program may be what listens there. Raises AddressRefused."""
        if _UNSAFE.search(url):
            raise AddressRefused("the address holds a space, a backslash or a control character")
        try:
            parts = urlsplit(url)
            port, name = parts.port, parts.hostname
        except ValueError as error:
            raise AddressRefused(f"the address is malformed: {error}") from None
        if parts.scheme not in _PORTS:
            raise AddressRefused(f"only http and https addresses are asked, not {parts.scheme or 'one without scheme'}")
        if "@" in parts.netloc:
            raise AddressRefused("the address carries a user name or password")
        if "[" in parts.netloc and ":" not in (name or ""):
            raise AddressRefused("only an IPv6 address stands in brackets")
        address = Address(parts.scheme, ascii_host(name or ""), _PORTS[parts.scheme] if port is None else port)
        self._check_host(address.host)
        self._check_port(address)
        return address

    def allows(self, ip: str | IPAddress) -> bool:
        """Tell whether an IP address is public, or private and allowed by the operator."""
        address = _ip(ip) if isinstance(ip, str) else ip
        if address is None:
            return False
        return self._is_listed(address) or _is_public(address)

    def check_answers(self, host: str, ips: Sequence[str], port: int = 0) -> str:
        """Give the IP address to connect to; one refused answer refuses the name. Raises AddressRefused."""
        if not ips:
            raise AddressRefused(f"{host} has no address")
        for ip in ips:
            if not self.allows(ip):
                raise AddressRefused(f"{host} leads to {ip}, a private or special address")
            if self._is_own(ip, port):
                raise AddressRefused(f"{host} leads to {ip} port {port}, which is Tocsin itself")
        return ips[0]

    def at_home(self, host: str, ips: Sequence[str]) -> list[str]:
        """Give the answers to connect to: of this machine's own name those that are allowed, of any other name all.

        `localhost` is 127.0.0.1 and ::1 at once, and an operator who allows one of them means that one.
        """
        if not _is_localhost(host):
            return list(ips)
        return [ip for ip in ips if self.allows(ip)] or list(ips)

    def is_private_allowed(self, host: str) -> bool:
        """Tell whether a host, as written, is a literal address or `localhost` inside the allowed networks."""
        name = host.strip("[]").lower().removesuffix(".")
        if _is_localhost(name):
            return any(self._is_listed(loopback) for loopback in _LOOPBACKS)
        address = _ip(name)
        return address is not None and self._is_listed(address)

    def _is_own(self, host: str, port: int) -> bool:
        """Tell whether a host or IP address with this port is where this program itself listens."""
        for own, door in self._own:
            if door != port:
                continue
            if host == own or (_is_localhost(host) and own in _HERE):
                return True
            if own in _ANYWHERE and (address := _ip(host)) is not None and _is_this_machine(address):
                return True
        return False

    def _is_listed(self, address: IPAddress) -> bool:
        return any(address in network for network in self._allowed if network.version == address.version)

    def _check_host(self, host: str) -> None:
        if self.is_private_allowed(host):
            return
        address = _ip(host)
        if address is not None and not _is_public(address):
            raise AddressRefused(f"{host} is a private or special address; allow_private can allow it")
        if _is_localhost(host):
            raise AddressRefused(f"{host} is this machine; allow_private can allow it")
        if not self._allowed and address is None and _is_inside(host):
            raise AddressRefused(f"{host} is a name of a private network; allow_private can allow it")

    def _check_port(self, address: Address) -> None:
        port = address.port
        if port == 0:
            raise AddressRefused("port 0 cannot be asked")
        if self.is_private_allowed(address.host) or port in _PORTS.values():
            return
        if port < 1024 or port in _DENIED_PORTS:
            raise AddressRefused(f"port {port} belongs to another service than the web")


_LOOPBACKS = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (listened at, never asked)
_HERE = frozenset({*_ANYWHERE, "localhost", "127.0.0.1", "::1"})


def _is_localhost(name: str) -> bool:
    """Tell whether a name is this machine's own to every resolver (RFC 6761 §6.3)."""
    return name == "localhost" or name.endswith(".localhost")


def _is_inside(name: str) -> bool:
    """Tell whether a name has a meaning inside a network only: one label, or an end that no public name has."""
    return "." not in name or any(name == inside or name.endswith(f".{inside}") for inside in _INSIDE_NAMES)


def _is_this_machine(address: IPAddress) -> bool:
    """Tell whether an address is one of this machine's: only those can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def ascii_host(host: str) -> str:
    """Give a host as resolvers see it: NFKC, punycode, lower case, no trailing dot. Raises AddressRefused."""
    if ":" in host:
        return _ipv6_literal(host)
    name = host.lower()
    if not name.isascii():
        try:
            # Compatibility forms first, so that ①②⑦ and fullwidth letters are judged as what they turn into.
            name = idna.encode(unicodedata.normalize("NFKC", name), uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise AddressRefused(f"the host name is malformed: {error}") from None
    name = name.removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        raise AddressRefused("the host name is malformed")
    # A host that ends in a number is an IPv4 address to every browser and resolver: octal, hex and short forms too.
    if _NUMBER.match(labels[-1]) and (not _QUAD.match(name) or _ip(name) is None):
        raise AddressRefused("the host is a number in disguise; write an IPv4 address as four decimal numbers")
    return name


def _ipv6_literal(host: str) -> str:
    address = _ip(host)
    if address is None:
        raise AddressRefused("the IPv6 address is malformed or names a zone")
    return str(address)


def _ip(text: str) -> IPAddress | None:
    if "%" in text:
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _DENIED_V4)
    if address not in _UNICAST_V6 or any(address in network for network in _DENIED_V6):
        return False
    groups = address.exploded.split(":")
    if _ISATAP.match(":".join(groups[4:6])):
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return True
