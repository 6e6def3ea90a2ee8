"""A process that is killed: every lead is found again, though its list says that nothing has changed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.demo.newspaper import Newspaper

from .polling import House, settings

PROGRAM = """
import asyncio, sys
import crawler.tables, newsdesk.tables
from crawler import CrawlSettings, Outlet, Poller, run_on_reactor
from newsdesk import Database, Desk, Guard

async def main():
    database = Database(sys.argv[1])
    sources = [{"kind": "feed", "url": sys.argv[2] + "/feed.xml"}]
    outlet = Outlet(slug="paper", name="Paper", site=sys.argv[2] + "/", sources=sources)
    settings = CrawlSettings(delay="0s", timeout="5s")
    told = lambda: print("filed", flush=True)
    poller = Poller(database, Desk(database), [outlet], settings, Guard(["127.0.0.0/8"]), told)
    await poller.start()
    while True:
        await poller.tick()
        await asyncio.sleep(0.05)

if __name__ == "__main__":
    run_on_reactor(main)
"""


@pytest.mark.parametrize("batches", [1, 2])
def test_a_killed_process_loses_no_lead(house: House, paper: Newspaper, tmp_path: Path, batches: int) -> None:
    for number in range(40):
        paper.prints(
            f"Report number {number}", f"What happened in street {number} is told here.\n\nAt length {number}."
        )
    house.settings = settings(delay="0s")
    house.outlet(paper)
    program = tmp_path / "daemon.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, program, str(house.database.url), paper.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as daemon:
        assert daemon.stdout
        for _ in range(batches):
            assert daemon.stdout.readline() == b"filed\n"
        daemon.send_signal(signal.SIGKILL)
    before = len(house.articles())
    report = house.visit()
    assert report.not_modified == 1
    assert 0 < before < 40
    assert len(house.articles()) == 40
    assert house.lead_states() == {"filed": 40}
    assert house.unswept() == []
