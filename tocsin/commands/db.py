"""tocsin db: the database itself: upgrade, backup, restore, reindex."""

from pathlib import Path

from cyclopts import App

from tocsin.invocation import Here
from tocsin.show import progress

command = App(name="db", help="The database: upgrade, back up, restore, reindex it.", help_flags=["--help", "-h"])


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

    held = copy(call.settings, file)
    call.say(f"wrote {file} ({file.stat().st_size} bytes): {held}")
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

    held, kept = put(call.settings, file)
    call.say(f"restored from {file}: {held}" + (f"; the former database is {kept}" if kept else ""))
    return 0


@command.command
def reindex(*, call: Here) -> int:
    """Index for searching what is not: articles that an earlier version filed. The daemon may run meanwhile."""
    from newsdesk import Archive

    database, done = call.open_database(), -1
    try:
        archive = Archive(database)
        waiting = archive.unindexed()
        with progress(call, "articles indexed", waiting) as step:
            while done:
                with database.begin() as session:
                    done = archive.index_some(session)
                step(done)
    finally:
        database.close()
    call.say(f"indexed {waiting} articles" if waiting else "every article is indexed")
    return 0
