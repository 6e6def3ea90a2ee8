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


def command(
    file: Annotated[Path, OrStream],
    *,
    form: Annotated[str | None, Parameter(name="--format")] = None,
    alert: bool = False,
    json: Json = False,
    call: Here,
) -> int:
    """Import articles (jsonl, WARC) into the archive, or outlets (OPML) as outlet files. No alerts unless --alert.

    Parameters
    ----------
    file: Path
        The file; - for standard input.
    form: str | None
        jsonl, opml or warc; else told from the file's name.
    alert: bool
        Match and deliver what is new among them, at the next run or poll.
    """
    importer = IMPORTERS[_form(file, form)]
    call.settings  # noqa: B018  (a wrong configuration is told before anything is read)
    with _open(call, file) as stream:
        task = Task(call, file, stream, alert)
        report = importer.run(task)
    if json:
        call.emit({**report.counts, "problems": report.problems})
    else:
        told = [f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(report.counts.items())]
        call.say(f"{task.name}: {', '.join(told) or 'nothing'}; {report.problems} could not be taken")
    return 1 if report.problems else 0


def _form(file: Path, form: str | None) -> str:
    if form is not None:
        if form not in IMPORTERS:
            raise UsageError(f"--format {form} is not known; {did_you_mean(form, IMPORTERS)}")
        return form
    name = file.name.lower()
    for importer in IMPORTERS.values():
        if name.endswith(importer.suffixes):
            return importer.name
    if str(file) == "-":
        return "jsonl"
    raise UsageError(f"{file}: its name does not tell what it is; say --format {' | '.join(IMPORTERS)}")


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
    """A file that tells how far it has been read."""

    def __init__(self, raw: Any, step: Steps) -> None:
        self._raw = raw
        self._step = step

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read as the file does."""
        count: int | None = self._raw.readinto(buffer)
        self._step(count or 0)
        return count
