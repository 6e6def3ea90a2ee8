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
from tocsin.searching.edits import write_editions
from tocsin.searching.search import Filters, search


def command(
    *,
    format: str = "jsonl",
    query: str | None = None,
    filters: Annotated[Filters | None, Parameter(name="*")] = None,
    revisions: bool = False,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"]), OrStream] = None,
    call: Here,
) -> int:
    """Export articles, oldest first: jsonl, csv, rss, atom or parquet.

    Parameters
    ----------
    format: str
        jsonl (as `tocsin import` reads it), csv, rss, atom, or parquet (needs `tocsin[parquet]`).
    query: str | None
        Only articles that this query matches.
    revisions: bool
        Also what each article said before, as lines before it with `revision`, `revised` (when that text came) and
        `replaced` (when it went); jsonl only.
    output: Path | None
        Write to this file, whole or not at all, instead of standard output.
    """
    if format not in FORMATS:
        raise UsageError(f"--format {format} is not known; {did_you_mean(format, FORMATS)}")
    if revisions and format != "jsonl":
        raise UsageError(f"--revisions goes with --format jsonl: {format} has room for one text of an article")
    if not FORMATS[format].is_text and output is None and call.out.isatty():
        raise UsageError(f"{format} is nothing to look at: name a file with -o FILE")
    about = About(query or "All articles", call.settings.web.public_url, datetime.now(UTC))
    found = search(call, query, filters or Filters(), newest_first=False)
    with _target(call, output) as out:
        if revisions:
            write_editions((one.filed for one in found), call.open_database(), out)
            return 0
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
