"""Files that a user writes: YAML 1.2, every mistake with its line and column, all mistakes at once."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from .errors import ConfigError, Problem
from .shelf import did_you_mean

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]

_SECRET_KEY = re.compile(r"password|secret|token", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")}
_MAX_BYTES = 5_000_000
_REMEDIES = {
    "'\\t'": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put the text in quotes, or check the indentation",
    "could not find expected ':'": "write `key: value`, and check the quotes above",
    "expected <block end>": "check the indentation, and the quotes above",
    "expected ',' or": "check the commas and brackets",
    "unexpected end of stream": "close the quotes or brackets that are open",
    "cannot start any token": "put the text in quotes",
}
_MESSAGES = {
    "string_type": "write one text",
    "list_type": "write a list",
    "tuple_type": "write a list",
    "dict_type": "write `key: value` lines",
    "model_type": "write `key: value` lines",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "string_too_short": "write at least one letter",
    "string_too_long": "write at most {max_length} letters",
    "enum": "write {expected}",
    "literal_error": "write {expected}",
}


class _Core(yaml.SafeLoader):
    """YAML 1.2's core schema: `no` and `12:30` are texts, `0o17` and `0x1F` numbers; no merge keys, no dates."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's own form)


# YAML 1.2.2 §10.3.2.
_Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Core.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Core.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")
)
_Core.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


def _integer(_loader: yaml.SafeLoader, node: yaml.Node) -> int:
    """Read `010` as ten, where PyYAML follows YAML 1.1 and reads eight."""
    text = str(node.value)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


_Core.add_constructor("tag:yaml.org,2002:int", _integer)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of one file; `marks` gives the line and column, from 1, of every value and key by its place."""

    path: Path
    value: dict[str, Any]
    marks: Mapping[Place, tuple[int, int]]
    written: Mapping[Place, str]
    """Each scalar as the user wrote it, references to secrets unresolved."""
    mistakes: tuple[Problem, ...] = ()
    """What is wrong already: keys that stand twice, references that lead nowhere. `validate` tells them."""

    def problem(self, place: Place, what: str, remedy: str = "") -> Problem:
        """Give a Problem at `place`, or at its nearest enclosing value that stands in the file."""
        while place and place not in self.marks:
            place = place[:-1]
        line, column = self.marks.get(place, (1, 1))
        return Problem(self.path, line, column, what, remedy)

    def with_mistakes(self, found: Iterable[Problem]) -> list[Problem]:
        """Give all that is wrong in the order of the file, but what only follows from a mistake at the same place."""
        told = {(problem.line, problem.column) for problem in self.mistakes}
        more = [one for one in found if not one.line or (one.line, one.column) not in told]
        return sorted([*self.mistakes, *more], key=lambda problem: (problem.line, problem.column))


def read_yaml(path: Path) -> YamlFile:
    """Read one mapping. Strings `file:PATH` (relative to the file's folder) and `env:NAME` become what they point at.

    Raises ConfigError where nothing can be read; what else is wrong is kept in `mistakes`.
    """
    reader = _Reader(path)
    try:
        text = path.read_text("utf-8-sig")
        if len(text) > _MAX_BYTES:
            raise ConfigError([Problem(path, 0, 0, f"the file is above {_MAX_BYTES} bytes", "split it")])
        root = yaml.compose(text, Loader=_Core)
        value: Any = None if root is None else reader.read(root, ())
    except OSError as error:
        raise ConfigError([Problem(path, 0, 0, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            [Problem(path, 0, 0, f"is not UTF-8 (byte {error.start})", "save the file as UTF-8")]
        ) from error
    except yaml.reader.ReaderError as error:
        raise ConfigError([Problem(path, 0, 0, str(error.reason), "remove the control character")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = error.problem or str(error)
        remedy = next((remedy for hint, remedy in _REMEDIES.items() if hint in what), "see https://yaml.org")
        raise ConfigError([Problem(path, line, column, what, remedy)]) from error
    except RecursionError:
        raise ConfigError([Problem(path, 0, 0, "lists or mappings are nested too deep", "write it flatter")]) from None
    if value is None and not reader.problems:
        return YamlFile(path, {}, {}, {})
    if not isinstance(value, dict):
        reader.problems.append(Problem(path, 1, 1, "a mapping is expected", "write `key: value` lines"))
        raise ConfigError(reader.problems)
    return YamlFile(path, value, reader.marks, reader.written, tuple(reader.problems))


class _Reader:
    """Turns PyYAML's nodes into values and remembers where each stood."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.marks: dict[Place, tuple[int, int]] = {}
        self.written: dict[Place, str] = {}
        self.problems: list[Problem] = []
        self._construct = _Core("")
        self._seen: set[int] = set()

    def read(self, node: yaml.Node, place: Place) -> Any:
        self.marks.setdefault(place, _mark(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if id(node) in self._seen:
            return self._refuse(node, "an alias repeats a list or mapping", "write it out")
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)
        return dict(self._pairs(node, place))

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, "a key must be plain text")
                continue
            key = key_node.value
            if key in seen:
                self._refuse(key_node, f'"{key}" stands twice, first in line {seen[key]}', "keep one of them")
                continue
            seen[key] = key_node.start_mark.line + 1
            inner = (*place, key)
            value = self.read(value_node, inner)
            if value_node.start_mark.line < 0 or value is None:
                self.marks[inner] = _mark(key_node)
            self.marks[(*inner, "")] = _mark(key_node)
            yield key, value

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        self.written[place] = node.value
        try:
            if node.tag not in _TAGS:
                raise ValueError(node.tag)
            value = self._construct.construct_object(node)
        except (KeyError, ValueError):
            return self._refuse(node, f"{node.value} is not what its tag says", "remove the tag")
        if isinstance(value, str) and value.startswith(("file:", "env:")):
            return self._referred(node, value)
        return value

    def _referred(self, node: yaml.ScalarNode, reference: str) -> str:
        kind, _, name = reference.partition(":")
        if kind == "env":
            if name not in os.environ:
                self._refuse(node, f"the environment has no {name}", f"set {name}, or write the value")
            return os.environ.get(name, "")
        try:
            return (self.path.parent / name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError, ValueError) as error:
            detail = error.strerror if isinstance(error, OSError) else "not a text file"
            self._refuse(node, f"{name} cannot be read: {detail}", "create the file, or write the value")
            return ""

    def _refuse(self, node: yaml.Node, what: str, remedy: str = "") -> None:
        line, column = _mark(node)
        self.problems.append(Problem(self.path, line, column, what, remedy))


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def validate(model: type[M], file: YamlFile) -> M:
    """Give the typed form of a file. Raises ConfigError with every mistake in it, never showing a secret."""
    try:
        form = model.model_validate(file.value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        raise ConfigError(file.with_mistakes(_problem(model, file, fault) for fault in faults)) from None
    if file.mistakes:
        raise ConfigError(file.with_mistakes([]))
    return form


def _problem(model: type[BaseModel], file: YamlFile, fault: Any) -> Problem:
    place: Place = tuple(part for part in fault["loc"] if isinstance(part, int) or part in _keys(file))
    unknown = fault["type"] == "extra_forbidden"
    if unknown:
        known = _known_keys(model, place[:-1])
        return file.problem((*place, ""), f'"{place[-1]}" is not a setting', did_you_mean(str(place[-1]), known))
    what = ".".join(str(part) for part in fault["loc"] if part in place) or "file"
    if fault["type"] == "missing":
        return file.problem(place, f'"{fault["loc"][-1]}" is missing', "add it")
    shown = file.written.get(place)
    if shown is None and place and isinstance(place[-1], int):
        shown = file.written.get(place[:-1])  # one text, where the form holds a list of one
    if shown is not None and not _SECRET_KEY.search(what) and not shown.startswith(("file:", "env:")):
        what = f"{what}: {_USERINFO.sub('…@', shown)}"
    elif fault["type"] in _MESSAGES and isinstance(fault["input"], list | dict):
        what = f"{what}: a {'list' if isinstance(fault['input'], list) else 'mapping'}"
    return file.problem(place, what, remedy_of(fault))


def remedy_of(fault: Any) -> str:
    """Give what to write instead, for one of a ValidationError's errors."""
    said = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    form = _MESSAGES.get(fault["type"])
    return form.format_map(fault.get("ctx", {})).replace("'", "") if form else said


def _keys(file: YamlFile) -> set[str]:
    return {part for place in file.marks for part in place if isinstance(part, str)}


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    for part in place:
        if isinstance(part, int):
            continue
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        if field is None:
            continue  # a key of the user's own, as in a mapping of names
        inner = _model_in(field.annotation)
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
