"""The demo's script: what the newspaper prints, who should hear of it, and whether that is what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WATCH = "Harbour watch"
QUERY = '("harbour bridge" OR lighthouse*) AND NOT weather'
READER = "reader@example.org"
SENDER = "Tocsin demo <tocsin@example.org>"


@dataclass(frozen=True, slots=True)
class Item:
    """One article of the script; `alerts` tells whether the watch must hear of it."""

    title: str
    body: str
    alerts: bool
    why: str
    lede: str | None = None


ARCHIVE = (
    Item(
        "Old lighthouse celebrates its hundredth year",
        "The lighthouse at the northern pier was lit for the first time a century ago this week.\n\n"
        "Schoolchildren painted its door, and the keeper's granddaughter told of storms and of herring.",
        False,
        "printed before the first visit: into the archive, no alert",
    ),
    Item(
        "Town council argues about bicycle stands",
        "For three hours the council debated where forty new bicycle stands should go.\n\n"
        "A decision was put off until the spring, when the market square will be paved anew.",
        False,
        "printed before the first visit: into the archive, no alert",
    ),
)
SCRIPT = (
    Item(
        "Harbour bridge closes for repairs until March",
        "The harbour bridge will be closed to all traffic from Monday, the port authority said.\n\n"
        "Engineers found cracks in two of its eleven piers, and divers will begin the repairs next week. "
        "Ferries will run every ten minutes in the meantime.",
        True,
        'holds the phrase "harbour bridge"',
        "Ferries will replace the bridge while divers mend two cracked piers.",
    ),
    Item(
        "Bakers' guild announces winner of the rye bread prize",
        "A bakery from the old town has won the prize for the best rye bread for the third time.\n\n"
        "The jury praised its crust and said that the runner-up had been a close second.",
        False,
        "no watch asks for it",
    ),
    Item(
        "Keeper returns to the islands as LIGHTHOUSES go dark",
        "Four lighthouses along the coast lost power in the night after a cable was cut, the coast guard said.\n\n"
        "Anna Lindqvist, who kept the last manned light for thirty years, rowed out to relight one by hand.",
        True,
        "lighthouse* takes the plural, in capitals too",
    ),
    Item(
        "Weather: storm expected at the lighthouse coast",
        "The weather service expects a storm with gusts of up to 110 kilometres an hour on Thursday.\n\n"
        "Walkers should keep away from the lighthouse and from the pier, it said on Tuesday evening.",
        False,
        "NOT weather keeps it out",
    ),
)


def lay_out(folder: Path, newspaper: str, smtp_port: int, hook: str, secret: str) -> None:
    """Write the folder that a user would keep: settings, one outlet, one watch."""
    (folder / "outlets").mkdir(parents=True)
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        "database: sqlite:///tocsin.db\n"
        "crawl: {poll_every: 1s, poll_min: 1s, poll_max: 1s, delay: 0s}\n"
        "allow_private: [127.0.0.0/8]\n"
        f'smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none, sender: "{SENDER}"}}\n'
        'web: {bind: ""}\n',
        "utf-8",
    )
    (folder / "outlets" / "loopback-times.yaml").write_text(
        f"name: The Loopback Times\nsite: {newspaper}/\nlanguage: en\nsources:\n  - feed: {newspaper}/feed.xml\n",
        "utf-8",
    )
    (folder / "watches" / "harbour.yaml").write_text(
        f"name: {WATCH}\nquery: '{QUERY}'\nnotify:\n  - email: {READER}\n  - webhook: {hook}\n    secret: {secret}\n",
        "utf-8",
    )


def judge(subjects: Sequence[str], hooked: Sequence[str], genuine: Sequence[bool]) -> list[str]:
    """Compare what arrived with the script; give every difference in words, nothing when all is right."""
    faults = []
    planted = [item.title for item in SCRIPT if item.alerts]
    for way, arrived in (("mail", subjects), ("hook", hooked)):
        for title in planted:
            count = sum(title in text for text in arrived)
            if count != 1:
                faults.append(f"{way}: {title!r} arrived {count} times, not once")
        extra = [text for text in arrived if not any(title in text for title in planted)]
        faults += [f"{way}: {text!r} arrived though nobody asked for it" for text in extra]
    if not all(genuine):
        faults.append("hook: a signature was not genuine")
    return faults
