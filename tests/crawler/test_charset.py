"""Charsets: what bytes mean, by mark, header, declaration and the bytes themselves, for pages and for lists."""

from typing import Any

import pytest

from crawler.document import Document
from crawler.outlet import Outlet
from crawler.page import read_page
from crawler.reading.charset import decode
from crawler.spiders.feed import FEED
from crawler.spiders.sitemap import SITEMAP

OUTLET = Outlet(slug="paper", name="Paper", site="https://paper.example.org/")
SAID = {
    "ru": "Министры иностранных дел встретились в Женеве, чтобы обсудить поставки пшеницы и будущее переговоров.",
    "uk": "Міністри закордонних справ зустрілися в Женеві, щоб обговорити постачання пшениці та їхні перемовини.",
    "ja": "外務大臣らはジュネーブで会談し、小麦の供給と今後の交渉について話し合った。次の会合は十二月に予定される。",
    "zh": "外交部长们在日内瓦会晤，讨论小麦供应和谈判的未来。下一次会议定于十二月举行，届时将公布新的计划。",
    "tw": "外交部長們在日內瓦會晤，討論小麥供應和談判的未來。下一次會議定於十二月舉行，屆時將公布新的計畫。",
    "ko": "외무장관들이 제네바에서 만나 밀 공급과 향후 협상에 대해 논의했다. 다음 회의는 십이월에 열릴 예정이다.",
    "pl": "Ministrowie spraw zagranicznych spotkali się w Genewie, żeby omówić dostawy pszenicy i przyszłość rozmów.",
    "cs": "Ministři zahraničí se sešli v Ženevě, aby projednali dodávky pšenice. Příští schůzka bude v prosinci.",
    "el": "Οι υπουργοί Εξωτερικών συναντήθηκαν στη Γενεύη για να συζητήσουν την προμήθεια σιταριού και το μέλλον.",
    "tr": "Dışişleri bakanları buğday tedarikini ve görüşmelerin geleceğini görüşmek üzere İsviçre'de buluştu, şaşkın.",
    "he": "שרי החוץ נפגשו בציריך כדי לדון באספקת החיטה ובעתיד השיחות. הפגישה הבאה תתקיים בדצמבר.",
    "ar": "اجتمع وزراء الخارجية في جنيف لمناقشة إمدادات القمح ومستقبل المحادثات. وسيعقد الاجتماع القادم في ديسمبر.",
    "th": "รัฐมนตรีต่างประเทศพบกันที่เจนีวาเพื่อหารือเรื่องการจัดหาข้าวสาลีและอนาคตของการเจรจา",
    "fr": "Les ministres des Affaires étrangères se sont réunis à Genève pour discuter du prix du blé. Où était-ce ?",
    "lt": "Užsienio reikalų ministrai susitiko Ženevoje aptarti kviečių tiekimo. Kitas susitikimas įvyks gruodį.",
}
# Language, label, Python's name for it.
WRITTEN = [
    *(("ru", label, label) for label in ("windows-1251", "koi8-r", "iso-8859-5", "ibm866")),
    ("uk", "windows-1251", "cp1251"), ("uk", "koi8-u", "koi8-u"),
    ("ja", "shift_jis", "cp932"), ("ja", "euc-jp", "euc-jp"), ("ja", "iso-2022-jp", "iso-2022-jp"),
    ("zh", "gb2312", "gb2312"), ("zh", "gbk", "gbk"), ("zh", "gb18030", "gb18030"),
    ("tw", "big5", "big5"), ("tw", "big5-hkscs", "big5hkscs"),
    ("ko", "euc-kr", "euc-kr"), ("ko", "ks_c_5601-1987", "cp949"),
    *((language, label, label) for language in ("pl", "cs") for label in ("windows-1250", "iso-8859-2")),
    ("el", "windows-1253", "cp1253"), ("el", "iso-8859-7", "iso-8859-7"),
    ("tr", "windows-1254", "cp1254"), ("tr", "iso-8859-9", "iso-8859-9"),
    ("he", "windows-1255", "cp1255"), ("he", "iso-8859-8", "iso-8859-8"),
    ("ar", "windows-1256", "cp1256"), ("ar", "iso-8859-6", "iso-8859-6"),
    ("th", "windows-874", "cp874"), ("th", "tis-620", "tis-620"),
    ("fr", "windows-1252", "cp1252"), ("fr", "iso-8859-15", "iso-8859-15"), ("fr", "macintosh", "mac-roman"),
    ("lt", "windows-1257", "cp1257"),
]  # fmt: skip
NAMES = [f"{language} in {label}" for language, label, _ in WRITTEN]


@pytest.mark.parametrize(("language", "label", "codec"), WRITTEN, ids=NAMES)
def test_a_true_label_is_believed_wherever_it_stands(language: str, label: str, codec: str) -> None:
    text, body = SAID[language], SAID[language].encode(codec)
    mark = label.encode()
    assert decode(body, f"text/html; charset={label}") == text
    assert decode(body, f'text/html; Charset = "{label.upper()}"') == text
    for head in (b'<meta charset="%s">', b"<META content='text/html;charset=%s' http-equiv=content-type>"):
        assert decode(head % mark + body, "text/html").endswith(">" + text)
    assert decode(b'<?xml version="1.0" encoding="%s"?>' % mark + body).endswith(">" + text)
    assert decode(b'<meta charset="utf-8">' + body, f"text/html; charset={label}").endswith(">" + text)


@pytest.mark.parametrize(("language", "label", "codec"), WRITTEN, ids=NAMES)
@pytest.mark.parametrize(
    "header", [None, "text/html; charset=utf-8", "text/html; charset=utf-7", "text/html; charset=x"]
)
def test_without_a_true_label_the_bytes_tell(language: str, label: str, codec: str, header: str | None) -> None:
    body = f"<h1>{SAID[language]}</h1><p>{SAID[language]}</p>".encode(codec)
    assert SAID[language] in decode(body, header)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
def test_a_byte_order_mark_beats_every_label(codec: str) -> None:
    text = "<meta charset=koi8-r>Мост"
    assert decode(("\ufeff" + text).encode(codec), "text/html; charset=windows-1251") == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("header", [None, "text/html; charset=utf-8", "text/html; charset=utf-16"])
def test_markup_in_utf_16_is_known_without_a_mark(codec: str, header: str | None) -> None:
    assert decode("<html>Мост 橋".encode(codec), header) == "<html>Мост 橋"


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "utf-16be", "ucs-2", "unicode", "iso-10646-ucs-2"])
def test_a_label_of_utf_16_on_a_page_that_is_not_is_not_believed(label: str) -> None:
    assert decode("<html>Мост".encode(), f"text/html; charset={label}") == "<html>Мост"
    assert decode(f'<meta charset="{label}">Мост'.encode()).endswith("Мост")
    assert decode(b"<html>plain text", f"text/html; charset={label}") == "<html>plain text"


@pytest.mark.parametrize(
    "label",
    ["utf-7", "unicode-1-1-utf-7", "rot13", "idna", "punycode", "unicode_escape", "base64", "cp037", "undefined"],
)
def test_what_is_no_charset_of_the_web_is_never_used(label: str) -> None:
    hidden = "+ADw-script+AD4-alert(1)+ADw-/script+AD4- \\u003cscript xn--bcher-kva"
    assert decode(hidden.encode(), f"text/html; charset={label}") == hidden
    assert decode(f'<meta charset="{label}">{hidden}'.encode()).endswith(hidden)


@pytest.mark.parametrize(
    ("body", "header", "text"),
    [
        (b"caf\xc3\xa9 \xe9 \x93x\x94", "text/html; charset=utf-8", "café \ufffd \ufffdx\ufffd"),
        ("Ð\x9cÐ¾Ñ\x81Ñ\x82".encode(), None, "Ð\x9cÐ¾Ñ\x81Ñ\x82"),
        (b"\x81\x8d caf\xe9", "text/html; charset=windows-1252", "\ufffd\ufffd café"),
        (b"\xa4\xa2\xff\xa4\xa4", "text/html; charset=euc-jp", "あ\ufffdい"),
        (b"\xed\xa0\x80 x", "text/html; charset=utf-8", "\ufffd\ufffd\ufffd x"),
        (b"\xf4\x90\x80\x80\xc0\xaf x", "text/html; charset=utf-8", "\ufffd" * 6 + " x"),
        (b"cut \xe2\x82", "text/html; charset=utf-8", "cut \ufffd"),
        ("<p>橋".encode("utf-16-le") + b"\x00", "text/html; charset=utf-16le", "<p>橋\ufffd"),
    ],
    ids=["mixed", "encoded twice", "no sign of the charset", "half a sign", "surrogate", "overlong", "cut", "odd"],
)
def test_what_cannot_be_read_is_marked_and_costs_nothing_else(body: bytes, header: str | None, text: str) -> None:
    assert decode(body, header) == text


def test_a_page_in_each_charset_is_read_and_a_feed_too() -> None:
    for language, label, codec in WRITTEN:
        said = SAID[language]
        page = f"<html><title>{said}</title><body><article><h1>{said}</h1><p>{said * 4}</p></article>".encode(codec)
        reading = read_page(Document("https://paper.example.org/1", page, f"text/html; charset={label}"))
        assert reading.title == said, label
        assert said in reading.body, label
        for listing in (feed(said, codec, label, None), feed(said, codec, None, f"text/xml; charset={label}")):
            assert [lead.title for lead in listing.leads] == [said], label


def feed(title: str, codec: str, declared: str | None, header: str | None) -> Any:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    item = f"<item><title>{title}</title><link>https://paper.example.org/1</link></item>"
    body = f"{declaration}<rss version='2.0'><channel><title>x</title>{item}</channel></rss>"
    return FEED.read(Document("https://paper.example.org/feed", body.encode(codec), header), OUTLET)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "windows-1251", None])
def test_a_wide_feed_is_read_whatever_it_declares(codec: str, declared: str | None) -> None:
    assert [lead.title for lead in feed("Мост 橋", codec, declared, None).leads] == ["Мост 橋"]


@pytest.mark.parametrize("declared", ["utf-7", "UTF-7", "unicode-1-1-utf-7", "cp037", "x-nonsense"])
def test_no_list_is_read_as_utf_7(declared: str) -> None:
    hidden = "+ADw-/title+AD4APA-link+AD4-http://evil.example.org/+ADw-/link+AD4-"
    (lead,) = feed(hidden, "ascii", declared, None).leads
    assert lead.url == "https://paper.example.org/1"
    assert lead.title == hidden
    urls = "<url><loc>https://paper.example.org/+AGE-</loc></url>"
    body = f"<?xml version='1.0' encoding='{declared}'?><urlset>{urls}</urlset>".encode()
    (found,) = SITEMAP.read(Document("https://paper.example.org/sitemap.xml", body), OUTLET).leads
    assert found.url == "https://paper.example.org/+AGE-"
