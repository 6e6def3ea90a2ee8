from dataclasses import dataclass
from io import StringIO

import pytest

from tocsin.invocation import Invocation, inert
from tocsin.show import Ticker, count, marked, progress, table


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Stretch:
    field: str
    start: int
    end: int
    term: str = ""


def call(*, terminal: bool = False) -> Invocation:
    kind = Terminal if terminal else StringIO
    return Invocation(out=kind(), err=kind())


def written(call: Invocation) -> str:
    assert isinstance(call.out, StringIO)
    return call.out.getvalue()


def told(call: Invocation) -> str:
    assert isinstance(call.err, StringIO)
    return call.err.getvalue()


def test_a_table_that_is_piped_is_aligned_and_nothing_is_cut() -> None:
    here = call()
    table(here, ["slug", "title"], [("a", "x" * 300), ("longer", None)])
    assert written(here).splitlines() == ["slug    title", f"a       {'x' * 300}", "longer  -"]


def test_wide_letters_stay_in_their_column() -> None:
    here = call()
    table(here, ["clause", "stories"], [("拉夫罗夫", 1), ("été", 2)])
    assert written(here).splitlines() == ["clause    stories", "拉夫罗夫  1", "été       2"]


def test_a_ticker_is_one_line_that_gives_way() -> None:
    here = call(terminal=True)
    ticker = Ticker(here, every=2)
    for number in range(5):
        ticker.step(lambda number=number: f"at {number}\x1b[2J")  # type: ignore[misc]
    ticker.clear()
    ticker.clear()
    assert told(here) == "\rat 1[2J\x1b[K\rat 3[2J\x1b[K\r\x1b[K"


def test_a_ticker_without_a_terminal_is_a_line_for_every_thousand() -> None:
    here = call()
    ticker = Ticker(here, every=2)
    for number in range(2500):
        ticker.step(lambda number=number: f"at {number}")  # type: ignore[misc]
    ticker.clear()
    assert told(here) == "at 999\nat 1999\n"


def test_what_a_server_said_cannot_steer_the_terminal() -> None:
    for terminal in (False, True):
        here = call(terminal=terminal)
        table(here, ["said"], [("\x1b]0;evil\x07 \x9b2J[red]ok[/red]",)])
        assert "evil" in written(here)
        assert "[red]ok[/red]" in written(here)
        assert "\x1b]0" not in written(here)
        assert "\x9b" not in written(here)
    here = call()
    here.warn("\x1b[2Jgone")
    assert told(here) == "[2Jgone\n"
    assert inert("a\tb\nc\r") == "a\tb\nc"


def test_matched_words_are_marked_where_they_stand() -> None:
    text = "Storm over the harbour"
    assert marked(call(), text, [Stretch("title", 15, 22), Stretch("title", 0, 5)]) == "**Storm** over the **harbour**"
    assert "\x1b[1;33mStorm\x1b[0m over" in marked(call(terminal=True), text, [Stretch("title", 0, 5)])


def test_a_long_text_is_shown_around_its_first_match_in_whole_words() -> None:
    text = f"{'before ' * 50}harbour {'after ' * 50}"
    start = text.index("harbour")
    shown = marked(call(), text, [Stretch("body", start, start + 7)])
    assert shown.startswith("…before before")
    assert "**harbour**" in shown
    assert shown.endswith("after…")
    assert len(shown) < 220


def test_overlapping_spans_are_marked_once() -> None:
    spans = [Stretch("title", 0, 10), Stretch("title", 6, 10)]
    assert marked(call(), "Storm over us", spans) == "**Storm over** us"


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    here = call()
    with progress(here, "articles read") as step:
        for _ in range(2500):
            step()
    assert told(here).splitlines() == ["articles read: 1000", "articles read: 2000"]
    assert written(here) == ""


def test_progress_is_a_bar_on_a_terminal_and_leaves_nothing_on_standard_output() -> None:
    here = call(terminal=True)
    with progress(here, "bytes read", 100) as step:
        step(40)
    assert "bytes read" in told(here)
    assert written(here) == ""


@pytest.mark.parametrize(
    ("number", "word", "shown"), [(1, "watch", "1 watch"), (2, "watch", "2 watches"), (0, "outlet", "0 outlets")]
)
def test_things_are_counted_as_people_do(number: int, word: str, shown: str) -> None:
    assert count(number, word) == shown
