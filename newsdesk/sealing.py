"""Sealing: secrets that the database holds are read by nobody who has not the key, which it does not hold."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import Column, Dialect, Engine, MetaData, Text, select, type_coerce, update
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from .errors import StorageError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_MARK = "sealed:"


class NoKey(StorageError, DontWrapMixin):
    """The key cannot be read, or none can be made."""


class Resealed(NamedTuple):
    """What became of the secrets of a database: how many were closed anew, and how many no key opens."""

    closed: int
    lost: int


class Seal:
    """Closes and opens secrets by keys, of which the first closes (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, read: Callable[[], Sequence[str]], make: Callable[[], str]) -> None:
        """Ask `read` for the keys when the first is needed, and `make` for one where there is none."""
        self._read, self._make = read, make
        self._keys: tuple[str, ...] = ()

    def close(self, secret: str) -> str:
        """Give a secret as only a key opens it; one that is closed is left so. Raises NoKey."""
        if is_sealed(secret):
            return secret
        self._keys = self._keys or self._look() or (self._make(),)
        return _MARK + _box(self._keys).encrypt(secret.encode()).decode()

    def open(self, kept: str) -> str:
        """Give a secret from the database; one that no key opens is given as it is kept. Raises NoKey."""
        if not is_sealed(kept):
            return kept
        # Read anew where it does not open: another process may have made the first key.
        return _opened(kept, self._keys) or _opened(kept, self._look()) or kept

    def is_newest(self, kept: str) -> bool:
        """Tell whether a secret is closed by the first key."""
        self._keys = self._keys or self._look()
        return _opened(kept, self._keys[:1]) is not None

    def _look(self) -> tuple[str, ...]:
        self._keys = tuple(self._read())
        return self._keys


def _opened(kept: str, keys: Sequence[str]) -> str | None:
    if not keys or not is_sealed(kept):
        return None
    from cryptography.fernet import InvalidToken

    try:
        return _box(keys).decrypt(kept.removeprefix(_MARK)).decode()
    except InvalidToken:
        return None


def _box(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # here, as few processes have a secret to open

    # A key is no password but random, so one hash makes of it what the cipher takes.
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def is_sealed(secret: str) -> bool:
    """Tell whether a secret is closed; to whom it comes from the database so, the key is missing."""
    return secret.startswith(_MARK)


class Sealed(TypeDecorator[str]):
    """A secret: closed in the database and open in this program, where the engine was given a seal."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Close it."""
        seal = _seal_of(dialect)
        return value if value is None or seal is None else seal.close(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Open it."""
        seal = _seal_of(dialect)
        return value if value is None or seal is None else seal.open(value)


def give_seal(engine: Engine, seal: Seal) -> None:
    """Let an engine close and open its secrets by a seal."""
    vars(engine.dialect)["tocsin_seal"] = seal  # the one thing of an engine that a column's type is shown


def _seal_of(dialect: Dialect) -> Seal | None:
    return cast(Seal | None, vars(dialect).get("tocsin_seal"))


def reseal(session: Session, metadata: MetaData) -> Resealed:
    """Close every secret by the first key that is open, or closed by another. Raises NoKey."""
    seal = _seal_of(session.get_bind().dialect)
    columns = [column for table in metadata.sorted_tables for column in table.columns]
    sealed = [column for column in columns if isinstance(column.type, Sealed)]
    done = [] if seal is None else [_reseal(session, seal, column) for column in sealed]
    return Resealed(sum(one.closed for one in done), sum(one.lost for one in done))


def _reseal(session: Session, seal: Seal, column: Column[Any]) -> Resealed:
    table, kept = column.table, type_coerce(column, Text)
    rows = session.execute(select(kept, *table.primary_key.columns).where(column.is_not(None))).all()
    closed = lost = 0
    for raw, *key in rows:
        opened = seal.open(raw)
        if is_sealed(opened):
            lost += 1
        elif not seal.is_newest(raw):
            this = [part == value for part, value in zip(table.primary_key.columns, key, strict=True)]
            session.execute(update(table).where(*this).values({column.name: opened}))
            closed += 1
    return Resealed(closed, lost)
