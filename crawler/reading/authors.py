"""Who wrote a piece: people, or the agency that is credited. The outlet itself or its desk as "author" gives none."""

import re
from collections.abc import Iterable
from itertools import islice

from .claims import Claims, item_value
from .jsonld import Node, kinds
from .texts import clean, host_of, squeeze
from .tree import Element, words_in

_BY = re.compile(
    r"^\s*(?:(?:written |posted |story |words |text |reported )?by|(?:(?:ein|er)stellt |alles )?von|"
    r"par|por|di|door|av|af|od|автор[ы]?|текст|"
    r"autor(?:es|in)?|auteur|autore|przez|yazan|بقلم|מאת|文|記者|记者)\b[\s:：]*",
    re.I,
)
_AND = re.compile(
    r"\s*(?:;|\||•|·|\s/\s|\band\b|\bund\b|\bet\b|\by\b(?=\s+[A-ZÁÉÍÓÚ])|\be\b(?=\s+[A-Z])|\bи\b|&|、|，)\s*"
)
_TITLE = re.compile(r"\s?(?:기자|記者|记者)$")
_COMMA = re.compile(r"\s*,\s*")
_NO_NAME = re.compile(
    r"\b(?:staff|editors?|editorial|newsroom|news ?desk|desk|correspondents?|reporters?|team|admin(?:istrator)?|"
    r"webmaster|redaktion|redaction|rédaction|redacción|redazione|redacção|redação|redakcja|redactie|редакция|"
    r"press release|wire service|contributors?|news service|online|website|web desk)\b|@|https?:|www\.|"
    r"\.(?:com|org|net|ru|de|fr)\b|[{}<>=]|^\d|^(?:by|von|author|unknown|null|none|undefined|guest|news|home|search)$",
    re.I,
)
_METAS = (
    "author", "parsely-author", "byl", "sailthru.author", "dc.creator", "dc.creator.name", "dcterms.creator",
    "article:author", "cxenseparse:author", "article:author_name", "mediator_author", "citation_author",
)  # fmt: skip
_BYLINE = re.compile(r"author|byline", re.I)
_PARTICLES = frozenset(
    ["de", "del", "der", "den", "di", "da", "do", "dos", "la", "le", "van", "von", "zu", "bin", "al"]
)
_DIGIT = re.compile(r"\d")
_MOST = 12
_LONGEST = 60
_LONGEST_LIST = 1500
_MOST_NAMED = 40


def find_authors(claims: Claims, outlet_name: str | None = None) -> tuple[str, ...]:
    """Give the names of the people a page names as its authors, in its order."""
    barred = _barred(claims, outlet_name)
    for names in (
        _of_jsonld(claims),
        _of_metas(claims),
        _of_microdata(claims),
        _seen(claims),
    ):
        people = people_in(names, barred)
        if people:
            return people
    return ()


def people_in(names: Iterable[str], barred: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Split bylines into names and keep the people, each once."""
    people: dict[str, str] = {}
    for byline in islice(names, _MOST_NAMED):
        for name in _split(byline):
            key = squeeze(name)
            if _is_name(name) and key not in barred and not _is_part_of(name, key, barred):
                people.setdefault(key, name)
    return tuple(people.values())[:_MOST]


def _is_part_of(name: str, key: str, barred: frozenset[str]) -> bool:
    """Tell the short form of an outlet's own name: `Sputnik` where the site is Sputnik International."""
    return " " not in name and len(key) > 4 and any(own.startswith(key) for own in barred)


def _split(byline: str) -> list[str]:
    byline = _BY.sub("", clean(byline[:_LONGEST_LIST]))
    byline = re.sub(r"\s*\((?!.*\(.*\().*?\)", "", byline)
    names = []
    for part in _AND.split(byline):
        pieces = _COMMA.split(part)
        # "Smith, John" is one person, "John Smith, Mary Major" are two, "John Smith, Moscow" is one in a place.
        if len(pieces) == 2 and all(" " not in piece for piece in pieces):
            names.append(f"{pieces[1]} {pieces[0]}")
        elif len(pieces) > 1:
            # What is shouted after a name is the desk: `David Straub, MDR THÜRINGEN`.
            names.extend(
                piece for piece in pieces if " " in piece and (pieces[0].isupper() or not piece[-4:].isupper())
            )
        else:
            names.append(part)
    return [_TITLE.sub("", _BY.sub("", name)).strip(" .,-–—:") for name in names]


def _is_name(name: str) -> bool:
    return (
        1 < len(name) <= _LONGEST
        and any(letter.isalpha() for letter in name)
        and name.count(" ") <= 5
        and not _NO_NAME.search(name)
    )


def _barred(claims: Claims, outlet_name: str | None) -> frozenset[str]:
    node = claims.article
    names = [outlet_name or "", claims.meta("og:site_name", "application-name", "publisher", "dc.publisher")]
    names += [clean(str(item.get("name", ""))) for item in claims.graph.nodes(node.get("publisher") or [])]
    for address in (claims.meta("og:url"), claims.meta("al:web:url")):
        host = host_of(address)
        names += [host, host.removeprefix("www."), host.removeprefix("www.").rsplit(".", 1)[0]]
    return frozenset(key for key in map(squeeze, names) if key)


def _of_jsonld(claims: Claims) -> list[str]:
    names: list[str] = []
    for node in claims.graph.nodes(claims.article.get("author") or claims.article.get("creator") or []):
        if not _is_organisation(node):
            value = node.get("name")
            names += [clean(str(name)) for name in (value if isinstance(value, list) else [value]) if name]
        elif node.get("name"):
            names.append("")
    return [name for name in names if name]


def _is_organisation(node: Node) -> bool:
    return any(kind.endswith("Organization") for kind in kinds(node))


def _of_metas(claims: Claims) -> list[str]:
    for name in _METAS:
        contents = [clean(content) for content in claims.metas.get(name, ())]
        contents = [content for content in contents if content and not content.startswith(("http", "/"))]
        if contents:
            return contents
    return []


def _of_microdata(claims: Claims) -> list[str]:
    names = []
    for element in claims.items("author")[:_MOST]:
        if any("Organization" in (part.get("itemtype") or "") for part in (element,)):
            continue
        inner = element.xpath(".//*[@itemprop='name']")
        names += [item_value(part) for part in inner] or [item_value(element)]
    return [name for name in names if len(name) <= 2 * _LONGEST]


def _bylines(claims: Claims) -> list[Element]:
    """Give the elements that call themselves a byline, those of `rel=author` first."""
    found = claims.root.xpath("//body//a[@rel='author']") if "author" in claims.source else []
    for name, elements in claims.classed.items():
        if _BYLINE.search(name):
            found += elements[:4]
    outside = ("footer", "aside", "nav", "form")
    return [e for e in found[:12] if not any(_is_outside(box, outside) for box in (e, *e.iterancestors()))]


def _is_outside(box: Element, tags: tuple[str, ...]) -> bool:
    return box.tag in tags or "comment" in f"{box.get('class', '')} {box.get('id', '')}".lower()


def _seen(claims: Claims) -> list[str]:
    """Look for a byline among what is shown; only short ones that name people are believed."""
    for element in _bylines(claims):
        links = [clean(words_in(link)) for link in islice(element.iter("a"), _MOST_NAMED)]
        names = [name for name in links if name] or [clean(words_in(element))]
        people = [name for byline in names if len(byline) <= 2 * _LONGEST for name in people_in([byline])]
        if people := [name for name in people if _looks_like_a_person(name)]:
            return people
    return []


def _looks_like_a_person(name: str) -> bool:
    """Tell whether words that merely stand in a byline can be a name: two to five, capitals in front, nothing else."""
    words = name.split()
    if not 2 <= len(words) <= 5 or _DIGIT.search(name) or name.isupper():
        return False
    return all(word in _PARTICLES or (word[0].isalpha() and not word[0].islower()) for word in words)
