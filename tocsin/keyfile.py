"""Keyfile: the key that closes the secrets in the database: as the settings say, else made once and kept beside it."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from newsdesk import Base, NoKey, Seal, reseal
from tocsin.log import logger

if TYPE_CHECKING:
    from newsdesk import Database
    from tocsin.settings import Settings

log = logger("keyfile")


def seal_of(settings: Settings) -> Seal:
    """Give what closes and opens the secrets in the database of these settings."""
    given = [key.get_secret_value() for key in settings.secrets_key]
    path = settings.beside_database / "secrets.key"
    return Seal(lambda: given or _keys_in(path), lambda: _make(path))


async def close_secrets(database: Database) -> None:
    """Close by the newest key what is open in the database, or closed by an older one, which may then be taken out."""
    try:
        done = await database.transact(lambda session: reseal(session, Base.metadata))
    except NoKey as error:
        log.warning("secrets stay open in the database", reason=str(error))
        return
    if done.closed:
        log.info("secrets closed by the newest key", count=done.closed)
    if done.lost:
        log.error("secrets that no key opens", count=done.lost, remedy="put the key back, or give the hooks new ones")


def _keys_in(path: Path) -> list[str]:
    """Give the keys of a file, one a line, the newest first; none where there is no file. Raises NoKey."""
    try:
        return path.read_text("utf-8").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text file"
        raise NoKey(f"{path}: cannot be read: {why}; it opens the secrets of webhooks") from error


def _make(path: Path) -> str:
    """Give the key of a file, made where there is none; of two processes at once, both the same. Raises NoKey."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if keys := file.read().split():
                return keys[0]
            key = secrets.token_urlsafe(32)
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
            return key
    except OSError as error:
        remedy = "make its folder writable, or give a key by `secrets_key`"
        raise NoKey(f"{path}: cannot be written: {error.strerror}; {remedy}") from error
