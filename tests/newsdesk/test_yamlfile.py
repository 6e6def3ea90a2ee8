"""What a user writes is read by YAML 1.2, and every mistake has a line and a column."""

from collections.abc import Callable
from math import inf, isnan
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from newsdesk import ConfigError, Duration, YamlFile, read_yaml, validate


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "tocsin.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def mistakes(write: Write) -> Callable[..., list[str]]:
    """Give the mistakes in a text, without the name of the file."""

    def mistakes(text: str, model: type[BaseModel] = Anything) -> list[str]:
        path = write(text)
        with pytest.raises(ConfigError) as caught:
            validate(model, read_yaml(path))
        return [str(problem).removeprefix(str(path)).removeprefix(":") for problem in caught.value.problems]

    return mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", 10),
        ("+12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-1", -0.15),
        (".inf", inf),
        ("-.INF", -inf),
        ("'5'", "5"),
        ('"\\u00e9"', "é"),
        ("!!str 5", "5"),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
        ("|\n  one\n  two", "one\ntwo\n"),
    ],
)
def test_values_are_read_by_the_core_schema(write: Write, text: str, value: object) -> None:
    assert read_yaml(write(f"key: {text}\n")).value == {"key": value}


def test_not_a_number_is_read(write: Write) -> None:
    assert isnan(read_yaml(write("key: .nan")).value["key"])


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n", "\ufeff"])
def test_an_empty_file_is_an_empty_mapping(write: Write, text: str) -> None:
    file = read_yaml(write(text))
    assert file.value == {}
    assert str(file.problem(("a",), "is missing")) == f"{file.path}:1:1: is missing"


def test_keys_are_texts_and_merge_keys_mean_nothing(write: Write) -> None:
    assert read_yaml(write("5: a\nno: b\n<<: {c: d}\n")).value == {"5": "a", "no": "b", "<<": {"c": "d"}}


def test_a_repeated_scalar_may_be_an_alias(write: Write) -> None:
    assert read_yaml(write("a: &x 5\nb: *x\n")).value == {"a": 5, "b": 5}


def test_a_mistake_is_placed_at_its_value_or_the_nearest_around_it(write: Write) -> None:
    file = read_yaml(write("top:\n  list:\n    - one\n    - two\n  none:\n"))
    places: dict[tuple[str | int, ...], tuple[int, int]] = {
        ("top", "list", 1): (4, 7),
        ("top", "list", 5): (3, 5),
        ("top", "none"): (5, 3),
        ("top", "none", ""): (5, 3),
        ("top", "list", ""): (2, 3),
        ("nothing",): (1, 1),
    }
    found = {place: file.problem(place, "x") for place in places}
    assert {place: (problem.line, problem.column) for place, problem in found.items()} == places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", ["1:1: a mapping is expected; write `key: value` lines"]),
        ("just words", ["1:1: a mapping is expected; write `key: value` lines"]),
        ("a: 1\nb: 2\na: 3\n", ['3:1: "a" stands twice, first in line 1; keep one of them']),
        ("a: &x [1]\nb: *x\n", ["1:4: an alias repeats a list or mapping; write it out"]),
        ("a: &x [*x]\n", ["1:4: an alias repeats a list or mapping; write it out"]),
        ("? [a, b]\n: c\n", ["1:3: a key must be plain text"]),
        ("a: !!timestamp 2026\n", ["1:4: 2026 is not what its tag says; remove the tag"]),
        ("a: !!binary aGk=\n", ["1:4: aGk= is not what its tag says; remove the tag"]),
        ("a: !mine b\n", ["1:4: b is not what its tag says; remove the tag"]),
        ("a: !!python/name:os.system x\n", ["1:4: x is not what its tag says; remove the tag"]),
        ("a: !!bool maybe\n", ["1:4: maybe is not what its tag says; remove the tag"]),
        ("a: !!int five\n", ["1:4: five is not what its tag says; remove the tag"]),
        ("a: [1\nb: 2\n", ["2:2: expected ',' or ']', but got ':'; check the commas and brackets"]),
        ("a: *nobody\n", ["1:4: found undefined alias 'nobody'; see https://yaml.org"]),
        ("a: 1\n---\nb: 2\n", ["2:1: but found another document; see https://yaml.org"]),
        ("a: env:TOCSIN_NO\n", ["1:4: the environment has no TOCSIN_NO; set TOCSIN_NO, or write the value"]),
        ("a: file:none\n", [
            "1:4: none cannot be read: No such file or directory; create the file, or write the value"]),
        ('a: "file:"\n', ["1:4:  cannot be read: Is a directory; create the file, or write the value"]),
        ('a: "file:a\\0b"\n', ["1:4: a\0b cannot be read: not a text file; create the file, or write the value"]),
        ("a: 1\na: 2\nb: env:TOCSIN_NO\n", [
            '2:1: "a" stands twice, first in line 1; keep one of them',
            "3:4: the environment has no TOCSIN_NO; set TOCSIN_NO, or write the value"]),
        ("[" * 1000, [" lists or mappings are nested too deep; write it flatter"]),
        ("a: \x07\n", [" special characters are not allowed; remove the control character"]),
        ("a: " + "9" * 5000 + "\n", ["1:4: " + "9" * 5000 + " is not what its tag says; remove the tag"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(
    mistakes: Callable[..., list[str]], text: str, expected: list[str]
) -> None:
    assert mistakes(text) == expected


def test_a_file_that_is_missing_too_large_or_not_utf_8_is_told(
    write: Write, mistakes: Callable[..., list[str]], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read: No such file or directory"):
        read_yaml(tmp_path / "absent.yaml")
    assert mistakes("#" * 5_000_001) == [" the file is above 5000000 bytes; split it"]
    path = write("")
    path.write_bytes(b"a: caf\xe9")
    with pytest.raises(ConfigError, match=r"is not UTF-8 \(byte 6\); save the file as UTF-8"):
        read_yaml(path)


def test_a_value_may_stand_in_the_environment_or_in_another_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_SMTP", "from the environment")
    (tmp_path / "secret.txt").write_text("from a file\n")
    file = read_yaml(write("a: env:TOCSIN_SMTP\nb: [file:secret.txt]\n"))
    assert file.value == {"a": "from the environment", "b": ["from a file"]}
    assert file.written[("b", 0)] == "file:secret.txt"


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")
    host: str = "localhost"
    port: int = 25
    password: int = 0


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    every: Duration | None = None
    server: Server | None = None
    servers: list[Server] = []
    named: dict[str, int] = {}
    database: str = Field("", alias="store")

    @field_validator("database")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.startswith("mysql"):
            raise ValueError("write sqlite:// or postgresql://")
        return value


def test_a_right_file_becomes_its_typed_form(write: Write) -> None:
    file = read_yaml(write("name: x\nserver: {port: 2525}\nstore: sqlite:///a.db\n"))
    assert validate(Settings, file) == Settings(name="x", server=Server(port=2525), store="sqlite:///a.db")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nme: x\n", ['1:1: "name" is missing; add it', '1:1: "nme" is not a setting; did you mean "name"?']),
        ("name: x\nserver:\n  prot: 1\n", ['3:3: "prot" is not a setting; did you mean "port"?']),
        ("name: x\nservers:\n  - host: a\n    hst: 1\n", ['4:5: "hst" is not a setting; did you mean "host"?']),
        ("name: x\nstor: 1\n", ['2:1: "stor" is not a setting; did you mean "store"?']),
        ("name: x\nevery: soon\n", ["2:8: every: soon; write a number and a unit, like 90s, 5m, 2h, 7d"]),
        ("name: x\nservers: [{port: y}]\n", [
            "2:18: servers.0.port: y; write a whole number"]),
        ("name: x\nserver: {password: hunter2}\n", [
            "2:20: server.password; write a whole number"]),
        ("name: x\nstore: mysql://me:hunter2@host/x\n", [
            "2:8: store: mysql://…@host/x; write sqlite:// or postgresql://"]),
        ("name: x\nnamed: {a: b}\n", [
            "2:12: named.a: b; write a whole number"]),
        ("name: [x]\n", ["1:7: name: a list; write one text"]),
        ("nme: x\nnme: y\nname: env:TOCSIN_NO\nevery: soon\n", [
            '1:1: "nme" is not a setting; did you mean "name"?',
            '2:1: "nme" stands twice, first in line 1; keep one of them',
            "3:7: the environment has no TOCSIN_NO; set TOCSIN_NO, or write the value",
            "4:8: every: soon; write a number and a unit, like 90s, 5m, 2h, 7d"]),
        ("name:\n", ["1:1: name: ; write one text"]),
    ],
)  # fmt: skip
def test_all_mistakes_are_told_at_once_each_with_place_and_remedy(
    mistakes: Callable[..., list[str]], text: str, expected: list[str]
) -> None:
    assert mistakes(text, Settings) == expected


def test_a_mistake_of_the_whole_file_is_told_at_its_start(mistakes: Callable[..., list[str]]) -> None:
    from pydantic import model_validator

    class Both(BaseModel):
        a: int = 0

        @model_validator(mode="after")
        def _check(self) -> "Both":
            raise ValueError("a and b go together")

    assert mistakes("a: 1\n", Both) == ["1:1: file; a and b go together"]


def test_what_a_reference_led_to_is_never_shown(
    mistakes: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PORT", "hunter2")
    (told,) = mistakes("name: x\nserver: {port: env:TOCSIN_PORT}\n", Settings)
    assert told == "2:16: server.port; write a whole number"


def test_a_key_that_belongs_nowhere_near_is_told_all_the_same(mistakes: Callable[..., list[str]]) -> None:
    class Loose(BaseModel):
        rest: dict[str, Any] = {}
        pairs: dict[str, Server] = {}

    assert mistakes("pairs: {one: {hst: 1}}\n", Loose) == ['1:15: "hst" is not a setting; did you mean "host"?']


def test_a_form_that_is_no_model_of_ours_has_no_keys_to_propose(mistakes: Callable[..., list[str]]) -> None:
    class Pair(TypedDict, total=False):
        __pydantic_config__ = {"extra": "forbid"}  # type: ignore[misc]  # noqa: RUF012
        left: int

    class Holder(BaseModel):
        pair: Pair | None = None

    assert mistakes("pair: {lft: 1}\n", Holder) == ['1:8: "lft" is not a setting; nothing is known here']


def test_the_file_keeps_what_was_written(write: Write) -> None:
    file = read_yaml(write("a: 010\n"))
    assert isinstance(file, YamlFile)
    assert (file.value, file.written[("a",)]) == ({"a": 10}, "010")


def test_a_mistake_between_the_lines_of_a_section_is_told_at_the_section(mistakes: Callable[..., list[str]]) -> None:
    from pydantic import model_validator

    class Span(BaseModel):
        low: int

        @model_validator(mode="after")
        def _check(self) -> "Span":
            raise ValueError("low is above high; swap them")

    class Holder(BaseModel):
        span: Span

    assert mistakes("span: {low: 5}\n", Holder) == ["1:7: span; low is above high; swap them"]
