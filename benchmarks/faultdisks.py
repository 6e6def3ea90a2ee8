"""Faults of the disk: full, failing at the n-th call, read-only, garbage. What is acknowledged is stored."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.crashworld import around, first_visit, lay_out, printing
from benchmarks.faulttools import (
    CASES,
    IN_FLIGHT,
    alarmed,
    alarms,
    at_work,
    case,
    limited,
    mails,
    skipped,
    tocsin,
    verdict_of,
    wait,
    wrongs,
)

DISK = 6_000_000
"""Bytes of the small disk: an empty database with its log, and little more."""


def may_mount() -> bool:
    """Tell whether this process has mounts of its own."""
    return os.environ.get("FAULT_MOUNTS") == "own"


def in_a_mount_of_its_own(fault: str, folder: Path) -> str:
    """Play a case where it may mount a file system that nobody else sees; it is gone with the process."""
    if os.geteuid() or not shutil.which("unshare"):
        return skipped("root and unshare")
    command = ["unshare", "-m", sys.executable, "-m", "benchmarks.faultdisks", fault, str(folder)]
    played = subprocess.run(command, env={**os.environ, "FAULT_MOUNTS": "own"}, check=False)
    return "" if played.returncode == 0 else "see above"


def mount(place: Path, *options: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, str(place)], check=True)


@case("F09")
def full_disk(folder: Path) -> str:
    """The database's disk, a tmpfs of 6 MB, fills up for 40 s: the alarm sounds, nothing acknowledged is not stored."""
    if not may_mount():
        return in_a_mount_of_its_own("F09", folder)
    disk = folder / "disk"
    mount(disk, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs")
    world_at = folder / "world"
    with alarmed() as (siren, setting), at_work(world_at, f"sqlite:///{disk}/tocsin.db", setting) as (world, process):
        with printing(world, 3):
            wait(lambda: mails(world) > 1)
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            sounded = wait(lambda: any("written" in told for told in alarms(siren)), 60)
            red = wait(lambda: tocsin(world_at, "health").returncode == 1, 60)
            ballast.unlink()
        print(f"  health is red while it is full: {red}; alarms: {alarms(siren)}")
        wrong = verdict_of(world, process)
        return wrong or wrongs(no_alarm=not sounded, health_green=not red)


@case("F10")
def no_room(folder: Path) -> str:
    """No file may grow, as on a full disk (F09): nothing is acknowledged that is not stored; it goes on with room."""
    with alarmed() as (siren, setting), at_work(folder, more=setting) as (world, process):
        with limited(process, resource.RLIMIT_FSIZE, 64 * 1024), printing(world, 3):
            full = wait(lambda: "disk" in world.log() or "full" in world.log(), 30)
            sounded = wait(lambda: any("written" in told for told in alarms(siren)), 60)
        print(f"  alarms: {alarms(siren)}")
        return verdict_of(world, process, IN_FLIGHT) or wrongs(limit_not_met=not full, no_alarm=not sounded)


COMMITS = """
import asyncio, sys
from sqlalchemy import text
from newsdesk import Database, database

async def main():
    kept = Database("sqlite:///" + sys.argv[1])
    row = text("INSERT INTO things VALUES (:n, :what)")
    for number in range(30):
        values = {"n": number, "what": "x" * int(sys.argv[2])}
        try:
            await kept.transact(lambda session: session.execute(row, values).rowcount)
        except Exception as error:
            print("refused", number, type(error).__name__, flush=True)
        else:
            print("taken", number, flush=True)
    kept.close()

database._TRIES = 3
asyncio.run(main())
"""
"""Thirty commits, each acknowledged or refused; three tries in place of seven, for a disk that never heals."""


def failing(call: str, error: str, when: str, place: Path, command: list[str]) -> list[str]:
    """Give a command whose n-th calls on the database's files fail (`n`, `n+` for all from there on, `n+step`)."""
    paths = [word for name in ("", "-wal", "-journal") for word in ("-P", f"{place}{name}")]
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    return ["strace", "-D", "-f", "-qqq", "-o", "/dev/null", *paths, *inject, *command]


def acknowledged(folder: Path, call: str, error: str, when: str, size: int) -> tuple[int, str]:
    """Commit thirty rows of so many bytes while calls fail; gives how many were acknowledged, and what is wrong."""
    place = folder / f"{call}-{when.replace('+', '-')}.db"
    with sqlite3.connect(place) as kept:
        kept.execute("PRAGMA journal_mode=WAL")
        kept.execute("CREATE TABLE things (n INTEGER PRIMARY KEY, what TEXT)")
    kept.close()
    command = failing(call, error, when, place, [sys.executable, "-c", COMMITS, str(place), str(size)])
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    told = [line.split() for line in said.stdout.splitlines()]
    taken = {int(line[1]) for line in told if line[0] == "taken"}
    with sqlite3.connect(place) as kept:
        rows = {row[0] for row in kept.execute("SELECT n FROM things")}
        sound = kept.execute("PRAGMA integrity_check").fetchone()[0]
    kept.close()
    print(f"  {call} {error} {when}: {len(taken)} acknowledged, {len(rows)} rows, integrity {sound}", flush=True)
    missing = f"{call} {when}: rows {sorted(taken - rows)} are gone" if taken - rows else ""
    silent = "" if len(told) == 30 else f"{call} {when}: {said.stderr.strip()[-200:]}"
    return len(taken), missing or silent or ("" if sound == "ok" else f"{call} {when}: {sound}")


def calls_that_fail(folder: Path, call: str, error: str, whens: Sequence[str], size: int) -> str:
    """Let the n-th call fail, for each n, under thirty commits; then every so many calls, under a whole daemon."""
    if not shutil.which("strace"):
        return skipped("strace")
    folder.mkdir(parents=True)
    found = [acknowledged(folder, call, error, when, size) for when in whens]
    print(f"  {len(found)} sweeps of thirty commits, {sum(taken for taken, _ in found)} acknowledged")
    wrong = [what for _, what in found if what] or [daemon_on(folder / "world", call, error)]
    return "; ".join(wrong)


def daemon_on(folder: Path, call: str, error: str) -> str:
    """Run a daemon whose calls fail now and then, and hold the files of the world and the database against it."""
    place = folder / "tocsin.db"
    with at_work(folder) as (world, process):
        world.end(process)
        usual = world.command
        world.command = lambda at: failing(call, error, "97+97" if call == "pwrite64" else "2+3", place, usual(at))
        process = world.start()
        with printing(world, 6, 4):
            wait(lambda: world.verdict().promised >= 60, 120)
        wrong = verdict_of(world, process, IN_FLIGHT)
    with sqlite3.connect(place) as kept:
        sound = kept.execute("PRAGMA integrity_check").fetchone()[0]
    kept.close()
    print(f"  a daemon whose calls fail now and then: integrity {sound}")
    return wrong or ("" if sound == "ok" else f"integrity: {sound}")


@case("F11")
def failing_sync(folder: Path) -> str:
    """fdatasync fails with EIO in the middle of commits: what was acknowledged is stored."""
    return calls_that_fail(folder, "fdatasync", "EIO", ("1", "2", "3", "4", "1+", "2+"), 200_000)


@case("F12")
def failing_write(folder: Path) -> str:
    """The n-th write fails with ENOSPC: what was acknowledged is stored, and the database is sound."""
    whens = [*(str(number) for number in range(1, 30, 7)), "40+", "75+", "7+7"]
    return calls_that_fail(folder, "pwrite64", "ENOSPC", whens, 6_000)


@case("F13")
def read_only(folder: Path) -> str:
    """The data folder is read-only at the start: one clear line and exit 1, and health is red."""
    if not may_mount():
        return in_a_mount_of_its_own("F13", folder)
    disk = folder / "disk"
    mount(disk, "-t", "tmpfs", "-o", "size=20000000", "tmpfs")
    with around(folder / "world") as world:
        lay_out(world, f"sqlite:///{disk}/tocsin.db")
        first_visit(world)
        mount(disk, "-o", "remount,ro")
        started, health = tocsin(world.folder, "run"), tocsin(world.folder, "health")
    print(f"  run: exit {started.returncode}, {started.stderr.strip()}\n  health: exit {health.returncode}")
    lines = len(started.stderr.strip().splitlines())
    return wrongs(run=started.returncode != 1 and started.returncode, lines=lines != 1 and lines,
                  health=health.returncode != 1 and health.returncode)  # fmt: skip


@case("F14")
def garbage(folder: Path) -> str:
    """The database is replaced by garbage: refused, kept as it is, and a backup is put back as the refusal says."""
    with at_work(folder) as (world, process):
        place, kept = folder / "tocsin.db", folder / "kept.db"
        tocsin(folder, "db", "backup", str(kept), check=True)
        world.end(process)
        rubbish = os.urandom(100_000)
        place.write_bytes(rubbish)
        for name in ("-wal", "-shm"):
            place.with_name(place.name + name).unlink(missing_ok=True)
        started, health = tocsin(folder, "run"), tocsin(folder, "health")
        changed = place.read_bytes() != rubbish
        print(f"  run: exit {started.returncode}, {started.stderr.strip()}")
        silent = "db restore" not in started.stderr
        tocsin(folder, "db", "restore", str(kept), check=True)
        process = world.start()
        with printing(world, 1):
            pass
        wrong = verdict_of(world, process)
    return wrong or wrongs(run=started.returncode != 1 and started.returncode, changed=changed, silent=silent,
                           health=health.returncode != 1 and health.returncode)  # fmt: skip


if __name__ == "__main__":
    wrong = CASES[sys.argv[1]](Path(sys.argv[2]))
    print(wrong)
    raise SystemExit(1 if wrong else 0)
