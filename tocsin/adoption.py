"""Adoption: the queries of other services become watch files, with what could not be carried over said in them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsdesk import fold
from tocsin.invocation import UsageError

if TYPE_CHECKING:
    from alerts import Dialect, Translation

_QUERY = "query boolean booleanquery keywords keyword search searchstring searchquery string expression term terms"
_NAME = "name title topic alert label searchname queryname watch"
_OPERATOR_AT_END = re.compile(r"(?:\b(?:AND|OR|NOT|O?NEAR(?:/\d+)?)|[|(])\s*$")
_OPERATOR_AT_START = re.compile(r"^\s*(?:(?:AND|OR|NOT|O?NEAR(?:/\d+)?)\b|[|)])")
_WHEN = {"HOURLY": "hourly", "DAILY": "daily", "WEEKLY": "weekly"}
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Listed:
    """One query of a list: the line where it begins, and what the list says besides."""

    line: int
    name: str
    query: str
    language: str = ""
    email: str = ""
    when: str = ""
    notes: tuple[str, ...] = ()
    """What of the list's own settings has no counterpart."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of one query."""

    listed: Listed
    slug: str
    translation: Translation
    text: str = ""
    """The watch file; empty where the query is refused."""


def read_list(content: bytes, suffix: str) -> list[Listed]:
    """Read a list of queries: JSON as Google exports it, CSV, or text with one query (or name, tab, query) a line.

    Raises UsageError.
    """
    text = _decoded(content)
    if suffix == ".json" or text.lstrip()[:1] in "[{":
        return list(_from_json(text))
    if suffix in (".csv", ".tsv"):
        return list(_from_csv(text, "\t" if suffix == ".tsv" else None))
    return list(_from_text(text))


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise UsageError("the list is not UTF-8: save it as UTF-8") from None


def _from_text(text: str) -> Iterator[Listed]:
    """Read lines; a query may run on over lines inside parentheses or quotes, and around an operator."""
    begun, number = "", 0
    for index, line in enumerate([*text.splitlines(), ""], 1):
        runs_on = begun and (_is_open(begun) or _OPERATOR_AT_END.search(begun) or _OPERATOR_AT_START.match(line))
        if begun and line.strip() and runs_on:
            begun += "\n" + line
            continue
        if begun:
            yield _named(number, begun)
        begun, number = ("", 0) if not line.strip() or line.startswith("# ") else (line, index)


def _is_open(text: str) -> bool:
    outside = re.sub(r"[\"“”„][^\"“”„]*[\"“”]", "", text)
    return outside.count("(") > outside.count(")")


def _named(number: int, text: str) -> Listed:
    name, tab, query = text.partition("\t")
    return Listed(number, name.strip(), query) if tab and query.strip() else Listed(number, "", text.rstrip())


def _from_csv(text: str, delimiter: str | None) -> Iterator[Listed]:
    head = text.partition("\n")[0]
    delimiter = delimiter or max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    name_column, query_column, header = 0, 1, True
    for row in reader:
        if header:
            header = False
            columns = [re.sub(r"[^a-z]", "", cell.lower()) for cell in row]
            query_column = next((at for at, cell in enumerate(columns) if cell in _QUERY.split()), -1)
            name_column = next((at for at, cell in enumerate(columns) if cell in _NAME.split()), -1)
            if query_column >= 0:
                continue
            name_column, query_column = (0, 1) if len(row) > 1 else (-1, 0)
        if len(row) > query_column and row[query_column].strip():
            name = row[name_column].strip() if name_column >= 0 else ""
            yield Listed(reader.line_num - row[query_column].count("\n"), name, row[query_column])


def _from_json(text: str) -> Iterator[Listed]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the list is not JSON: {error}") from None
    for number, one in enumerate(_subscriptions(document), 1):
        notes = []
        if one.get("apply_region_restrict") and one.get("country"):
            notes.append(f"country {one['country']}: not known here, left out, so that the watch finds more")
        yield Listed(
            number,
            str(one.get("name") or ""),
            str(one["query"]),
            str(one.get("language") or "") if one.get("apply_language_restrict") else "",
            str(one.get("email_address") or ""),
            _WHEN.get(str(one.get("delivery_frequency") or "").upper(), ""),
            tuple(notes),
        )


def _subscriptions(document: Any) -> Iterator[dict[str, Any]]:
    """Find what holds a query, however deep it lies."""
    if isinstance(document, dict):
        if isinstance(document.get("query"), str) and document["query"].strip():
            yield document
        else:
            for value in document.values():
                yield from _subscriptions(value)
    elif isinstance(document, list):
        for value in document:
            yield from _subscriptions(value)


def adopt(listed: Iterable[Listed], dialect: Dialect, taken: Iterable[str]) -> Iterator[Adopted]:
    """Carry queries over, each under a slug that none has yet."""
    slugs = set(taken)
    for one in (replace(one, name=_plain(one.name), query=_plain(one.query)) for one in listed):
        slug = _slug(one.name or one.query, one.line, slugs)
        translation = dialect.translate(one.query)
        if translation.query is None:
            yield Adopted(one, slug, translation)
            continue
        slugs.add(slug)
        yield Adopted(one, slug, translation, _file(one, dialect, translation))


def _slug(name: str, line: int, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:50].strip("-")
    plain = plain or f"watch-{line}"
    slug, number = plain, 1
    while slug in taken:
        number += 1
        slug = f"{plain}-{number}"
    return slug


def _file(listed: Listed, dialect: Dialect, translation: Translation) -> str:
    """Write a watch file."""
    assert translation.query is not None
    query = " ".join(translation.query.split())
    name = " ".join((listed.name or listed.query).split())[:100]
    lines = [f"# From {dialect.title}: {_one_line(listed.query)}"]
    lines += [f"# {_one_line(note)}" for note in told(listed, translation)]
    lines.append(f"name: {_quoted(name)}")
    lines += ["query: >-", f"  {query}"]
    if listed.language:
        lines.append(f"languages: [{_quoted(listed.language)}]")
    if listed.email:
        lines += ["notify:", f"  - email: {_quoted(listed.email)}"]
        lines += [f"    when: {listed.when}"] if listed.when else []
    return "\n".join(lines) + "\n"


def told(listed: Listed, translation: Translation) -> list[str]:
    """Give what could not be carried over, a line each."""
    notes = [f"column {note.at + 1}: {_one_line(note.text)}: {note.what}; {note.done}" for note in translation.notes]
    return [*notes, *listed.notes]


def _plain(text: str) -> str:
    """Give a text without letters that no YAML file may hold; each keeps its place."""
    return _CONTROLS.sub(" ", text)


def _one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _quoted(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)


def write_watch(folder: Path, adopted: Adopted) -> Path | None:
    """Write a watch file, never over another; gives where."""
    path = folder / f"{adopted.slug}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(adopted.text)
    except FileExistsError:
        return None
    return path
