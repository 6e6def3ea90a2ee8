"""Three senders as they are often written, each wrong in its own way; the ledger of the crash sweep must find them out.

python -m tests.world.wrongsenders DESIGN FEED_URL SMTP_PORT HOOK_ORIGIN FOLDER
"""

import smtplib
import sys
import time
import urllib.request
import uuid
from email.message import EmailMessage
from pathlib import Path

from benchmarks.oracle import CODE
from newsdesk import arm_crash_point, crash_point


class Sender:
    """Reads the feed, mails and calls, and remembers in a file what it has done; its order is each design's own."""

    def __init__(self, feed: str, smtp: str, hook: str, folder: Path) -> None:
        self.feed, self.smtp, self.hook = feed, int(smtp), hook
        self.memory = folder / "done"
        self.memory.touch()

    def run(self) -> None:
        crash_point("start")
        while True:
            for code in self.fresh():
                crash_point("matched")
                self.tell(code)
            crash_point("idle")
            time.sleep(0.05)

    def fresh(self) -> list[str]:
        page = urllib.request.urlopen(self.feed, timeout=5).read().decode()
        bridges = [item for item in page.split("<item>")[1:] if "The bridge closes" in item]
        return sorted({CODE.findall(item)[0] for item in bridges} - set(self.memory.read_text().split()))

    def mark(self, code: str) -> None:
        with self.memory.open("a") as file:
            file.write(f"{code}\n")
        crash_point("after_mark")

    def mail(self, code: str, id: str) -> None:
        message = EmailMessage()
        message["Subject"], message["Message-ID"] = f"The bridge closes {code}", f"<{id}@wrong.example>"
        message["From"], message["To"] = "wrong@example.org", "desk@example.org"
        with smtplib.SMTP("127.0.0.1", self.smtp) as server:
            server.send_message(message)
        crash_point("sent_no_answer")

    def call(self, code: str, id: str) -> None:
        request = urllib.request.Request(f"{self.hook}/hook", code.encode(), {"webhook-id": id})
        urllib.request.urlopen(request, timeout=5).read()
        crash_point("answered")

    def tell(self, code: str) -> None:
        raise NotImplementedError


class FireAndForget(Sender):
    """What was found is remembered, then sent: what a crash cuts off is never sent again."""

    def run(self) -> None:
        crash_point("start")
        while True:
            found = self.fresh()
            for code in found:
                self.mark(code)
            for code in found:
                crash_point("matched")
                self.tell(code)
            crash_point("idle")
            time.sleep(0.05)

    def tell(self, code: str) -> None:
        self.mail(code, code)
        self.call(code, code)


class MarkBeforeSend(Sender):
    """Each is marked right before it is sent."""

    def tell(self, code: str) -> None:
        self.mark(code)
        self.mail(code, code)
        self.call(code, code)


class NewIdEachAttempt(Sender):
    """Marked after it was sent, as it should be; but each attempt bears an id of its own."""

    def tell(self, code: str) -> None:
        self.mail(code, uuid.uuid4().hex)
        self.call(code, uuid.uuid4().hex)
        self.mark(code)


class Right(Sender):
    """Marked after it was sent, under an id that stays: what the harness must find innocent."""

    def tell(self, code: str) -> None:
        self.mail(code, f"mail-{code}")
        self.call(code, f"hook-{code}")
        self.mark(code)


DESIGNS = {one.__name__: one for one in (FireAndForget, MarkBeforeSend, NewIdEachAttempt, Right)}

if __name__ == "__main__":
    import os

    arm_crash_point(os.environ)
    _, design, feed, smtp, hook, folder = sys.argv
    DESIGNS[design](feed, smtp, hook, Path(folder)).run()
