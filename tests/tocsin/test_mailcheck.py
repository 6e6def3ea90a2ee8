"""What DNS has to say of our mails, asked of records made up here."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alerts import SmtpSettings
from tocsin.mailcheck import Finding, Unanswered, is_at_home, looks

KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SMTP: dict[str, Any] = {
    "host": "mail.bell.news",
    "security": "tls",
    "sender": "Tocsin <alerts@bell.news>",
    "bounces": "back.bell.news",
    "dkim": {"key": KEY, "selector": "s1"},
}
RECORD = SmtpSettings(**SMTP).dkim.record
GOOD = {
    ("back.bell.news", "TXT"): ["other=1", "v=spf1 mx -all"],
    ("s1._domainkey.bell.news", "TXT"): [RECORD],
    ("_dmarc.bell.news", "TXT"): ["v=DMARC1; p=none"],
    ("mail.bell.news", "A"): ["8.8.8.8"],
    ("8.8.8.8.in-addr.arpa", "PTR"): ["mail.bell.news."],
    ("back.bell.news", "MX"): ["10 mail.bell.news."],
}


async def look(
    records: dict[tuple[str, str], list[str]], public_url: str = "https://bell.news", **more: Any
) -> dict[str, Finding]:
    async def ask(name: str, kind: str) -> list[str]:
        return records.get((name, kind), [])

    found = await asyncio.gather(*looks(SmtpSettings(**SMTP | more), public_url, ask))
    return {one.what.split()[0]: one for one in found}


async def test_a_domain_that_is_in_order_is_told_so() -> None:
    found = await look(GOOD)
    assert list(found) == ["SPF", "DKIM", "DMARC", "PTR", "MX", "Unsubscribing"]
    assert [one.said for one in found.values() if not one.ok] == []


async def test_a_domain_with_nothing_in_dns_is_told_what_to_publish() -> None:
    found = await look({("mail.bell.news", "A"): ["8.8.8.8"]})
    assert [name for name, one in found.items() if one.ok] == ["Unsubscribing"]
    assert "v=spf1 mx -all" in found["SPF"].said
    assert RECORD in found["DKIM"].said
    assert "_dmarc.bell.news" in found["DMARC"].said


@pytest.mark.parametrize(
    ("what", "place", "records", "words"),
    [
        ("SPF", ("back.bell.news", "TXT"), ["v=spf1 a -all", "v=spf1 mx -all"], "2 policies"),
        ("SPF", ("back.bell.news", "TXT"), ["v=spf1 mx +all"], "anybody"),
        ("SPF", ("back.bell.news", "TXT"), ["v=spf1 mx"], "refuses nobody"),
        ("SPF", ("back.bell.news", "TXT"), ["v=spf10 mx -all"], "no policy"),
        ("DKIM", ("s1._domainkey.bell.news", "TXT"), ["v=DKIM1; k=ed25519; p=AAAA"], "another key"),
        ("DKIM", ("s1._domainkey.bell.news", "TXT"), [RECORD, RECORD], "another key"),
        ("DMARC", ("_dmarc.bell.news", "TXT"), ["v=DMARC1; rua=mailto:x@bell.news"], "no policy that can be read"),
        ("PTR", ("8.8.8.8.in-addr.arpa", "PTR"), ["elsewhere.example."], "leads elsewhere"),
        ("PTR", ("8.8.8.8.in-addr.arpa", "PTR"), [], "has no name"),
        ("PTR", ("mail.bell.news", "A"), [], "no address"),
        ("MX", ("back.bell.news", "MX"), ["0 ."], "takes no mail"),
    ],
)
async def test_what_is_wrong_is_told(what: str, place: tuple[str, str], records: list[str], words: str) -> None:
    found = await look(GOOD | {place: records})
    assert [name for name, one in found.items() if not one.ok] == [what]
    assert words in found[what].said


async def test_bounces_of_a_strange_domain_need_a_signature() -> None:
    records = GOOD | {("back.other.news", "TXT"): ["v=spf1 mx -all"], ("back.other.news", "MX"): ["10 mail.bell.news."]}
    for dkim, is_fine in ((SMTP["dkim"], True), ({}, False)):
        found = (await look(records, bounces="back.other.news", dkim=dkim))["SPF"]
        assert (found.ok, "rests on DKIM alone" in found.said) == (is_fine, True)


@pytest.mark.parametrize("url", ["http://bell.news", "https://localhost:8480", "http://127.0.0.1:8480", ""])
async def test_one_click_needs_an_https_address_that_readers_reach(url: str) -> None:
    found = (await look(GOOD, url))["Unsubscribing"]
    assert (found.ok, "web.public_url" in found.said) == (False, True)


async def test_a_policy_of_the_domain_above_holds() -> None:
    found = await look(GOOD | {("s1._domainkey.x.bell.news", "TXT"): [RECORD]}, sender="a@x.bell.news")
    assert found["DMARC"].ok
    assert found["DMARC"].said.startswith("_dmarc.bell.news")


async def test_a_key_may_be_spaced_and_a_mail_server_may_sign() -> None:
    spaced = RECORD.replace("p=", "p = ").replace("; ", " ;  ")
    assert (await look(GOOD | {("s1._domainkey.bell.news", "TXT"): [spaced]}))["DKIM"].ok
    found = (await look({}, dkim={}))["DKIM"]
    assert (found.ok, "no key is set" in found.said) == (True, True)


async def test_dns_that_does_not_answer_is_no_fault_of_the_domain() -> None:
    async def ask(_name: str, _kind: str) -> list[str]:
        raise Unanswered("NoNameservers")

    found = await asyncio.gather(*looks(SmtpSettings(**SMTP), "https://bell.news", ask))
    assert {one.ok for one in found} == {True}
    assert all("DNS does not answer" in one.said for one in found[:-1])


async def test_a_domain_at_home_is_not_asked_for() -> None:
    assert list(looks(SmtpSettings(sender="a@bell.home.arpa"), "")) == []
    assert [is_at_home(name) for name in ("localhost", "x.example", "bell.news", "localhost.news")] == [
        True,
        True,
        False,
        False,
    ]
    found = (await look(GOOD, host="127.0.0.1", security="none"))["PTR"]
    assert (found.ok, "inside your walls" in found.said) == (True, True)
