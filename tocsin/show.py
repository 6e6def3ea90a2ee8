"""How results look to a person: tables and marked words on a terminal, plain columns elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol, TextIO

from rich.cells import cell_len

from tocsin.invocation import Invocation, inert
from tocsin.snippet import snippet

_EVERY = 1000


class Stretch(Protocol):
    """What a match's span tells: where it stands in which field, and what asked for it."""

    @property
    def field(self) -> str:
        """The article's text that it stands in."""

    @property
    def start(self) -> int:
        """Its first code point."""

    @property
    def end(self) -> int:
        """Where it is over."""

    @property
    def term(self) -> str:
        """The clause that asked for it."""


def table(call: Invocation, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table: drawn on a terminal; elsewhere aligned columns, nothing cut, so that it can be piped."""
    texts = [[_cell(value) for value in row] for row in rows]
    if call.out.isatty():
        _drawn(call, columns, texts)
        return
    widths = [max(cell_len(row[index]) for row in [list(columns), *texts]) for index in range(len(columns))]
    for row in [list(columns), *texts]:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        call.say("  ".join(padded).rstrip())


def _drawn(call: Invocation, columns: Sequence[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(text) for text in row))
    Console(file=call.out).print(drawn)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return inert(" ".join(str(value).split()))


def count(number: int, word: str) -> str:
    """Give `1 watch`, `2 watches`."""
    plural = f"{word}es" if word.endswith(("ch", "s")) else f"{word[:-1]}ies" if word.endswith("ry") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def marked(call: Invocation, text: str, spans: Iterable[Stretch], room: int = 180) -> str:
    """Give `text`, or the words around what was found, with the spans marked: bold on a terminal, else **so**."""
    before, after = ("\x1b[1;33m", "\x1b[0m") if call.out.isatty() else ("**", "**")
    pieces = snippet(text, ((span.start, span.end, span.term) for span in spans), room)
    return "".join(f"{before}{piece}{after}" if found else piece for piece, found in pieces).strip()


class Steps(Protocol):
    """What a long command tells its progress to."""

    def __call__(self, done: int = 1) -> None:
        """Say that `done` more steps are done."""


@contextmanager
def progress(call: Invocation, title: str, total: float | None = None, *, least: int = 1) -> Iterator[Steps]:
    """Show progress on standard error: a bar on a terminal, a line for every tenth (or thousand) elsewhere.

    Elsewhere, what has no more than `least` steps in all is not worth a line.
    """
    if not call.err.isatty():
        yield _plain(call.err, title, max(int(total / 10) + 1, least) if total else _EVERY)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=call.err), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done=1: bar.advance(task, done)


def _plain(err: TextIO, title: str, every: int) -> Steps:
    count = 0

    def step(done: int = 1) -> None:
        nonlocal count
        count += done
        if count // every > (count - done) // every:
            err.write(f"{title}: {count}\n")

    return step


class Ticker:
    """One line on standard error of how far a long command is, gone before anything else is written.

    Where there is no terminal, it is a line for every thousand steps.
    """

    def __init__(self, call: Invocation, every: int = 50) -> None:
        """Write to the standard error of `call`; on a terminal after so many steps."""
        self._call = call
        self._is_terminal = call.err.isatty()
        self._every = every if self._is_terminal else _EVERY
        self._steps = 0
        self._is_shown = False

    def step(self, say: Callable[[], str]) -> None:
        """Count a step, and now and then tell what `say` gives."""
        self._steps += 1
        if self._steps % self._every:
            return
        if not self._is_terminal:
            self._call.warn(say())
            return
        self._call.err.write(f"\r{inert(say())}\x1b[K")
        self._call.err.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._call.err.write("\r\x1b[K")
            self._call.err.flush()
            self._is_shown = False


def width(call: Invocation) -> int:
    """Give how many columns there are to write on: the terminal's, or 80."""
    if not call.out.isatty():
        return 80
    from rich.console import Console

    return Console(file=call.out).width
