"""Whether an extracted text is the whole text: weighed against what the page claims and where its paragraphs stand."""

import re

from .blocks import blocks
from .claims import Claims
from .jsonld import text
from .texts import clean, squeeze
from .tree import Element, words_in

_NOT_TEXT = re.compile(
    r"comment|related|recommend|teaser|promo|card|footer|disclaimer|legal|cookie|modal|discuss", re.I
)
_LEAST_CLAIM = 200
_PARAGRAPH = 60
_LEAST_MASS = 800
_USUAL_PARAGRAPH = 90
_LEAST_BOX = 4000
_SHARE_FOUND = 0.21
_FEW = 6


def whole(claims: Claims, paragraphs: list[str]) -> list[str]:
    """Give the paragraphs, or better ones where much of the text is missing from them."""
    claimed = text(claims.article, "articleBody") or text(claims.article, "text")
    key = squeeze(claimed)
    if len(key) >= _LEAST_CLAIM:
        return _by_claim(claims.root, paragraphs, claimed, key)
    return _by_box(claims.root, _by_mass(claims.root, paragraphs))


def _by_claim(root: Element, paragraphs: list[str], claimed: str, key: str) -> list[str]:
    """Weigh against the text that the page claims to have (often cut short, so that it may only add)."""
    inside = [_within(line, key) for line in paragraphs]
    covered = sum(len(squeeze(line)) for line, known in zip(paragraphs, inside, strict=True) if known)
    length = sum(map(len, paragraphs))
    if covered >= 0.85 * len(key) and length <= 1.4 * len(claimed):
        return _between(paragraphs, inside)
    if length > 0.75 * len(claimed):
        return paragraphs
    shown = _once([line for line in blocks(root) if _within(line, key)])
    if sum(len(squeeze(line)) for line in shown) >= 0.8 * len(key):
        return shown
    if length < 0.5 * len(claimed):
        return [line for part in re.split(r"\n+", claimed) if (line := clean(part))]
    return paragraphs


def _within(line: str, key: str) -> bool:
    mine = squeeze(line)
    return len(mine) > 3 and mine in key


def _once(lines: list[str]) -> list[str]:
    return list(dict.fromkeys(lines))


def _between(paragraphs: list[str], inside: list[bool]) -> list[str]:
    """Keep from the first to the last claimed paragraph: sub-headings and quotes between them are often not claimed."""
    first = inside.index(True)
    last = len(inside) - inside[::-1].index(True)
    return paragraphs[first:last]


def _by_mass(root: Element, paragraphs: list[str]) -> list[str]:
    """Weigh against the boxes of one class that hold most of the page's paragraphs: long texts come in several."""
    boxes: dict[tuple[str, Element | None], list[Element]] = {}
    masses: dict[tuple[str, Element | None], list[int]] = {}
    for paragraph in root.iter("p"):
        length = len("".join(paragraph.itertext()))
        if length < _PARAGRAPH:
            continue
        box = paragraph.getparent()
        piece = next(box.iterancestors("article"), None)
        name = (box.get("class") or f"#{box.get('id') or id(box)}", piece)
        held = boxes.setdefault(name, [])
        if not held or held[-1] is not box:
            held.append(box)
        masses.setdefault(name, []).append(length)
    if not masses:
        return paragraphs
    name = max(masses, key=lambda key: sum(masses[key]))
    lengths, mass, length = masses[name], sum(masses[name]), sum(map(len, paragraphs))
    enough = len(lengths) > 2 and mass >= _LEAST_MASS and mass >= len(lengths) * _USUAL_PARAGRAPH
    if not enough or mass < 1.6 * length or _is_aside(boxes[name][0]):
        return paragraphs
    better = [line for box in boxes[name] for line in blocks(box)]
    shared = sum(len(line) for line in paragraphs if line in better)
    return better if shared >= 0.5 * length else paragraphs


def _by_box(root: Element, paragraphs: list[str]) -> list[str]:
    """Where most of the page's sentences are missing, take the smallest box that holds nearly all of them."""
    masses = {line: _own_length(line) for line in root.iter("p", "li") if line.getparent() is not None}
    masses = {line: mass for line, mass in masses.items() if mass >= _PARAGRAPH}
    length = sum(map(len, paragraphs))
    if len(masses) < _FEW or sum(masses.values()) < max(_LEAST_BOX, length / _SHARE_FOUND):
        return paragraphs
    masses = {line: mass for line, mass in masses.items() if not _is_aside(line.getparent())}
    whole_mass = sum(masses.values())
    if len(masses) < _FEW or whole_mass < max(_LEAST_BOX, length / _SHARE_FOUND):
        return paragraphs
    held: dict[Element, int] = {}
    for line, mass in masses.items():
        for box in line.iterancestors():
            held[box] = held.get(box, 0) + mass
    best = max(
        (box for box in held if held[box] >= 0.8 * whole_mass), key=lambda box: sum(1 for _ in box.iterancestors())
    )
    if best.tag in ("body", "html", "ul", "ol") or _is_list(best):
        return paragraphs
    better = blocks(best)
    return better if sum(map(len, better)) >= 2 * length else paragraphs


def _is_list(box: Element) -> bool:
    """Tell a box of several articles, each with its own linked headline."""
    headings = [heading for heading in box.iter("h1", "h2", "h3", "h4", "h5")]
    linked = sum(1 for heading in headings if heading.find(".//a[@href]") is not None or heading.getparent().tag == "a")
    return linked >= 3 and 3 * linked > len(headings)


def _own_length(line: Element) -> int:
    """Give the length of a line's words, 0 where most of them are links."""
    words = len(words_in(line).strip())
    if words < _PARAGRAPH:
        return 0
    linked = sum(len(words_in(link)) for link in line.iter("a"))
    return words if 2 * linked < words else 0


def _is_aside(box: Element) -> bool:
    parts = (part for part in (box, *box.iterancestors()) if part.tag != "body")
    return any(_NOT_TEXT.search(f"{part.get('class', '')} {part.get('id', '')}") for part in parts)
