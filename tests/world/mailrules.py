"""What every mail has to keep to, whatever it tells: `faults(raw)` gives each rule that one breaks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from functools import cached_property
from html.parser import HTMLParser

ALWAYS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "MIME-Version", "Content-Type")
SOMETIMES = ("DKIM-Signature", "References", "List-Unsubscribe", "List-Unsubscribe-Post")
MACHINE = [name for name in (*ALWAYS, *SOMETIMES) if name not in ("Subject", "From")]
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
WORD = re.compile(r"=\?([^?\s]+)\?([bqBQ])\?([^?\s]*)\?=")
ID = re.compile(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
REMOTE = ("script", "form", "iframe", "object", "embed", "img", "link", "base", "video", "audio", "svg", "input")


class Markup(HTMLParser):
    """The tags and the links of a part in HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]


@dataclass(frozen=True)
class Received:
    """A mail as its receiver has it."""

    raw: bytes

    @cached_property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The headers as they stand, each in one line again."""
        whole = re.sub(r"\r\n[ \t]+", " ", self.head.decode("utf-8", "surrogateescape"))
        return [(line.partition(":")[0], line.partition(":")[2].strip()) for line in whole.split("\r\n")]

    @cached_property
    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    @cached_property
    def parts(self) -> list[EmailMessage]:
        return [part for part in self.mail.iter_parts() if isinstance(part, EmailMessage)]

    def header(self, name: str) -> str:
        return next((value for key, value in self.fields if key.lower() == name.lower()), "")

    def has(self, name: str) -> bool:
        return any(key.lower() == name.lower() for key, _ in self.fields)

    @cached_property
    def subject(self) -> str:
        return str(make_header(decode_header(self.header("Subject"))))

    @cached_property
    def text(self) -> str:
        return str(self.parts[0].get_content())

    @cached_property
    def html(self) -> str:
        return str(self.parts[1].get_content())

    @cached_property
    def markup(self) -> Markup:
        return Markup(self.html)


Rule = Callable[[Received], bool]


def _links_of_text(mail: Received) -> set[str]:
    return set(re.findall(r"https?://[^\s<>\"]+", mail.text))


def _same_addresses(mail: Received) -> bool:
    return {link for link in mail.markup.links if "/unsubscribe/" not in link} <= _links_of_text(mail) | {""}


RULES: dict[str, Rule] = {
    # its lines and its head
    "lines end in CR LF alone": lambda m: (
        b"\n" not in m.raw.replace(b"\r\n", b"") and b"\r" not in m.raw.replace(b"\r\n", b"")
    ),
    "no line is above 998 octets": lambda m: all(len(line) <= 998 for line in m.raw.split(b"\r\n")),
    "no NUL and no 8-bit octet": lambda m: m.raw.isascii() and b"\x00" not in m.raw,
    "it ends in a line's end": lambda m: m.raw.endswith(b"\r\n"),
    "each line of the head is a header or goes on": lambda m: all(
        re.match(rb"[A-Za-z-]+: |[ \t]\S", line) for line in m.head.split(b"\r\n")
    ),
    "lines of the head that can be folded are": lambda m: all(
        len(line) <= 78 for line in m.head.split(b"\r\n") if line.startswith((b"Subject:", b" "))
    ),
    "every header stands once": lambda m: len({name.lower() for name, _ in m.fields}) == len(m.fields),
    "no header is missing": lambda m: all(m.has(name) for name in ALWAYS),
    "no header is there that was not meant": lambda m: {name for name, _ in m.fields} <= {*ALWAYS, *SOMETIMES},
    "a parser finds the same headers": lambda m: m.mail.keys() == [name for name, _ in m.fields],
    "a parser finds no defect": lambda m: not m.mail.defects and not any(part.defects for part in m.parts),
    "headers of machines hold no encoded word": lambda m: not any("=?" in m.header(name) for name in MACHINE),
    # its words
    "encoded words are at most 75 characters": lambda m: all(
        len(one[0]) <= 75 for one in WORD.finditer(m.head.decode())
    ),
    "encoded words are in UTF-8": lambda m: all(one[1].lower() == "utf-8" for one in WORD.finditer(m.head.decode())),
    "the subject has words": lambda m: bool(m.subject.strip()),
    "the subject has at most 150 characters": lambda m: len(m.subject) <= 150,
    "the subject is one line": lambda m: len(m.subject.splitlines()) == 1,
    "the subject holds no control character": lambda m: not CONTROL.search(m.subject),
    "the subject turns no direction": lambda m: not BIDI.search(m.subject),
    "the subject hides no encoded word": lambda m: "=?" not in m.subject,
    "the subject begins with its watch": lambda m: m.subject.startswith("["),
    # its envelope in the head
    "one sender": lambda m: len(getaddresses([m.header("From")])) == 1,
    "the sender is ours": lambda m: getaddresses([m.header("From")])[0][1] == "alerts@news.example",
    "the sender's name holds no address": lambda m: "@" not in getaddresses([m.header("From")])[0][0],
    "one recipient, and bare": lambda m: bool(re.fullmatch(r"[^\s<>,;]+@[A-Za-z0-9.-]+", m.header("To"))),
    "the date is a date": lambda m: parsedate_to_datetime(m.header("Date")).tzinfo is not None,
    "the Message-ID is one, at our domain": lambda m: bool(
        ID.fullmatch(m.header("Message-ID")) and m.header("Message-ID").endswith("@news.example>")
    ),
    "References are Message-IDs": lambda m: all(ID.fullmatch(one) for one in m.header("References").split()),
    "it refers to another than itself": lambda m: m.header("Message-ID") not in m.header("References").split(),
    "it says that a machine wrote it": lambda m: m.header("Auto-Submitted") == "auto-generated",
    "List-Id is one": lambda m: bool(re.fullmatch(r"<[A-Za-z0-9._-]+\.tocsin\.news\.example>", m.header("List-Id"))),
    "List-Unsubscribe is one https address": lambda m: (
        not m.has("List-Unsubscribe") or bool(re.fullmatch(r"<https://[^\s<>,]+>", m.header("List-Unsubscribe")))
    ),
    "one click ends it": lambda m: (
        m.has("List-Unsubscribe") == m.has("List-Unsubscribe-Post")
        and m.header("List-Unsubscribe-Post") in ("", "List-Unsubscribe=One-Click")
    ),
    # its parts
    "it is an alternative of two": lambda m: m.mail.get_content_type() == "multipart/alternative" and len(m.parts) == 2,
    "text comes first": lambda m: [part.get_content_type() for part in m.parts] == ["text/plain", "text/html"],
    "both parts are in UTF-8": lambda m: all(part.get_content_charset() == "utf-8" for part in m.parts),
    "both parts are encoded for seven bits": lambda m: all(
        part["Content-Transfer-Encoding"] in ("quoted-printable", "base64") for part in m.parts
    ),
    "nothing is attached": lambda m: not any(part.get_filename() or part.is_attachment() for part in m.mail.walk()),
    "it has below 102 kB": lambda m: len(m.raw) < 102_000,
    "the text has words": lambda m: len(m.text.strip()) > 20,
    "the text holds no control character": lambda m: not CONTROL.search(m.text.replace("\r", "")),
    "the text turns no direction": lambda m: not BIDI.search(m.text),
    "the text holds no markup of ours": lambda m: not re.search(r"</?(td|tr|table|strong|bdi|style)\b", m.text),
    "the HTML holds no control character": lambda m: not CONTROL.search(m.html.replace("\r", "")),
    "the HTML turns no direction by marks": lambda m: not BIDI.search(m.html),
    "the HTML is one page": lambda m: m.html.startswith("<!DOCTYPE html>") and m.markup.tags.count("body") == 1,
    "the HTML loads and runs nothing": lambda m: not set(m.markup.tags) & set(REMOTE),
    "no attribute runs anything": lambda m: not any(name.startswith("on") for name, _ in m.markup.attributes),
    "no style loads anything": lambda m: not re.search(r"url\s*\(|@import|expression\s*\(", m.html, re.IGNORECASE),
    "links are http or https": lambda m: all(re.match(r"https?://", link) for link in m.markup.links),
    "the text has the links of the HTML": _same_addresses,
    "colours are told for dark screens too": lambda m: "prefers-color-scheme" in m.html,
    "tables for the layout are told from tables": lambda m: (
        m.markup.tags.count("table") == sum(pair == ("role", "presentation") for pair in m.markup.attributes)
    ),
}


def faults(raw: bytes) -> list[str]:
    """Give the rules that a mail breaks."""
    return list(_broken(Received(raw)))


def _broken(mail: Received) -> Iterator[str]:
    for name, holds in RULES.items():
        try:
            if not holds(mail):
                yield name
        except (ValueError, LookupError, AttributeError, UnicodeError) as error:
            yield f"{name} ({type(error).__name__})"
