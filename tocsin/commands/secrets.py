"""tocsin secrets: make secrets that webhooks are signed by."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from tocsin.invocation import Here, Json

command = App(name="secrets", help="Make secrets that webhooks are signed by.", help_flags=["--help", "-h"])


@command.command
def new(*, pair: Annotated[bool, Parameter(negative="")] = False, json: Json = False, call: Here) -> int:
    """Make a secret and print it, this once: give it to the receiver, and to the watch as `secret: file:...`.

    Parameters
    ----------
    pair: bool
        Make two keys instead (Ed25519): first the private one for the watch, then the public one for the receiver, who
        verifies by it and cannot sign.
    """
    from alerts import make_pair, make_secret

    secret, public = make_pair() if pair else (make_secret(), None)
    if json:
        call.emit({"secret": secret, **({"public": public} if public else {})})
        return 0
    call.say(secret)
    if public:
        call.say(public)
    return 0
