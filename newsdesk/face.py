"""A package's face: its public names, each fetched from its room when it is first asked for.

Whoever only reads settings then does not pay for SQLAlchemy, nor `tocsin --help` for Scrapy.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_face(package: str, rooms: Mapping[str, str]) -> Callable[[str], Any]:
    """Give the `__getattr__`, and set the `__dir__`, of a package.

    `rooms` gives its modules, each with the public names that it holds, parted by blanks.
    """
    room_of = {name: room for room, names in rooms.items() for name in names.split()}

    def fetch(name: str) -> Any:
        if name not in room_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{room_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    vars(sys.modules[package])["__dir__"] = lambda: sorted(room_of)
    return fetch
