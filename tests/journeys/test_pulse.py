"""A month in the archive, then a burst, a silence that ends and a first mention, with the daemon killed between."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_daemon import SECRET, WORDS, World, body, until
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

WATCHES = {"many": "{volume: 3 sigma, per: day}", "few": "{silence: 6h}", "new": "first", "old": "first"}
QUERIES = {"many": "bridge", "few": "bridge", "new": "lighthouse", "old": "bridge"}


class Archive(World):
    """A world with a past."""

    def lay_out(self) -> None:
        super().lay_out()
        (self.folder / "watches" / "harbour.yaml").unlink()
        for slug, alert in WATCHES.items():
            (self.folder / "watches" / f"{slug}.yaml").write_text(
                f"name: {slug}\nquery: {QUERIES[slug]}\nalert: {alert}\n"
                f"notify:\n  - email: desk@example.org\n  - webhook: {self.hook.url}\n    secret: {SECRET}\n"
            )

    def remember(self, days: int) -> None:
        """Give the archive a piece on the bridge each day, the last of them yesterday."""
        now = datetime.now(UTC).replace(microsecond=0)
        chance = random.Random(5)
        with (self.folder / "past.jsonl").open("w") as file:
            for day in range(days, 0, -1):
                at = f"{now - timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"
                text = " ".join(["bridge", *chance.choices(WORDS, k=60), str(chance.random())])
                url = f"https://past.example/{day}"
                article = {"outlet": "times", "url": url, "canonical_url": url, "title": f"Day {day}", "body": text}
                article |= {"published": at, "published_precision": "second", "first_seen": at}
                file.write(json.dumps(article) + "\n")
        imported = self.ask("import", str(self.folder / "past.jsonl"))
        assert imported.returncode == 0, imported.stderr

    def kinds(self) -> Counter[tuple[str, str]]:
        """Tell the calls apart by their ids, as a receiver does: what was under way at the kill is sent again."""
        calls = {call.id: call.json for call in self.hook.accepted()}
        return Counter((call["data"]["watch"]["slug"], call["type"]) for call in calls.values())

    def mails(self) -> set[str]:
        """Tell the mails apart by their ids, likewise."""
        return {mail.message["Message-ID"] for mail in self.mailbox.mails}

    def states(self) -> dict[str, Any]:
        listed = self.ask("watches", "--json")
        assert listed.returncode == 0, listed.stderr
        found = [json.loads(line) for line in listed.stdout.splitlines()]
        return {one["slug"]: one["progress"] for one in found}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Archive]:
    with Newspaper() as paper, Mailbox() as mailbox, Hook(SECRET) as hook:
        world = Archive(tmp_path / "config", paper, mailbox, hook)
        world.lay_out()
        yield world
        world.close()


def test_a_burst_a_silence_and_a_first_mention_are_told_once_though_the_daemon_is_killed(world: Archive) -> None:
    world.remember(30)
    process = world.run()
    world.first_visit()
    until(lambda: world.kinds()["few", "watch.silence"], world.log)
    assert world.states()["old"]["state"] == "done"
    for number in range(8):
        world.paper.prints(f"Harbour bridge news {number}", body(number))
    until(lambda: world.kinds()["many", "watch.volume"], world.log)
    process.kill()
    process.wait()
    world.paper.prints("A lighthouse for the bridge", body(50))
    world.paper.prints("Another lighthouse", body(51))
    world.run()
    until(lambda: world.kinds()["new", "story.matched"], world.log)
    seen = world.visited()
    until(lambda: world.visited() > seen + 2 and len(world.mails()) >= 4, world.log)
    told = [("few", "watch.silence"), ("few", "watch.heard"), ("many", "watch.volume"), ("new", "story.matched")]
    assert world.kinds() == Counter(told)
    assert all(call.genuine and len(call.body) < 20_000 for call in world.hook.calls)
    assert len(world.mails()) == 4
    assert {slug: one["state"] for slug, one in world.states().items()} == {
        "few": "calm",
        "many": "high",
        "new": "done",
        "old": "done",
    }
