"""`tocsin poll`: one visit now, what it brought, and the alerts that follow, without a daemon."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.demo import story
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Answer, Newspaper

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, Newspaper, Mailbox, Hook]]:
    with Newspaper() as paper, Mailbox() as mailbox, Hook(SECRET) as hook:
        story.lay_out(tmp_path / "config", paper.url, mailbox.port, hook.url, SECRET)
        yield tmp_path / "config", paper, mailbox, hook


def tocsin(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tocsin", "-c", str(folder), *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)


def test_the_first_visit_fills_the_archive_quietly_and_the_second_alerts(world):
    folder, paper, mailbox, hook = world
    for item in story.ARCHIVE:
        paper.prints(item.title, item.body)
    first = tocsin(folder, "poll", "--json")
    assert first.returncode == 0, first.stderr
    report, tally = map(json.loads, first.stdout.splitlines())
    assert (report["outlet"], report["new"], report["done"]) == ("loopback-times", len(story.ARCHIVE), True)
    assert tally == {"sent": 0, "later": 0, "failed": 0}
    for item in story.SCRIPT:
        paper.prints(item.title, item.body)
    other = f"query: bridge\nlanguages: [fr]\nnotify: [{{email: {story.READER}}}]\n"  # a daemon would wait for it
    (folder / "watches" / "french.yaml").write_text(other)
    second = tocsin(folder, "poll", "loopback-times")
    assert second.returncode == 0, second.stderr
    assert "4 alerts sent" in second.stdout
    titles = [call.json["data"]["article"]["title"] for call in hook.calls]
    subjects = [mail.subject for mail in mailbox.mails]
    assert story.judge(subjects, titles, [call.genuine for call in hook.calls]) == []


def test_an_outlet_that_cannot_be_read_is_told_and_the_exit_is_1(world):
    folder, paper, *_ = world
    paper.stop()
    told = tocsin(folder, "poll", "--json")
    assert told.returncode == 1
    report = json.loads(told.stdout.splitlines()[0])
    assert (report["outlet"], report["lists_read"]) == ("loopback-times", 0)
    assert report["problems"]


def test_a_page_that_is_no_article_is_set_aside_and_nothing_has_failed(world):
    folder, paper, *_ = world
    paper.prints(story.ARCHIVE[0].title, story.ARCHIVE[0].body)
    links = "".join(f"<item><title>{path}</title><link>{paper.url}{path}</link></item>" for path in ("/", "/gone"))
    feed = f"<rss version='2.0'><channel><title>T</title>{links}</channel></rss>".encode()
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed, {"Content-Type": "application/rss+xml"})
    paper.instead["/gone"] = lambda _: Answer(410)
    told = tocsin(folder, "poll", "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout.splitlines()[0])
    assert (report["set_aside"], report["failed"], report["problems"]) == (2, 0, [])
    assert sorted(note.removeprefix(paper.url).split(":")[0:2] for note in report["notes"]) == [
        ["/", " not_an_article"],
        ["/gone", " gone"],
    ]


def test_a_page_that_could_not_be_had_is_said_on_standard_error(world):
    folder, paper, *_ = world
    url = paper.prints(story.ARCHIVE[0].title, story.ARCHIVE[0].body)
    paper.instead[url.removeprefix(paper.url)] = lambda _: Answer(403)
    told = tocsin(folder, "poll")
    assert told.returncode == 1
    assert "loopback-times" in told.stdout
    assert f"loopback-times: {url}: status: the server answered 403" in told.stderr


def test_an_outlet_that_is_not_known_is_wrong_use_with_a_suggestion(world):
    told = tocsin(world[0], "poll", "lopback-times")
    assert told.returncode == 2
    assert 'did you mean "loopback-times"?' in told.stderr
