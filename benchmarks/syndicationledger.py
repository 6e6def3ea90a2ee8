"""What the archive, the mailbox and the hook hold of the syndicated texts and edited pages, against the ledger."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import or_, select, update

from benchmarks.syndication import HOOK, PERSON, PREFIX, Syndication, Told
from crawler.tables import LeadRow
from newsdesk import Database
from newsdesk.tables import ArticleRow
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mail, Mailbox

Check = Callable[[str, bool, object], bool]


def look_now(database: Database) -> int:
    """Make the looks at edited and restless pages due, as if hours had passed; gives the fewest that one had."""
    with database.begin() as session:
        watched = or_(*(LeadRow.url.like(f"%{PREFIX}%-{kind}") for kind in ("edited", "clock", "headlines")))
        found = session.execute(select(LeadRow.url, LeadRow.looks).where(watched, LeadRow.look_at.is_not(None))).all()
        for url, looks in found:
            at = datetime.now(UTC) - timedelta(days=1) + timedelta(minutes=looks)
            session.execute(update(LeadRow).where(LeadRow.url == url).values(look_at=at))
    return min((looks for _, looks in found), default=0)


def revisions(database: Database) -> dict[str, int]:
    """Give the revision that each page stands at, by its path."""
    with database.read() as session:
        found = session.execute(
            select(ArticleRow.canonical_url, ArticleRow.revision).where(ArticleRow.canonical_url.like(f"%{PREFIX}%"))
        )
        return {path_of(url): revision for url, revision in found}


def path_of(url: str) -> str:
    return urlsplit(url).path


def tocsin(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tocsin", "-c", str(folder), *arguments]
    return [json.loads(line) for line in subprocess.run(command, check=True, capture_output=True).stdout.splitlines()]


def calls(hook: Hook) -> dict[str, dict[str, Any]]:
    """Give the alerts that the hook received, each id once."""
    return {call.id: call.json["data"] for call in hook.accepted() if call.path == HOOK}


def mails(mailbox: Mailbox) -> dict[str, Mail]:
    """Give the mails that the person received, each Message-ID once."""
    return {str(mail.message["Message-ID"]): mail for mail in list(mailbox.mails) if mail.recipient == PERSON}


class Audit:
    """One comparison of everything, check by check."""

    def __init__(self, truth: Syndication, folder: Path, mailbox: Mailbox, hook: Hook, kills: int) -> None:
        self.truth, self.folder, self.mailbox, self.hook, self.kills = truth, folder, mailbox, hook, kills
        self.keys = {path: key for key, told in truth.told.items() for path in told.paths}
        self.by_title = {title: key for key, told in truth.told.items() for title in told.titles}
        lines = [one for one in tocsin(folder, "export", "--revisions") if PREFIX in one["canonical_url"]]
        self.texts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in lines:
            self.texts[path_of(one["canonical_url"])].append(one)
        self.now = {path: texts[-1] for path, texts in self.texts.items()}

    def passed(self, check: Check) -> Iterator[bool]:
        """Print and give each check."""
        yield check(
            "wire: every text found, and no other", set(self.now) == set(self.keys), set(self.now) ^ set(self.keys)
        )
        yield check("wire: copies known as copies of one", not (wrong := list(self._copies())), wrong)
        yield check("wire: updates carry their story on", not (wrong := list(self._updates())), wrong)
        yield check("wire: look-alikes stand alone", not (wrong := list(self._alone())), wrong)
        heard = self._heard()
        promised = Counter({(key, revision): 1 for key, told in self.truth.told.items() for revision in told.alerts})
        yield check("wire: the hook told of each story, update and edit once", heard == promised, _off(heard, promised))
        mailed = Counter(self._subject(mail) for mail in mails(self.mailbox).values())
        wanted = Counter({key: len(told.alerts) for key, told in self.truth.told.items()})
        yield check("wire: the person told of each story, update and edit once", mailed == wanted, _off(mailed, wanted))
        all_mails = sum(mail.recipient == PERSON for mail in self.mailbox.mails)
        all_calls = sum(call.path == HOOK for call in self.hook.accepted())
        repeats = all_mails - len(mails(self.mailbox)) + all_calls - len(calls(self.hook))
        yield check("wire: repeats by a crash alone", repeats <= 2 * self.kills, repeats)
        yield check("wire: mails of one story are one thread", not (wrong := list(self._threads())), wrong)
        yield check("wire: silent copies listed by deliveries", not (wrong := list(self._listed())), wrong)
        yield check("wire: silent copies listed by trace", not (wrong := list(self._traced())), wrong)
        yield check("wire: every edit kept, with both texts", not (wrong := list(self._edits())), wrong)
        yield check("wire: no revision invented", not (wrong := list(self._invented())), wrong)

    def _groups(self) -> Iterator[tuple[str, Told, list[dict[str, Any]]]]:
        for key, told in self.truth.told.items():
            yield key, told, [self.now[path] for path in told.paths if path in self.now]

    def _copies(self) -> Iterator[object]:
        for key, _, group in self._groups():
            first = [one for one in group if one["copy_of"] is None]
            if len(first) != 1 or any(one["copy_of"] != first[0]["id"] for one in group if one not in first):
                yield key, [(one["canonical_url"], one["id"], one["copy_of"], one["update_of"]) for one in group]

    def _updates(self) -> Iterator[object]:
        stories: dict[str, set[str]] = defaultdict(set)
        for key, told, group in self._groups():
            stories[told.story] |= {one["story"] for one in group}
            if told.kind == "update" and not any(one["update_of"] for one in group):
                yield key, "is not known as an update"
        yield from ((story, found) for story, found in stories.items() if len(found) != 1)

    def _alone(self) -> Iterator[object]:
        seen = Counter(
            next(iter({one["story"] for one in group}), "")
            for _, told, group in self._groups()
            if told.kind != "update"
        )
        yield from (story for story, times in seen.items() if times != 1)
        yield from (key for key, told, group in self._groups() if told.kind == "series" and group[0]["update_of"])

    def _heard(self) -> Counter[tuple[str, int]]:
        items = [item for data in calls(self.hook).values() for item in data.get("items", [data])]
        told = [item["article"] for item in items]
        return Counter((self.keys.get(path_of(one["canonical_url"]), one["title"]), one["revision"]) for one in told)

    def _subject(self, mail: Mail) -> str:
        title = mail.subject.partition("] ")[2].removeprefix("Edited: ")
        return self.by_title.get(title, mail.subject)

    def _threads(self) -> Iterator[object]:
        first: dict[str, str] = {}
        for name, mail in mails(self.mailbox).items():
            key = self._subject(mail)
            story = self.truth.told[key].story if key in self.truth.told else key
            references = str(mail.message["References"] or "")
            opening = first.setdefault(story, name)
            if (opening == name and references) or (opening != name and opening not in references):
                yield mail.subject, references, opening

    def _listed(self) -> Iterator[object]:
        articles = {one["id"]: path for path, one in self.now.items()}
        for one in tocsin(self.folder, "deliveries", "--json", "--limit", "100000", "--watch", "wire"):
            path = articles.get(one["article"], "")
            others = set(self.truth.told[self.keys[path]].paths) - {path} if path else {"an article"}
            shown = {path_of(other["url"]) for other in one["also_in"]}
            if shown != others:
                yield one["title"], shown ^ others

    def _traced(self) -> Iterator[object]:
        for key, told, group in self._groups():
            if told.kind not in ("agency", "update"):
                continue
            steps = tocsin(self.folder, "trace", group[0]["canonical_url"], "--json")
            shown = sum(step["what"] == "also in" for step in steps)
            if shown != len(told.paths) - 1:
                yield key, shown, len(told.paths) - 1

    def _edits(self) -> Iterator[object]:
        for key, told, _ in self._groups():
            kept = [(one["title"], one["body"].split()) for path in told.paths for one in self.texts[path]]
            if told.texts and kept != [(title, body.split()) for title, body in told.texts]:
                yield key, len(kept), [(title, " ".join(body)[:300]) for title, body in kept]

    def _invented(self) -> Iterator[object]:
        for key, told, group in self._groups():
            most = len(told.texts) or told.most_revisions
            yield from ((key, one["canonical_url"], one["revision"]) for one in group if one["revision"] > most)
            if told.kind == "headlines":
                titles = {one["title"] for path in told.paths for one in self.texts[path]}
                yield from ((key, title) for title in titles - told.titles)


def _off(found: Counter[Any], wanted: Counter[Any]) -> object:
    return {"too many": found - wanted, "too few": wanted - found}
