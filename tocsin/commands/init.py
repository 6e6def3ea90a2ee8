"""tocsin init: lays down a starter folder."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from tocsin.invocation import Here


def command(folder: Path = Path("config"), *, call: Here) -> int:
    """Write a starter folder: settings, well-known outlets, one watch. Never overwrites a file.

    Parameters
    ----------
    folder: Path
        Where to write.
    """
    written = kept = 0
    for name, content in _starter():
        target = folder / name
        if target.exists():
            kept += 1
            call.say(f"kept {target}")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, "utf-8")
        written += 1
        call.say(f"wrote {target}")
    call.say(f"{written} written, {kept} kept. Next: tocsin -c {folder} check, then tocsin -c {folder} run")
    return 0


def _starter() -> list[tuple[str, str]]:
    """Give the starter's files; an installed package carries them, a source tree has them in config/."""
    packed = files("tocsin") / "starter"
    root: Traversable = packed if packed.is_dir() else Path(__file__).parents[2] / "config"
    found = [("tocsin.yaml", root / "tocsin.yaml")]
    for shelf in ("outlets", "watches"):
        entries = sorted((root / shelf).iterdir(), key=lambda entry: entry.name)
        found += [(f"{shelf}/{entry.name}", entry) for entry in entries if entry.name.endswith(".yaml")]
    return [(name, entry.read_text("utf-8")) for name, entry in found]
