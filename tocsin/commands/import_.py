"""tocsin import: articles from another archive, outlets from another reader."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from cyclopts import Parameter

from newsdesk import did_you_mean
from tocsin.importer import IMPORTERS, Task
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.show import Steps, progress

_SHOWN = 1_000_000
_HEAD = 16_384


def command(
    file: Annotated[Path, OrStream],
    *,
    form: Annotated[str | None, Parameter(name="--format")] = None,
    alert: bool = False,
    known: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    call: Here,
) -> int:
    """Import articles (jsonl, WARC) into the archive, or outlets (OPML, a list of addresses) as outlet files.

    No alerts unless --alert. An interrupted import of a WARC goes on where it was when it is asked for again.

    Parameters
    ----------
    file: Path
        The file; - for standard input.
    form: str | None
        jsonl, opml, urls or warc; else told from what the file holds, then from its name.
    alert: bool
        Match and deliver what is new among them, at the next run or poll.
    known: bool
        Of a WARC, take only pages of outlets that the folder names.
    """
    _check(form)
    call.settings  # noqa: B018  (a wrong configuration is told before anything is read)
    with _open(call, file) as stream:
        importer = IMPORTERS[form or _form(file, stream)]
        report = importer.run(Task(call, file, stream, alert, known))
    if json:
        call.emit({**report.counts, "problems": report.problems})
    else:
        told = [f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(report.counts.items())]
        call.say(f"{_name(file)}: {', '.join(told) or 'nothing'}; {report.problems} could not be taken")
    return 1 if report.problems else 0


def _check(form: str | None) -> None:
    if form is not None and form not in IMPORTERS:
        raise UsageError(f"--format {form} is not known; {did_you_mean(form, IMPORTERS)}")


def _form(file: Path, stream: BinaryIO) -> str:
    """Tell a file's form from what it holds, then from its name."""
    peek = getattr(stream, "peek", None)
    head = peek(_HEAD)[:_HEAD] if peek else b""
    for importer in IMPORTERS.values():
        if importer.recognises(head):
            return importer.name
    name = file.name.lower()
    for importer in IMPORTERS.values():
        if name.endswith(importer.suffixes):
            return importer.name
    if str(file) == "-":
        return "jsonl"
    raise UsageError(f"{file}: its name does not tell what it is; say --format {' | '.join(IMPORTERS)}")


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


@contextmanager
def _open(call: Invocation, file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        size, raw = file.stat().st_size, file.open("rb", buffering=0)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    with raw, progress(call, "bytes read", size, least=_SHOWN) as step:
        yield io.BufferedReader(_Counted(raw, step), 1 << 20)


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read; what is read again counts once."""

    def __init__(self, raw: Any, step: Steps) -> None:
        self._raw = raw
        self._step = step
        self._at = self._farthest = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say what the file says: a pipe is not."""
        return bool(self._raw.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        return self._moved(self._raw.seek(offset, whence))

    def readinto(self, buffer: Any) -> int | None:
        """Read as the file does."""
        count: int | None = self._raw.readinto(buffer)
        self._moved(self._at + (count or 0))
        return count

    def _moved(self, to: int) -> int:
        self._at = to
        if to > self._farthest:
            self._step(to - self._farthest)
            self._farthest = to
        return to
