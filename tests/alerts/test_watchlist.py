"""The watches in force: mistakes in their targets with line and column, and what a reload replaces."""

from pathlib import Path

import pytest

from alerts import SmtpSettings, Watch, Watchlist, load_watches, parse
from newsdesk import ConfigError, Guard

FILE = """\
name: A
query: Lavrov
notify:
  - emial: x@example.org
  - email: nonsense
    when: sometimes
    at: "25:00"
    wen: now
  - webhook: http://127.0.0.1/x
    secret: ""
  - email: a@example.org
  - email: a@EXAMPLE.org
  - email: a@example.org
    webhook: https://x.example/
  - email: b@example.org
    day: fryday
    timezone: Mars/Phobos
    quiet: 22-7
  - email: c@example.org
    at: 8 o'clock
    quiet: 07:00-07:00
"""

MISTAKES = """\
4:5: no channel is named here; did you mean "email"?
5:12: email: nonsense; write one bare address, like desk@example.org
6:11: when: sometimes; write now, hourly, daily or weekly
7:9: at: 25:00; write a time between 00:00 and 23:59
8:5: "wen" is nothing that email knows; did you mean "when"?
9:14: webhook: http://127.0.0.1/x; 127.0.0.1 is a private or special address; allow_private can allow it
10:13: secret; a secret is empty or not base64; write whsec_ or whsk_ and base64, or any other text
12:5: a@example.org stands twice; keep one of them
13:5: one entry names two channels, email and webhook; make two entries of it
16:10: day: fryday; write a day of the week, like monday
17:15: timezone: Mars/Phobos; write a zone of the IANA list, like Europe/London
18:12: quiet: 22-7; write a time of day, like 08:00
20:9: at: 8 o'clock; write a time of day, like 08:00
21:12: quiet: 07:00-07:00; write two different times, like 22:00-07:00"""


def test_every_mistake_is_told_at_once_with_its_place_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(FILE)
    watches, problems = load_watches(tmp_path)
    assert problems == []
    with pytest.raises(ConfigError) as refused:
        Watchlist(watches, guard=Guard())
    assert str(refused.value).replace(f"{path}:", "") == MISTAKES


def watch(slug: str, *addresses: str) -> Watch:
    notify = tuple({"email": address} for address in addresses)
    return Watch(slug=slug, name=slug, query=parse("Lavrov"), notify=notify)


def test_a_target_is_found_by_what_names_its_subscription() -> None:
    kept = Watchlist([watch("a", "x@example.org", "Y@Example.ORG"), watch("b")])
    assert [one.key for one in kept.targets("a")] == [("email", "x@example.org"), ("email", "Y@example.org")]
    assert kept.target("a", "email", "Y@example.org") is not None
    assert kept.target("b", "email", "x@example.org") is None
    assert list(kept.targets("unknown")) == []


def test_the_unsubscribe_address_stands_under_the_public_one() -> None:
    assert Watchlist([], public_url="https://t.example/").unsubscribe_url("T") == "https://t.example/unsubscribe/T"
    assert Watchlist([]).unsubscribe_url("T") == ""


def test_a_reload_replaces_everything_at_once() -> None:
    kept = Watchlist([watch("a", "x@example.org")])
    smtp = SmtpSettings(port=2525)
    kept.replace(Watchlist([watch("b", "y@example.org")], smtp, public_url="https://t.example"))
    assert [one.slug for one in kept.watches] == ["b"]
    assert list(kept.targets("a")) == []
    assert kept.targets("b")
    assert kept.settings["email"] == smtp
    assert kept.public_url == "https://t.example"
    assert len(kept.matcher) == 1
