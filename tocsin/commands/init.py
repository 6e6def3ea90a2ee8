"""tocsin init: lays down a starter folder."""

from pathlib import Path

from tocsin.invocation import Here


def command(folder: Path = Path("config"), *, call: Here) -> int:
    """Write a starter folder: settings, well-known outlets, one watch. Never overwrites a file.

    Parameters
    ----------
    folder: Path
        Where to write.
    """
    from tocsin.folder import lay_down

    counts = {True: 0, False: 0}
    for target, written in lay_down(folder):
        counts[written] += 1
        call.say(f"{'wrote' if written else 'kept'} {target}")
    call.say(
        f"{counts[True]} written, {counts[False]} kept. Next: tocsin -c {folder} check, then tocsin -c {folder} run"
    )
    return 0
