"""tocsin db: the database itself: upgrade, backup, restore."""

from pathlib import Path

from cyclopts import App

from tocsin.invocation import Here

command = App(name="db", help="The database: upgrade it, back it up, restore it.", help_flags=["--help", "-h"])


@command.command
def upgrade(*, call: Here) -> int:
    """Bring the database to the tables of this version; `tocsin run` does so by itself on SQLite."""
    from tocsin.storage import upgrade as upgraded

    before, after = upgraded(call.settings)
    call.say(f"already at {after}" if before == after else f"upgraded from {before or 'nothing'} to {after}")
    return 0


@command.command
def backup(file: Path, *, call: Here) -> int:
    """Write a whole copy of the database to FILE, while the daemon works (SQLite).

    Parameters
    ----------
    file: Path
        Where to write; never over another file.
    """
    from tocsin.backup import backup as copy

    copy(call.settings, file)
    call.say(f"wrote {file} ({file.stat().st_size} bytes)")
    return 0


@command.command
def restore(file: Path, *, call: Here) -> int:
    """Put FILE, a backup, in the place of the database (SQLite), which is kept beside it. Stop the daemon first.

    Parameters
    ----------
    file: Path
        A file that `tocsin db backup` wrote.
    """
    from tocsin.backup import restore as put

    kept = put(call.settings, file)
    call.say(f"restored from {file}" + (f"; the former database is {kept}" if kept else ""))
    return 0
