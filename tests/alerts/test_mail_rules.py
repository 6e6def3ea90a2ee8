"""Every kind of mail, received by a real server, keeps to every rule; and the rules find what is wrong."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from alerts.channel import Tools
from alerts.channels.email import EMAIL, EmailTarget
from alerts.mail.settings import SmtpSettings
from alerts.messages.message import compose
from alerts.messages.payload import Told, digest_payload, notice_payload, report_payload
from newsdesk import Guard
from tests.world.mailrules import RULES, Received, faults
from tests.world.telling import BODY, NOW, WATCH, filed, payload, span
from tocsin.demo.mailbox import Mailbox

TO = "desk@example.org"
UNSUBSCRIBE = "https://tocsin.example.org/unsubscribe/" + "T" * 60
HEADLINE = "Lavrov calls for talks"

TITLES = {
    "plain": HEADLINE,
    "right to left": "لافروف يدعو إلى استئناف المحادثات الرباعية في الشرق الأوسط",
    "chinese": "拉夫罗夫呼吁恢复四方会谈" * 3,
    "cyrillic": "Лавров призвал собрать «квартет» посредников",
    "emoji": "👩\u200d🚀 in orbit 🛰️ \U0001f1fa\U0001f1f3",
    "empty": "",
    "ten thousand characters": "x" * 10_000,
    "three hundred kB": "Лавров " * 30_000,
    "line ends": "a\r\nBcc: evil@example.org\r\n\r\n<b>body</b>",
    "encoded words": "=?utf-8?q?x=0D=0ABcc=3A_evil=40example.org?= =?utf-8?b?eA==?=",
    "split encoded word": "\u0430" * 40 + "=?utf-8?q?x=0D=0ABcc=3A_evil?=" + "=" * 3 + "?" * 3,
    "bidi": "\u202eevil\u202c \u2066isolated\u2069 \u200fmark",
    "nul and controls": "a\x00b\x01c\x1bd\x7fe\x85f\u2028g\ufeff",
    "surrogates": "\ud800 alone \udfff",
    "addresses": '"Boss" <boss@bank.example>, evil@example.org',
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} &lt;",
}


def alert(title: str = HEADLINE, **more: Any) -> str:
    body = f"{title[:300]} {BODY}" if title else BODY
    return payload(filed(title, body), [span("body", body, "Quartet")], **more)


def update() -> str:
    earlier = filed("Talks may come", id="a0", url="https://rt.example/news/0/")
    told = Told(id="alert-1", reason="new", watch=WATCH, filed=filed(), matches=(), earlier=earlier,
                what_is_new=["The Quartet will meet in Vienna."])  # fmt: skip
    from alerts.messages.payload import story_payload

    return story_payload(told, NOW)


def edit() -> str:
    document = json.loads(payload(filed(revision=2), reason="revised"))
    document["data"]["edit"] = {
        "earlier_revision": 1,
        "matched_before": True,
        "matches_now": False,
        "appeared": [],
        "disappeared": [{"term": "quartet", "before": 2, "after": 0}],
        "changes": [{"field": "body", "before": "The Quartet will meet.", "after": "Nobody will <b>meet</b>."}],
        "matches_before": [],
    }
    return json.dumps(document)


def five_watches() -> str:
    watches = [{**WATCH, "slug": f"w{number}", "name": f"Watch {number} <{number}@x.example>"} for number in range(5)]
    told = Told(id="alert-5", reason="new", watch=watches[0], filed=filed(), matches=(), watches=watches)
    from alerts.messages.payload import story_payload

    return story_payload(told, NOW)


def digest() -> str:
    items = [json.loads(alert(title[:2000], id=f"alert-{number}")) for number, title in enumerate(TITLES.values())]
    return digest_payload("digest-1", items, NOW)


def hundred_watches(count: int = 20) -> str:
    """A digest whose every item is of a hundred watches with long names and queries."""
    watches = [{"slug": f"w{n}", "name": f"{n} " + "<&> " * 40, "query": '"a & b" OR ' * 300} for n in range(100)]
    items = [json.loads(alert(f"Story {n}", id=f"alert-{n}")) for n in range(count)]
    items = [{**item, "data": item["data"] | {"watches": watches}} for item in items]
    return digest_payload("digest-100", items, NOW)


def report() -> str:
    told = Told(id="a", reason="new", watch=WATCH, filed=filed(), matches=())
    facts = {"id": "alert-r", "headline": "12 stories in an hour, 3 are usual",
             "explanation": ["Between 13:00 and 14:00 UTC.", "=?utf-8?q?x?="]}  # fmt: skip
    del facts["id"]
    return report_payload("alert-r", "watch.volume", WATCH, facts, [told], NOW)


def notice() -> str:
    return notice_payload(
        "notice-1", "outlet.trouble", {"subject": "RT dark\r\nBcc: x@y.example", "lines": ["a\x00b", "<i>"]}, NOW
    )


KINDS: dict[str, Callable[[], str]] = {
    **{f"alert, {name}": (lambda title=title: alert(title)) for name, title in TITLES.items()},
    **{
        f"alert of a watch, {name}": (lambda title=title: alert(watch={**WATCH, "name": title, "query": title[:500]}))
        for name, title in TITLES.items()
    },
    "alert without a lede": lambda: payload(filed(lede="")),
    "alert of nothing": lambda: payload(filed("", "")),
    "alert of an address that is none": lambda: payload(filed(url="javascript:alert(1)")),
    "alert also elsewhere": lambda: payload(filed(), also_in=[filed(title, outlet="ap") for title in TITLES.values()]),
    "five watches": five_watches,
    "digest": digest,
    "digest of a hundred watches": hundred_watches,
    "story of a hundred watches": lambda: hundred_watches(1),
    "update": update,
    "edit": edit,
    "report": report,
    "notice": notice,
    "test": lambda: alert(type="test"),
}


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
async def tools(mailbox: Mailbox) -> AsyncIterator[Tools]:
    settings = SmtpSettings(host="127.0.0.1", port=mailbox.port, sender="The Bell, Inc. <alerts@news.example>")
    tools = Tools(Guard(), {"email": settings})
    yield tools
    await tools.close()


async def received(payload: str, mailbox: Mailbox, tools: Tools, **more: Any) -> bytes:
    mailbox.mails.clear()
    is_notice = "lines" in json.loads(payload)["data"]
    given = {"thread": "alert-first", "unsubscribe_url": "" if is_notice else UNSUBSCRIBE} | more
    await EMAIL.send(compose(payload, moment=NOW, **given), EmailTarget(email=TO), tools)
    (mail,) = mailbox.mails
    return mail.raw


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_mail_keeps_to_every_rule(kind: str, mailbox: Mailbox, tools: Tools) -> None:
    assert faults(await received(KINDS[kind](), mailbox, tools)) == []


async def test_an_html_part_of_a_right_to_left_text_runs_right_to_left(mailbox: Mailbox, tools: Tools) -> None:
    mail = Received(await received(alert(TITLES["right to left"]), mailbox, tools))
    assert 'dir="rtl"' in mail.html
    assert 'dir="rtl"' not in Received(await received(alert(), mailbox, tools)).html


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "lines end in CR LF alone": lambda raw: raw.replace(b"\r\n", b"\n"),
    "no line is above 998 octets": lambda raw: raw + b"x" * 999 + b"\r\n",
    "no NUL and no 8-bit octet": lambda raw: raw + b"\xd0\r\n",
    "no header is there that was not meant": lambda raw: b"Bcc: evil@example.org\r\n" + raw,
    "every header stands once": lambda raw: b"Subject: [x] y\r\n" + raw,
    "no header is missing": lambda raw: raw.replace(b"Auto-Submitted", b"X-Submitted"),
    "headers of machines hold no encoded word": lambda raw: raw.replace(b"List-Id: <", b"List-Id: =?utf-8?q?x?= <"),
    "encoded words are at most 75 characters": lambda raw: raw.replace(
        b"Subject: ", b"Subject: =?utf-8?q?" + b"x" * 80 + b"?= "
    ),
    "the subject hides no encoded word": lambda raw: raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=3D=3Futf-8=3F?= "),
    "the subject turns no direction": lambda raw: raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=E2=80=AE?= "),
    "the subject holds no control character": lambda raw: raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=00?= "),
    "the sender's name holds no address": lambda raw: raw.replace(b'From: "', b'From: "boss@bank.example '),
    "one recipient, and bare": lambda raw: raw.replace(b"To: ", b"To: x@y.example, "),
    "text comes first": lambda raw: raw.replace(b"text/plain", b"text/html"),
    "the HTML loads and runs nothing": lambda raw: raw.replace(b"<body", b"<script></script><body"),
    "no attribute runs anything": lambda raw: raw.replace(b"<body", b"<p onclick=3D'x'></p><body"),
    "links are http or https": lambda raw: raw.replace(b"<body", b"<a href=3D'javascript:x'>x</a><body"),
    "one click ends it": lambda raw: raw.replace(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two"),
    "List-Unsubscribe is one https address": lambda raw: raw.replace(b"Unsubscribe: <https", b"Unsubscribe: <http"),
    "it refers to another than itself": lambda raw: raw.replace(b"<alert-first.", b"<alert-0123456789abcdef."),
    "it has below 102 kB": lambda raw: raw + b"x" * 60 * 2000,
}


@pytest.mark.parametrize("rule", SPOILED)
async def test_a_mail_that_breaks_a_rule_is_found(rule: str, mailbox: Mailbox, tools: Tools) -> None:
    raw = await received(alert(), mailbox, tools)
    assert rule in RULES
    assert SPOILED[rule](raw) != raw
    assert rule in [fault.partition(" (")[0] for fault in faults(SPOILED[rule](raw))]
