"""Shelf: a folder whose every file adds one thing of a kind; "did you mean ...?"."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Mapping[str, T], Generic[T]):
    """The things that the modules of one package add, by name.

    A module adds every instance of `kind` that stands at its top level. Modules are imported on
    first use, in the order of their names; two things of one name are refused.
    """

    def __init__(self, package: str, kind: type[T], name: str = "name") -> None:
        """Look in `package` (dotted name) for instances of `kind`, keyed by their attribute `name`."""
        self._package = package
        self._kind = kind
        self._name = name

    @cached_property
    def _things(self) -> dict[str, T]:
        things: dict[str, T] = {}
        for thing in self._found():
            name = str(getattr(thing, self._name))
            if things.setdefault(name, thing) is not thing:
                raise TypeError(f"{self._package} holds two things called {name!r}")
        return things

    def _found(self) -> Iterator[T]:
        for module_name in sorted(
            m.name for m in pkgutil.iter_modules(importlib.import_module(self._package).__path__)
        ):
            module = importlib.import_module(f"{self._package}.{module_name}")
            yield from (thing for thing in vars(module).values() if isinstance(thing, self._kind))

    def __getitem__(self, name: str) -> T:
        """Give the thing called `name`. Raises KeyError."""
        return self._things[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names in order."""
        return iter(self._things)

    def __len__(self) -> int:
        """Count the things."""
        return len(self._things)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `did you mean "poll_every"?` for a slip, else the list of what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(names)}" if names else "nothing is known here"
