"""Signing: as Standard Webhooks 1.0 has it, whatever the secret looks like and while it is replaced."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alerts.channels.webhook import WebhookTarget
from alerts.messages.message import compose
from alerts.messages.payload import LIMIT
from alerts.outbox.numbering import numbered
from alerts.signing import can_sign, in_force, keys_of, make_pair, make_secret, rotate, signatures
from alerts.tables import SubscriptionRow
from newsdesk import ConfigError
from tests.world.newsroom import Newsroom
from tests.world.telling import NOW, payload

KEY = bytes(range(200, 232))
TEXT = base64.b64encode(KEY).decode()
SECRET = f"whsec_{TEXT}"

SPELLINGS = {
    "padded": SECRET,
    "unpadded": SECRET.rstrip("="),
    "url-safe": f"whsec_{base64.urlsafe_b64encode(KEY).decode()}",
    "url-safe, unpadded": f"whsec_{base64.urlsafe_b64encode(KEY).decode().rstrip('=')}",
    "with a line's end": f"  {SECRET}\n",
    "without its prefix": TEXT,
}
LENGTHS = (1, 16, 24, 25, 26, 31, 32, 33, 48, 63, 64, 100)
BODIES = {
    "empty": b"",
    "an object": b"{}",
    "dots": b"a.b.c",
    "beyond ASCII": '{"title":"Лавров 拉夫罗夫 🔔"}'.encode(),
    "not UTF-8": bytes(range(256)),
    "line ends": b'{"a":\r\n1}\n',
    "large": b"x" * 1_000_000,
}
IDS = ("a", "alert-0123456789abcdef", "msg_p5jXN8AQM9LWM0D4loKWxJek", "x" * 500)


def expected(key: bytes, id: str, stamp: int, body: bytes) -> str:
    """The signature by the letter of the standard, in other words than the code's."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (id.encode(), b".", str(stamp).encode(), b".", body):
        mac.update(part)
    return "v1," + base64.b64encode(mac.digest()).decode()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_signs_alike_however_it_is_spelt(spelling: str) -> None:
    headers = signatures("alert-1", NOW, b"{}", [SPELLINGS[spelling]])
    assert expected(KEY, "alert-1", int(NOW.timestamp()), b"{}") in headers["webhook-signature"].split()


@pytest.mark.parametrize("length", LENGTHS)
def test_a_key_of_any_length_signs(length: int) -> None:
    key = bytes(range(length))
    for text in (base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode().rstrip("=")):
        headers = signatures("alert-1", NOW, b"{}", [f"whsec_{text}"])
        assert headers["webhook-signature"] == expected(key, "alert-1", int(NOW.timestamp()), b"{}")


@pytest.mark.parametrize("name", BODIES)
def test_any_body_is_signed_as_its_bytes(name: str) -> None:
    headers = signatures("alert-1", NOW, BODIES[name], [SECRET])
    assert headers["webhook-signature"] == expected(KEY, "alert-1", int(NOW.timestamp()), BODIES[name])


@pytest.mark.parametrize("id", IDS)
def test_any_id_is_signed(id: str) -> None:
    headers = signatures(id, NOW, b"{}", [SECRET])
    assert headers["webhook-id"] == id
    assert headers["webhook-signature"] == expected(KEY, id, int(NOW.timestamp()), b"{}")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 21, 14, 5, 9, 999_999, tzinfo=UTC),
        datetime(2026, 11, 21, 23, 5, 9, tzinfo=timezone(timedelta(hours=9))),
        datetime(2100, 2, 28, tzinfo=UTC),
    ],
)
def test_the_timestamp_is_whole_seconds_since_1970_in_any_zone(moment: datetime) -> None:
    headers = signatures("alert-1", moment, b"{}", [SECRET])
    stamp = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    assert headers["webhook-timestamp"] == str(stamp)
    assert headers["webhook-signature"] == expected(KEY, "alert-1", stamp, b"{}")


def test_the_standards_own_library_takes_what_is_signed() -> None:
    now = datetime.now(UTC)
    body = compose(payload(), moment=now).json
    for given in (
        [SECRET],
        [make_secret(), SECRET],
        [SECRET, make_secret()],
        [SPELLINGS["url-safe, unpadded"]],
        [TEXT],
    ):
        headers = signatures("alert-1", now, body, given)
        assert standardwebhooks.Webhook(SECRET).verify(body, headers) == json.loads(body)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(body, signatures("alert-1", now, body, [make_secret()]))


@pytest.mark.parametrize("with_public_half", [False, True])
def test_a_private_key_signs_what_its_public_half_verifies_beside_secrets(with_public_half: bool) -> None:
    private, public = make_pair()
    seed, half = (base64.b64decode(key.partition("_")[2]) for key in (private, public))
    assert (private[:5], public[:5], len(seed), len(half)) == ("whsk_", "whpk_", 32, 32)
    given = "whsk_" + base64.b64encode(seed + half).decode() if with_public_half else private
    headers = signatures("alert-1", NOW, b"{}", [given, SECRET])
    asymmetric, symmetric = headers["webhook-signature"].split()
    assert symmetric == expected(KEY, "alert-1", int(NOW.timestamp()), b"{}")
    version, _, mark = asymmetric.partition(",")
    assert version == "v1a"
    signed = f"alert-1.{int(NOW.timestamp())}.".encode() + b"{}"
    Ed25519PublicKey.from_public_bytes(half).verify(base64.b64decode(mark), signed)


def test_the_vector_of_the_rfc_is_met() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, 7.1, test 1
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    mark = signatures("a", NOW, b"", ["whsk_" + base64.b64encode(seed).decode()])["webhook-signature"]
    signed = f"a.{int(NOW.timestamp())}.".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(mark.partition(",")[2]), signed)


@pytest.mark.parametrize("key", ["whsk_", "whsk_AAAA", "whsk_" + "A" * 40, "whpk_" + "A" * 43])
def test_what_is_no_private_key_signs_nothing(key: str) -> None:
    assert not can_sign(key)
    assert "webhook-signature" not in signatures("a", NOW, b"", [key])


def test_the_same_secret_given_twice_signs_once() -> None:
    assert len(signatures("a", NOW, b"", [SECRET, SPELLINGS["unpadded"]])["webhook-signature"].split()) == 1


def test_words_are_a_secret_by_their_own_bytes() -> None:
    assert keys_of("correct horse battery staple") == (b"correct horse battery staple",)
    assert keys_of("Лавров") == ("Лавров".encode(),)


@pytest.mark.parametrize(
    "secret", ["", "  ", "whsec_", "whsec_=", "whsec_a", "whsec_!!!!", "whsec_aGVsbG8 aGVsbG8", "whsec_é"]
)
def test_what_is_no_secret_has_no_key(secret: str) -> None:
    assert keys_of(secret) == ()


@dataclass
class Row:
    """What keeps a secret."""

    secret: str | None = None
    old_secret: str | None = None
    old_secret_until: datetime | None = None


def test_secrets_are_made_long_and_never_alike() -> None:
    made = {make_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(key) for secret in made for key in keys_of(secret)} == {32}


def test_a_replaced_secret_signs_beside_its_successor_until_the_overlap_is_over() -> None:
    row = Row()
    first = rotate(row, NOW)
    assert in_force(row, NOW) == (first,)
    second = rotate(row, NOW, timedelta(hours=2))
    assert in_force(row, NOW) == (second, first)
    assert in_force(row, NOW + timedelta(minutes=119)) == (second, first)
    assert in_force(row, NOW + timedelta(hours=2)) == (second,)
    third = rotate(row, NOW + timedelta(minutes=1))
    assert in_force(row, NOW + timedelta(minutes=2)) == (third, second)
    assert in_force(Row(), NOW) == ()


def test_a_subscription_can_keep_its_secret() -> None:
    row = SubscriptionRow(secret=SECRET)
    fresh = rotate(row, NOW)
    assert in_force(row, NOW) == (fresh, SECRET)


# Headers of one's own


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Content-Type", "text/plain"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Expect", "100-continue"),
        ("Proxy-Authorization", "Basic x"),
        ("Webhook-Id", "forged"),
        ("webhook-signature", "v1,forged"),
        ("X-A", "a\r\nHost: evil.example"),
        ("X-A", "a\nb"),
        ("X-A", "a\x00b"),
        ("X-A", "é"),
        ("X-A", " a"),
        ("X-A", "a "),
        ("X-A", ""),
        ("X-A", "a" * 4001),
        ("X A", "a"),
        ("X-A:", "a"),
        ("X-A\r\nHost", "a"),
        ("Ж", "a"),
        ("", "a"),
    ],
)
def test_a_header_that_would_change_the_request_is_refused_without_its_value(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"header|set by Tocsin") as refused:
        WebhookTarget.model_validate({"webhook": "https://hooks.example.org/", "headers": {name: value}})
    (fault,) = refused.value.errors()  # type: ignore[attr-defined]
    assert len(value) < 5 or value not in fault["msg"]


def test_a_header_stands_once_and_few_are_enough() -> None:
    for headers in ({"X-A": "a", "x-a": "b"}, {f"X-{number}": "a" for number in range(21)}):
        with pytest.raises(ValueError, match="header"):
            WebhookTarget.model_validate({"webhook": "https://hooks.example.org/", "headers": headers})


async def test_headers_of_ones_own_are_sent_and_ours_stay(room: Newsroom) -> None:
    room.watch("Lavrov", room.call(headers={"Authorization": "Bearer a-long-token", "user-agent": "desk/1"}))
    room.prints("Lavrov speaks")
    await room.works()
    (call,) = room.hook.calls
    assert call.genuine
    assert call.headers["authorization"] == "Bearer a-long-token"
    assert call.headers["user-agent"] == "desk/1"
    assert call.headers["content-type"] == "application/json"


def test_a_wrong_header_in_a_watch_is_told_without_its_value(room: Newsroom) -> None:
    with pytest.raises(ConfigError) as refused:
        room.watch("Lavrov", room.call(headers={"Authorization": "Bearer a-secret\n"}))
    assert "Authorization" in str(refused.value)
    assert "a-secret" not in str(refused.value)


# Numbers


async def sequences(room: Newsroom) -> list[int]:
    return [call.json["data"]["sequence"] for call in room.hook.calls]


async def test_deliveries_to_one_target_are_numbered_without_a_gap(room: Newsroom) -> None:
    room.watch("Lavrov", room.call())
    room.watch("Putin", room.call("other"), slug="other")
    for number in range(3):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
        await room.works()
    room.prints("Putin speaks")
    await room.works()
    assert await sequences(room) == [1, 2, 3, 1]


async def test_a_delivery_keeps_its_number_over_all_attempts(room: Newsroom) -> None:
    room.watch("Lavrov", room.call())
    room.hook.answers = lambda _path, _body: 503
    room.prints("Lavrov speaks")
    await room.works()
    room.hook.answers = lambda _path, _body: 204
    room.waits(minutes=1)
    await room.send()
    assert await sequences(room) == [1, 1]
    first, second = room.hook.calls
    assert (first.id, first.body) == (second.id, second.body)


async def test_a_digest_names_the_numbers_of_what_it_holds(room: Newsroom) -> None:
    room.watch("Lavrov", room.call(when="hourly"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
        await room.sweep()
    room.waits(hours=2)
    await room.send()
    (call,) = room.hook.calls
    held: list[dict[str, Any]] = call.json["data"]["items"]
    assert sorted(one["sequence"] for one in held) == [1, 2]
    assert call.json["data"]["sequence"] == 3


def test_the_largest_request_stays_below_20_kb_with_its_number() -> None:
    text = payload()
    assert len(numbered(text, 10**12).encode()) - len(text.encode()) <= 20_000 - LIMIT
    assert json.loads(numbered(text, 7))["data"] == {"sequence": 7, **json.loads(text)["data"]}


def test_a_title_cannot_take_the_place_of_the_number() -> None:
    odd = payload(watch={"slug": "quartet", "name": '"data":{', "query": '"data":{'})
    assert json.loads(numbered(odd, 7))["data"]["sequence"] == 7
