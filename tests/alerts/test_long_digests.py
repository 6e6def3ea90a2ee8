"""Digests of very many: in parts or by headline, within what mail programs and receivers take, and none lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from alerts.channels.email import EMAIL
from alerts.mail.build import build
from alerts.mail.settings import SmtpSettings
from alerts.messages.message import compose
from alerts.messages.payload import digest_payload, digest_size, headlined, tightened
from tests.world.newsroom import Newsroom
from tests.world.telling import NOW, filed, payload


async def test_a_long_digest_is_several_messages_and_loses_nothing(room: Newsroom) -> None:
    room.watch("Lavrov OR " + " OR ".join(["слово"] * 220), room.call(when="daily"), room.mail(when="daily"))
    for number in range(30):
        room.prints(f"Lavrov speaks {number}", " ".join(f"слово{number}х{n}" for n in range(60)))
    await room.works()
    room.waits(days=1)
    await room.send()
    titles = [item["article"]["title"] for call in room.hook.calls for item in call.json["data"]["items"]]
    assert sorted(titles) == sorted(f"Lavrov speaks {number}" for number in range(30))
    assert len(room.hook.calls) > 1
    assert all(len(call.body) < 20_000 for call in room.hook.calls)
    parts = [call.json["data"]["part"] for call in room.hook.calls]
    assert sorted(part["number"] for part in parts) == list(range(1, len(parts) + 1))
    assert {(part["of"], part["total"]) for part in parts} == {(len(parts), 30)}
    # A person gets the newest in full, and the others by their headlines.
    (mail,) = room.mailbox.mails
    assert mail.subject == "[Quartet] 30 stories"
    assert [mail.text.count(f"https://rt.example/Lavrov-speaks-{number}\r\n") for number in range(30)] == [1] * 30
    assert mail.html.count("Read at RT") == 10


@pytest.mark.parametrize("word", ["Lavrov ", "Лавров ", "لافروف ", "四方会谈", "👩\u200d🚀 ", "<&> "])
@pytest.mark.parametrize("words", [tightened, lambda item: headlined(tightened(item))])
def test_the_longest_digest_stays_below_what_mail_programs_cut(word: str, words: Callable[[Any], Any]) -> None:
    article = filed(word * 100, word * 500, lede=word * 200, url="https://rt.example/news/" + "x" * 120)
    matches = [
        {"field": field, "start": 0, "end": len(word), "text": word, "term": word} for field in ("title", "body")
    ]
    item = words(json.loads(payload(article, matches, also_in=[article] * 30)))
    room = [item] * min(EMAIL.digest_items, EMAIL.digest_room // digest_size(item))
    assert len(room) >= 2
    assert (
        len(build(compose(digest_payload("digest-1", room, NOW), moment=NOW), "desk@example.org", SmtpSettings()))
        < 100_000
    )
