"""tocsin export: the archive, or a part of it, in a form that other programs read."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from newsdesk import did_you_mean
from tocsin.format import FORMATS, About
from tocsin.invocation import Here, Invocation, OrStream, UsageError
from tocsin.search import Filters, search


def command(
    *,
    format: str = "jsonl",
    query: str | None = None,
    filters: Annotated[Filters | None, Parameter(name="*")] = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"]), OrStream] = None,
    call: Here,
) -> int:
    """Export articles, oldest first: jsonl, csv, rss or atom.

    Parameters
    ----------
    format: str
        jsonl (as `tocsin import` reads it), csv, rss or atom.
    query: str | None
        Only articles that this query matches.
    output: Path | None
        Write to this file, whole or not at all, instead of standard output.
    """
    if format not in FORMATS:
        raise UsageError(f"--format {format} is not known; {did_you_mean(format, FORMATS)}")
    about = About(query or "All articles", call.settings.web.public_url, datetime.now(UTC))
    found = search(call, query, filters or Filters(), newest_first=False)
    with _target(call, output) as out:
        FORMATS[format].write((one.filed for one in found), out, about)
    return 0


@contextmanager
def _target(call: Invocation, path: Path | None) -> Iterator[TextIO]:
    if path is None or str(path) == "-":
        yield call.out
        return
    if not path.parent.is_dir():
        raise UsageError(f"-o {path}: {path.parent} is not a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as out:  # noqa: PTH123  (an open descriptor)
            yield out
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
