"""The guide for receivers: its lines verify what is sent, and nothing else."""

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from alerts.signing import make_secret
from tests.world.newsroom import Newsroom

GUIDE = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text("utf-8")


def lines(language: str) -> str:
    """The guide's one block in a language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(block)


async def test_the_lines_in_python_tell_the_genuine_from_the_forged_and_the_old(room: Newsroom) -> None:
    guide: dict[str, Any] = {}
    exec(lines("python"), guide)  # as readers will run them
    secret = make_secret()
    room.watch("Lavrov", room.call(secret=[make_secret(), secret]))
    room.prints("Lavrov speaks")
    await room.works()
    (call,) = room.hook.calls
    sent = room.now.timestamp()
    assert guide["is_genuine"](secret, call.headers, call.body, sent + 299)
    assert not guide["is_genuine"](secret, call.headers, call.body, sent + 302)
    assert not guide["is_genuine"](secret, call.headers, call.body + b" ", sent)
    assert not guide["is_genuine"](make_secret(), call.headers, call.body, sent)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
async def test_the_lines_for_a_shell_give_the_same_signature(room: Newsroom, tmp_path: Path) -> None:
    secret = make_secret()
    room.watch("Lavrov", room.call(secret=secret))
    room.prints("Lavrov speaks")
    await room.works()
    (call,) = room.hook.calls
    (tmp_path / "body.json").write_bytes(call.body)
    given = {"SECRET": secret, "ID": call.id, "STAMP": call.headers["webhook-timestamp"], "PATH": os.environ["PATH"]}
    shell = await asyncio.create_subprocess_exec(
        *("sh", "-euc", lines("sh")), cwd=tmp_path, env=given, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await shell.communicate()
    assert f"v1,{said.decode().strip()}" == call.headers["webhook-signature"]
