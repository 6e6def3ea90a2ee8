"""What DNS says of our mails: whether others may believe them (SPF, DKIM, DMARC, PTR), and can send them back (MX)."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from alerts import SmtpSettings

Lookup = Callable[[str, str], Awaitable[list[str]]]
"""Gives the records of a name and a type; none where there are none. Raises Unanswered."""

_PATIENCE = 5.0
_AT_HOME = re.compile(r"(^|\.)(localhost|test|example|invalid|local|internal|lan|home\.arpa)$")
"""Domains that are nobody's in DNS (RFC 6761, RFC 6762, RFC 8375)."""


class Unanswered(Exception):
    """DNS did not answer, which says nothing of what stands in it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has shown."""

    what: str
    ok: bool
    said: str


def is_at_home(domain: str) -> bool:
    """Tell whether a domain is for use at home, so that no stranger's mail server judges its mails."""
    return "." not in domain or _AT_HOME.search(domain) is not None


def looks(smtp: SmtpSettings, public_url: str, lookup: Lookup | None = None) -> Iterator[Awaitable[Finding]]:
    """Give every look at DNS that the mail settings call for, and one at the address that mails lead back to."""
    if is_at_home(smtp.sender_domain):
        return
    ask = lookup or look_up
    back = smtp.bounces.rpartition("@")[2]
    yield _careful(f"SPF of {back or smtp.sender_domain}", _spf(back or smtp.sender_domain, smtp, ask))
    yield _careful(f"DKIM of {smtp.signing_domain}", _dkim(smtp, ask))
    yield _careful(f"DMARC of {smtp.sender_domain}", _dmarc(smtp.sender_domain, ask))
    yield _careful(f"PTR of {smtp.host}", _ptr(smtp.host, ask))
    if back:
        yield _careful(f"MX of {back}", _mx(back, ask))
    yield _careful("Unsubscribing by one click", _one_click(public_url))


async def look_up(name: str, kind: str) -> list[str]:
    """Ask the resolvers of this machine. Raises Unanswered."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    try:
        answer = await dns.asyncresolver.resolve(name, kind, lifetime=_PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unanswered(type(error).__name__) from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


async def _careful(what: str, look: Awaitable[tuple[bool, str]]) -> Finding:
    try:
        return Finding(what, *await look)
    except Unanswered as error:
        return Finding(what, True, f"not looked at: DNS does not answer ({error})")


async def _spf(domain: str, smtp: SmtpSettings, ask: Lookup) -> tuple[bool, str]:
    """Look for one policy that names the senders and refuses others (RFC 7208 3.2, 4.5, 5.1)."""
    found = [text for text in await ask(domain, "TXT") if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    if not found:
        return False, 'no policy; publish a TXT record like "v=spf1 mx -all"'
    if len(found) > 1:
        return False, f"{len(found)} policies, so none holds; keep one"
    terms = found[0].lower().split()
    if {"+all", "all"} & set(terms):
        return False, "lets anybody send in its name; end it in -all or ~all"
    if not {"-all", "~all"} & set(terms) and not any(term.startswith("redirect=") for term in terms):
        return False, "refuses nobody; end it in -all or ~all"
    if not _are_aligned(domain, smtp.sender_domain):
        said = f"is not of the sender's domain {smtp.sender_domain}, so DMARC rests on DKIM alone"
        return smtp.dkim.is_set, said if smtp.dkim.is_set else f"{said}; write bounces of that domain, or a dkim key"
    return True, found[0][:200]


def _are_aligned(one: str, other: str) -> bool:
    """Tell whether two domains have an owner in common, as far as their names show it (RFC 7489 3.1)."""
    return one.split(".")[-2:] == other.split(".")[-2:]


async def _one_click(public_url: str) -> tuple[bool, str]:
    """See that a mail program's one click leads anywhere: it follows https alone (RFC 8058 3.1)."""
    address = urlsplit(public_url)
    if address.scheme != "https" or is_at_home(address.hostname or ""):
        return (
            False,
            f"leads to {public_url or 'no web face'}; write an https address that readers reach as web.public_url",
        )
    return True, public_url


async def _dkim(smtp: SmtpSettings, ask: Lookup) -> tuple[bool, str]:
    """Compare the key that we sign with to the one in DNS (RFC 6376 3.6.1)."""
    if not smtp.dkim.is_set:
        return True, "not looked at: no key is set, so the mail server signs, or nobody"
    name = f"{smtp.dkim.selector}._domainkey.{smtp.signing_domain}"
    found = await ask(name, "TXT")
    wanted = smtp.dkim.record
    if not found:
        return False, f'nothing stands under {name}; publish the TXT record "{wanted}"'
    if len(found) > 1 or _key_of(found[0]) != _key_of(wanted):
        return False, f'another key stands under {name}; publish "{wanted}" alone'
    return True, f"{name} holds our key"


def _key_of(record: str) -> str:
    found = re.search(r"(?:^|;)\s*p\s*=([^;]*)", record)
    return re.sub(r"\s", "", found[1]) if found else ""


async def _dmarc(domain: str, ask: Lookup) -> tuple[bool, str]:
    """Look for the policy of a domain, or of one above it (RFC 7489 6.6.3)."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        name = ".".join(["_dmarc", *labels[start:]])
        found = [text for text in await ask(name, "TXT") if text.startswith("v=DMARC1")]
        if len(found) == 1 and re.search(r";\s*p\s*=\s*(none|quarantine|reject)\b", found[0]):
            return True, f"{name}: {found[0][:200]}"
        if found:
            return False, f"{name} holds no policy that can be read; write v=DMARC1; p=none, or stricter"
    return False, f'no policy; publish the TXT record "v=DMARC1; p=none" under _dmarc.{domain}'


async def _ptr(host: str, ask: Lookup) -> tuple[bool, str]:
    """See that each address of the mail server has a name that leads back to it (RFC 1912 2.1)."""
    found = await _addresses(host, ask)
    if not found and not is_at_home(host):
        return False, "has no address in DNS"
    addresses = [str(address) for address in found if address.is_global]
    if not addresses:
        return True, "not looked at: the mail server is inside your walls; look at the address that it sends from"
    for address in addresses:
        names = await ask(ipaddress.ip_address(address).reverse_pointer, "PTR")
        if not names:
            return False, f"{address} has no name; have its owner set one"
        back = [one for name in names[:5] for one in await _addresses(name.rstrip("."), ask)]
        if ipaddress.ip_address(address) not in back:
            return False, f"{address} is called {names[0].rstrip('.')}, which leads elsewhere"
    return True, f"{', '.join(addresses[:4])}: named, and the names lead back"


async def _mx(domain: str, ask: Lookup) -> tuple[bool, str]:
    """See that bounces find their way (RFC 5321 5.1, RFC 7505)."""
    found = await ask(domain, "MX")
    if any(record.split()[-1] == "." for record in found):
        return False, "takes no mail, so no bounce comes back"
    if found or await _addresses(domain, ask):
        return True, ", ".join(sorted(found)[:4]) or "its own address"
    return False, "has neither MX nor address, so no bounce comes back"


async def _addresses(host: str, ask: Lookup) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        found = await asyncio.gather(ask(host, "A"), ask(host, "AAAA"))
        return [ipaddress.ip_address(text) for texts in found for text in texts]
