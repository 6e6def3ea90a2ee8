"""The resolver of the engine: every name is judged by the addresses it leads to, at every resolution."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from newsdesk import AddressRefused, Guard

_KEEP = 300.0
_MOST = 10_000
_THREADS = 8


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        if self.task:
            self.task.cancel()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names for the reactor by the system, in threads of its own; a refused address refuses the name."""

    def __init__(self, guard: Guard) -> None:
        """Judge by `guard`."""
        self._guard = guard
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")
        self._tasks: set[asyncio.Task[None]] = set()
        self.refusals: dict[str, str] = {}
        """Why a name was refused the last time; the reactor itself can only say that it found no address."""

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Tell the receiver every address of the name, or none."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        task = resolution.task = asyncio.get_running_loop().create_task(
            self._resolve(resolutionReceiver, hostName, portNumber), name=f"resolve {hostName}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return resolution  # type: ignore[return-value]  # as far as zope.interface is concerned, it is one

    async def close(self) -> None:
        """Give up the names that are still asked for: whoever waits for one learns that it has no address."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _resolve(self, receiver: Any, name: str, port: int) -> None:
        try:
            for ip in await self._judged(name):
                kind = IPv6Address if ":" in ip else IPv4Address
                receiver.addressResolved(kind("TCP", ip, port))
        except OSError:
            pass
        finally:
            receiver.resolutionComplete()

    async def _judged(self, name: str) -> list[str]:
        ips = await self._addresses(name)
        try:
            self._guard.check_answers(name, ips)
        except AddressRefused as error:
            self._remember_refusal(name, str(error))
            return []
        return ips

    async def _addresses(self, name: str) -> list[str]:
        now = time.monotonic()
        found = self._known.get(name)
        if found and found[0] > now:
            return found[1]
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        )
        ips = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = (now + _KEEP, ips)
        return ips

    def _remember_refusal(self, name: str, why: str) -> None:
        if len(self.refusals) >= _MOST:
            self.refusals.clear()
        self.refusals[name] = why
