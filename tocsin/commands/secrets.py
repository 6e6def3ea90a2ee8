"""tocsin secrets: make secrets that webhooks are signed by."""

from __future__ import annotations

from cyclopts import App

from tocsin.invocation import Here, Json

command = App(name="secrets", help="Make secrets that webhooks are signed by.", help_flags=["--help", "-h"])


@command.command
def new(*, json: Json = False, call: Here) -> int:
    """Make a secret and print it, this once: give it to the receiver, and to the watch as `secret: file:...`."""
    from alerts import make_secret

    secret = make_secret()
    if json:
        call.emit({"secret": secret})
    else:
        call.say(secret)
    return 0
