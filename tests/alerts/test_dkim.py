"""DKIM: each mail is signed over all its headers, and no header can be added to it."""

import base64
from collections.abc import Callable
from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_curve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alerts.mail.build import build
from alerts.mail.dkimkey import read_key
from alerts.mail.settings import SmtpSettings
from alerts.messages.message import Message, compose
from newsdesk import ConfigError, read_yaml, validate
from tests.world.mailrules import faults
from tests.world.telling import NOW, filed, payload

TO = "desk@example.org"


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return str(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode())


@cache
def rsa(bits: int = 2048) -> Any:
    return make_rsa(65537, bits)


@cache
def ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def raw_seed() -> str:
    return base64.b64encode(ed25519().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())).decode()


KEYS: dict[str, Callable[[], str]] = {
    "rsa, PKCS 8": lambda: pem(rsa()),
    "rsa, PKCS 1": lambda: pem(rsa(), PrivateFormat.TraditionalOpenSSL),
    "ed25519, PEM": lambda: pem(ed25519()),
    "ed25519, base64": raw_seed,
}


def settings(key: str, **more: Any) -> SmtpSettings:
    return SmtpSettings(sender="Tocsin <alerts@news.example>", dkim={"key": key, "selector": "bell", **more})


def message(title: str = "Lavrov calls for talks", **more: Any) -> Message:
    url = "https://tocsin.example.org/unsubscribe/" + "T" * 60
    return compose(payload(filed(title)), moment=NOW, unsubscribe_url=url, thread="alert-first", **more)


def is_genuine(raw: bytes, given: SmtpSettings) -> bool:
    asked = []

    def record(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return read_key(given.dkim.key.get_secret_value()).record.encode()

    genuine = dkim.verify(raw, dnsfunc=record)
    assert asked == [f"bell._domainkey.{given.signing_domain}.".encode()]
    return bool(genuine)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("title", ["Lavrov calls for talks", "Лавров " * 300, ""])
def test_a_signed_mail_is_genuine_to_its_receiver(kind: str, title: str) -> None:
    given = settings(KEYS[kind]())
    raw = build(message(title), TO, given)
    assert is_genuine(raw, given)
    assert faults(raw) == []


@pytest.mark.parametrize("kind", ["rsa, PKCS 8", "ed25519, PEM"])
def test_nothing_can_be_changed_or_added_to_a_signed_mail(kind: str) -> None:
    given = settings(KEYS[kind]())
    raw = build(message(), TO, given)
    changed = [
        raw.replace(b"Lavrov", b"Lawrow"),
        raw.replace(b"One-Click", b"Two-Click"),
        raw.replace(b"/unsubscribe/TT", b"/unsubscribe/XX"),
        raw.replace(b"List-Id: <quartet", b"List-Id: <septet"),
        raw + b"more\r\n",
        *(name + b": x <evil@example.org>\r\n" + raw for name in (b"From", b"Subject", b"To", b"Reply-To", b"Cc")),
        *(name + b": text/html\r\n" + raw for name in (b"Content-Type", b"Content-Transfer-Encoding", b"Date")),
        *(name + b": <https://evil.example/>\r\n" + raw for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post")),
    ]
    assert not any(is_genuine(one, given) for one in changed)
    # What servers on the way do to a mail leaves it genuine.
    assert is_genuine(b"Received: by mx.example\r\n" + raw.replace(b"Date: ", b"date:  "), given)


def test_the_signature_covers_every_header_and_no_part_of_the_body_alone() -> None:
    given = settings(KEYS["rsa, PKCS 8"]())
    raw = build(message(), TO, given)
    fields = dkim.util.parse_tag_value(b"".join(raw.split(b"\r\nFrom: ")[0].partition(b": ")[2].split()))
    signed = [name.decode() for name in fields[b"h"].split(b":")]
    heads = {line.partition(":")[0].lower() for line in raw.decode().partition("\r\n\r\n")[0].split("\r\n")}
    assert {name for name in heads if name[:1].isalpha()} - {"dkim-signature"} <= set(signed) | {"h=from"}
    assert b"l" not in fields
    assert (fields[b"d"], fields[b"s"], fields[b"a"], fields[b"c"]) == (
        b"news.example",
        b"bell",
        b"rsa-sha256",
        b"relaxed/relaxed",
    )
    assert all(signed.count(name) == 2 for name in ("from", "subject", "list-unsubscribe", "list-unsubscribe-post"))


def test_another_key_makes_no_genuine_mail() -> None:
    raw = build(message(), TO, settings(pem(rsa())))
    other = settings(pem(make_rsa(65537, 2048)))
    assert not is_genuine(raw, other)


def test_a_mail_without_a_key_is_not_signed() -> None:
    assert b"DKIM-Signature" not in build(message(), TO, SmtpSettings())


def test_the_domain_above_the_senders_may_sign_and_no_other() -> None:
    key = KEYS["ed25519, PEM"]()
    made = SmtpSettings(sender="a@alerts.news.example", dkim={"key": key, "domain": "News.Example", "selector": "bell"})
    assert is_genuine(build(message(), TO, made), made)
    for domain in ("ews.example", "more.alerts.news.example", "other.example"):
        with pytest.raises(ValueError, match="does not sign for"):
            SmtpSettings(sender="a@alerts.news.example", dkim={"key": key, "domain": domain})


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        base64.b64encode(b"x" * 31).decode(),
        pem(make_curve(SECP256R1())),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"private key in PEM|RSA key of 2048") as refused:
        settings(text)
    assert text not in str(refused.value)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="2048 bits"):
        settings(pem(make_rsa(65537, 1024)))


def test_a_key_is_read_from_its_file_and_shown_nowhere(tmp_path: Any) -> None:
    (tmp_path / "dkim.pem").write_text(pem(ed25519()))
    (tmp_path / "smtp.yaml").write_text("sender: a@news.example\ndkim:\n  key: file:dkim.pem\n  selector: bell\n")
    made = validate(SmtpSettings, read_yaml(tmp_path / "smtp.yaml"))
    assert made.dkim.is_set
    assert "BEGIN" not in repr(made) + str(made.model_dump(mode="json"))
    (tmp_path / "dkim.pem").write_text("a secret that is no key")
    with pytest.raises(ConfigError) as refused:
        validate(SmtpSettings, read_yaml(tmp_path / "smtp.yaml"))
    assert "a secret" not in str(refused.value)


def test_a_selector_is_a_name_in_dns() -> None:
    for wrong in ("", "a b", "x;", "-a", "ü"):
        with pytest.raises(ValueError, match="_domainkey"):
            settings(KEYS["ed25519, PEM"](), selector=wrong)
