"""tocsin health: does the daemon live and work?"""

from datetime import UTC, datetime

from tocsin.invocation import Here, Invocation, Json


def command(*, json: Json = False, call: Here) -> int:
    """Exit 0 when the daemon lives and works; say why not and exit 1 otherwise. Made for HEALTHCHECK."""
    trouble = _ask_web(call) if call.settings.web.enabled and call.settings.web.port else _ask_heartbeat(call)
    if json:
        call.emit({"healthy": trouble is None, "trouble": trouble})
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


def _ask_heartbeat(call: Invocation) -> str | None:
    from tocsin.heartbeat import diagnose
    from tocsin.storage import reach_database

    database = reach_database(call.settings)
    try:
        return diagnose(database, datetime.now(UTC))
    finally:
        database.close()
