"""tocsin health: does the daemon live and work?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.invocation import Here, Invocation, Json

if TYPE_CHECKING:
    from alerts import Balance


def command(*, json: Json = False, call: Here) -> int:
    """Exit 0 when the daemon lives and works; say why not and exit 1 otherwise. Made for HEALTHCHECK."""
    trouble = _ask_web(call) if call.settings.web.enabled and call.settings.web.port else _ask_heartbeat(call)
    balance = _add_up(call) if trouble is None else None
    if balance and not balance.is_even:
        trouble = f"the matches of the last day do not add up: {'; '.join(balance.faults)}"
    if json:
        matches = dict(balance.states) if balance else None
        call.emit({"healthy": trouble is None, "trouble": trouble, "matches_of_last_day": matches})
    elif trouble:
        call.warn(f"not healthy: {trouble}")
    else:
        call.say("healthy")
    return 1 if trouble else 0


def _ask_web(call: Invocation) -> str | None:
    """Ask the daemon's own web face, never by a proxy."""
    import http.client

    web = call.settings.web
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104  (asked, not opened)
    connection = http.client.HTTPConnection(host, web.port, timeout=8)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(2000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {host}:{web.port}: {error}"
    finally:
        connection.close()
    return None if answer.status == 200 else said.replace("\n", "; ") or f"/readyz answered {answer.status}"


def _add_up(call: Invocation) -> Balance:
    """Add up what became of each match of the last day."""
    from alerts import Ledger
    from tocsin.storage import reach_database

    database = reach_database(call.settings)
    try:
        return Ledger(database).balance(datetime.now(UTC) - timedelta(days=1))
    finally:
        database.close()


def _ask_heartbeat(call: Invocation) -> str | None:
    from tocsin.alarms.heartbeat import diagnose
    from tocsin.storage import reach_database

    database = reach_database(call.settings)
    try:
        return diagnose(database, datetime.now(UTC))
    finally:
        database.close()
