"""Whether everyone whom the configuration names answers: sources, the mail servers, the hosts of hooks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from newsdesk import AddressRefused, FetchError, Guard, ReadingError, TocsinError
from tocsin.mailcheck import Finding, is_at_home, looks

if TYPE_CHECKING:
    from alerts import SmtpSettings
    from crawler import Document, Outlet
    from tocsin.configuration import Configuration
    from tocsin.show import Steps

Fetch = Callable[[str], Awaitable["Document"]]

_DEADLINE = 20.0
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one source or channel."""

    what: str
    ok: bool
    said: str


def ask_all(configuration: Configuration, step: Steps) -> list[Answer]:
    """Ask everyone once, a few at a time, in the order of the configuration."""
    from crawler import fetching, run_on_reactor

    settings = configuration.settings
    guard = Guard(settings.allow_private)

    async def ask() -> list[Answer]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(question: Awaitable[Answer]) -> Answer:
            async with gate:
                answer = await question
            step()
            return answer

        async with fetching(settings.crawl, guard) as fetch:
            questions = [_outlet(outlet, fetch) for outlet in configuration.outlets if not outlet.sources]
            questions += [
                _source(outlet, source.kind, source.url, fetch)
                for outlet in configuration.outlets
                for source in outlet.sources
            ]
            kinds = {kind for entry in _entries(configuration) for kind in entry}
            if "email" in kinds:
                questions.append(_mail_server(settings.smtp))
                face = settings.web.public_url if settings.web.enabled else ""
                questions += [_in_dns(look) for look in looks(settings.smtp, face)]
            questions += [_mail_server(smtp) for smtp in configuration.direct().mail_servers]
            questions += [_hook(url, guard) for url in _hooks(configuration)]
            return await asyncio.gather(*(one(question) for question in questions))

    return run_on_reactor(ask)


async def _outlet(outlet: Outlet, fetch: Fetch) -> Answer:
    """Ask an outlet without sources what it offers."""
    from crawler import probe

    what = f"{outlet.slug} {outlet.site}"
    try:
        found = await probe(outlet.site, fetch)
    except TocsinError as error:
        return Answer(what, False, str(error))
    if not found.offers:
        return Answer(what, False, "no feed, sitemap or section was found; name its sources in the outlet file")
    return Answer(what, True, f"offers {', '.join(offer.source.url for offer in found.offers)}")


async def _source(outlet: Outlet, kind: str, url: str, fetch: Fetch) -> Answer:
    from crawler import SOURCE_KINDS

    what = f"{outlet.slug} {kind} {url}"
    try:
        listing = SOURCE_KINDS[kind].read(await fetch(url), outlet)
    except (FetchError, ReadingError, AddressRefused) as error:
        return Answer(what, False, str(error))
    if not listing.leads and not listing.more:
        return Answer(what, False, "; ".join(["it lists no article", *listing.notes]))
    more = f", {len(listing.more)} further lists" if listing.more else ""
    return Answer(what, True, f"{len(listing.leads)} articles{more}")


async def _mail_server(smtp: SmtpSettings) -> Answer:
    """Greet the mail server and log in, as for a mail; nothing is sent."""
    import aiosmtplib

    what = f"smtp {smtp.host}:{smtp.port}"
    client = aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        use_tls=smtp.security == "tls",
        start_tls=smtp.security == "starttls",
        timeout=_DEADLINE,
    )
    try:
        async with asyncio.timeout(_DEADLINE):
            await client.connect()
            if smtp.username:
                await client.login(smtp.username, smtp.password.get_secret_value())
            await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return Answer(what, False, " ".join(str(error).split()) or type(error).__name__)
    finally:
        client.close()
    home = f"; {smtp.sender_domain} is no domain in DNS, which was not asked" if is_at_home(smtp.sender_domain) else ""
    return Answer(what, True, "answers" + (", takes the login" if smtp.username else "") + home)


async def _in_dns(look: Awaitable[Finding]) -> Answer:
    found = await look
    return Answer(found.what, found.ok, found.said)


def _entries(configuration: Configuration) -> list[Mapping[str, Any]]:
    """Give all who are told: by a watch, or as the operator."""
    return [*configuration.settings.operator.notify, *(one for watch in configuration.watches for one in watch.notify)]


def _hooks(configuration: Configuration) -> list[str]:
    """Give every address that is to be asked: of hooks, of those who hear of Tocsin's own trouble, of the heartbeat."""
    operator = configuration.settings.operator
    entries = [*_entries(configuration), *operator.alarm]
    values = [str(value) for entry in entries for value in entry.values()] + [operator.heartbeat.get_secret_value()]
    urls = [value for value in values if value.startswith(("http://", "https://"))]
    return list(dict.fromkeys(urls))


async def _hook(url: str, guard: Guard) -> Answer:
    """See that a hook's host exists, may be asked and takes connections; nothing is posted."""
    parts = urlsplit(url)
    what = f"hook {parts.scheme}://{parts.netloc}"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        guard.check_url(url)
        async with asyncio.timeout(_DEADLINE):
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port)
            addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
            if refused := [address for address in addresses if not guard.allows(address)]:
                return Answer(what, False, f"leads to {refused[0]}, which may not be asked; see allow_private")
            _, writer = await asyncio.open_connection(addresses[0], port)
            writer.close()
            await writer.wait_closed()
    except (AddressRefused, OSError, TimeoutError) as error:
        return Answer(what, False, str(error) or type(error).__name__)
    return Answer(what, True, "takes connections")
