"""An independent ledger: what a newspaper printed and what mailboxes and hooks received, each in a file of its own.

It knows nothing of any database. Every article bears a code in its title, like Q00017Q; whoever is told of the article
is told the code. The verdict compares the files, and nothing but the files.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

CODE = re.compile(r"Q\d{5}Q")


def write(path: Path, **facts: Any) -> None:
    """Add one line to a file, at once."""
    with path.open("a") as file:
        file.write(json.dumps(facts) + "\n")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class WritingPaper(Newspaper):
    """A newspaper that writes down which codes it has printed, and to whom each is to be told."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def publish(self, number: int, words: str, body: str, receivers: Iterable[str]) -> None:
        """Print the article of this number, which concerns these receivers."""
        code = f"Q{number:05}Q"
        write(self.path, code=code, receivers=sorted(receivers))
        self.prints(f"{words} {code}", body)


class WritingMailbox(Mailbox):
    """A mailbox that writes down every mail before it answers."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        known = len(self.mails)
        answer = await super().handle_DATA(server, session, envelope)
        for mail in self.mails[known:]:
            codes = sorted(set(CODE.findall(mail.subject + mail.text)))
            write(self.path, receiver=f"mail {mail.recipient}", id=mail.message["Message-ID"], codes=codes, sound=True)
        return answer


class WritingHook(Hook):
    """A hook that writes down every call that it accepts, before it answers."""

    def __init__(self, path: Path, secret: str) -> None:
        super().__init__(secret)
        self.path = path

    def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        status = super().receive(path, headers, body)
        codes = sorted(set(CODE.findall(body.decode())))
        if 200 <= status < 300:
            sound = not self.secret or self._is_genuine(headers, body)
            write(self.path, receiver=f"hook {path}", id=headers.get("webhook-id", ""), codes=codes, sound=sound)
        return status


@dataclass(frozen=True)
class Verdict:
    """What the files say, each as a list of words fit to show."""

    promised: int
    """Pairs of a code and who is to hear of it."""
    lost: list[str]
    """Pairs that were never told."""
    split: list[str]
    """Codes that some of their receivers heard of, and others did not."""
    unexpected: list[str]
    """What nobody was to hear, or what bears no genuine signature."""
    renamed: list[str]
    """Pairs that were told under several ids: no receiver can know them for repeats."""
    repeats: int
    """Messages beyond the first with their id."""

    def guilty(self, most_repeats: int) -> list[str]:
        """Give what is wrong; nothing for a sender that keeps its promise."""
        found = [
            f"{name}: {', '.join(what[:5])}{' ...' if len(what) > 5 else ''}"
            for name, what in (("lost", self.lost), ("split", self.split), ("unexpected", self.unexpected))
            if what
        ]
        if self.renamed:
            found.append(f"repeated under another id: {', '.join(self.renamed[:5])}")
        if self.repeats > most_repeats:
            found.append(f"{self.repeats} repeats, {most_repeats} at most")
        return found

    def __str__(self) -> str:
        return (
            f"promised {self.promised}, lost {len(self.lost)}, split {len(self.split)}, unexpected "
            f"{len(self.unexpected)}, renamed {len(self.renamed)}, repeats {self.repeats}"
        )


def judge(printed: Path, *received: Path) -> Verdict:
    """Compare what was printed with what was received."""
    wanted = {(line["code"], receiver) for line in lines(printed) for receiver in line["receivers"]}
    came = [line for path in received for line in lines(path)]
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for line in came:
        for code in line["codes"]:
            ids[code, line["receiver"]].add(line["id"])
    lost = wanted - ids.keys()
    heard = {code for code, _ in ids}
    strange = [f"{code} {receiver}" for code, receiver in sorted(ids.keys() - wanted)]
    copies = Counter((line["receiver"], line["id"]) for line in came)
    return Verdict(
        promised=len(wanted),
        lost=[f"{code} {receiver}" for code, receiver in sorted(lost)],
        split=sorted({code for code, _ in lost} & heard),
        unexpected=strange + [f"{line['id']} is not sound" for line in came if not line["sound"]],
        renamed=[f"{code} {receiver}" for (code, receiver), names in sorted(ids.items()) if len(names) > 1],
        repeats=sum(copies.values()) - len(copies),
    )
