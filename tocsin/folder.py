"""The starter folder: settings, well-known outlets, one watch; laid down where a file is missing, never over one."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from newsdesk import StorageError


def lay_down(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Write what is missing; gives each file of the starter and whether it was written. Raises StorageError."""
    for name, content in _starter():
        target = folder / name
        if target.exists():
            yield target, False
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
        except OSError as error:
            raise StorageError(f"{target}: cannot be written: {error.strerror}; choose another folder") from error
        yield target, True


def _starter() -> list[tuple[str, str]]:
    """Give the starter's files; an installed package carries them, a source tree has them in config/."""
    packed = files("tocsin") / "starter"
    root: Traversable = packed if packed.is_dir() else Path(__file__).parents[1] / "config"
    found = [("tocsin.yaml", root / "tocsin.yaml")]
    for shelf in ("outlets", "watches"):
        entries = sorted((root / shelf).iterdir(), key=lambda entry: entry.name)
        found += [(f"{shelf}/{entry.name}", entry) for entry in entries if entry.name.endswith(".yaml")]
    return [(name, entry.read_text("utf-8")) for name, entry in found]
