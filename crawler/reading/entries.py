"""Texts that come in many small pieces: the entries of a live blog, the captions of a gallery."""

import re
from collections import Counter

from .blocks import blocks
from .claims import Claims
from .jsonld import Node, kinds, text
from .texts import clean, squeeze
from .tree import Element, words_in

_FEWEST = 4
_MOST = 1000
_CAPTION = 30
_FEW_LETTERS = 900
_MORE = 1.3
_LEVELS = 5
_ENTRY = 60
_NOT_ENTRIES = re.compile(
    r"comment|discuss|related|recommend|teaser|card|promo|most-?read|listing|news-?feed|lenta", re.I
)


def live_blog(claims: Claims) -> Node:
    """Give the JSON-LD node of the page's live blog; {} when it is none."""
    return next((node for node in claims.graph.all() if "LiveBlogPosting" in kinds(node)), {})


def updates(claims: Claims, blog: Node) -> list[Node]:
    """Give the entries that a live blog claims, in its order."""
    return [node for node in claims.graph.nodes(blog.get("liveBlogUpdate") or []) if isinstance(node, dict)][:_MOST]


def claimed_entries(claims: Claims) -> list[str]:
    """Give the paragraphs of all entries that the page's live blog claims, each under its headline."""
    lines: list[str] = []
    for entry in updates(claims, live_blog(claims)):
        body = [line for part in re.split(r"\n+", text(entry, "articleBody")) if (line := clean(part))]
        head = clean(text(entry, "headline"))
        if head and not (body and squeeze(body[0]).startswith(squeeze(head))):
            lines.append(head)
        lines += body
    return lines


def shown_entries(root: Element) -> list[str]:
    """Give the paragraphs of the largest row of boxes that each hold a time and a text, as live blogs are built."""
    rows: dict[tuple[Element, str, str], list[Element]] = {}
    for time in list(root.iter("time"))[:_MOST]:
        box = time
        for _ in range(_LEVELS):
            above = box.getparent()
            if above is None or above.tag in ("body", "html"):
                break
            row = rows.setdefault((above, box.tag, (box.get("class") or "").split(" ")[0]), [])
            if not row or row[-1] is not box:
                row.append(box)
            box = above
    best: list[str] = []
    for boxes in rows.values():
        if len(boxes) >= _FEWEST and not _is_elsewhere(boxes[0]):
            entries = [entry for box in boxes if (entry := _entry(box))]
            lines = [line for entry in entries for line in entry] if len(entries) >= _FEWEST else []
            best = max(best, lines, key=lambda lines: sum(map(len, lines)))
    return best


def _entry(box: Element) -> list[str]:
    words = len(words_in(box, 20_000))
    linked = sum(len(words_in(link)) for link in box.iter("a"))
    if words < _ENTRY or 2 * linked > words:
        return []
    shown = {squeeze(words_in(time, 200)) for time in box.iter("time")}
    return [line for line in blocks(box) if squeeze(line) not in shown]


def _is_elsewhere(box: Element) -> bool:
    return any(
        part.tag in ("aside", "nav", "footer") or _NOT_ENTRIES.search(f"{part.get('class', '')} {part.get('id', '')}")
        for part in (box, *box.iterancestors())
        if part.tag != "body"
    )


def captions(claims: Claims) -> list[str]:
    """Give the captions of a page's pictures, each once; [] for a page with only a few."""
    lines = [clean(words_in(caption)) for caption in list(claims.root.iter("figcaption"))[:_MOST]]
    if len(lines) < _FEWEST:
        galleries = [node for node in claims.graph.all() if "ImageGallery" in kinds(node)]
        images = [image for node in galleries for key in _IMAGES for image in claims.graph.nodes(node.get(key) or [])]
        lines = [clean(text(image, "caption") or text(image, "description")) for image in images[:_MOST]]
    counts = Counter(line for line in lines if len(line) >= _CAPTION)
    return list(counts) if len(counts) >= _FEWEST else []


_IMAGES = ("image", "associatedMedia", "hasPart")


def with_entries(claims: Claims, paragraphs: list[str], entries: list[str], pictures: list[str]) -> list[str]:
    """Give a text with the entries and captions that were missing from it."""
    length = sum(map(len, paragraphs))
    claimed = claimed_entries(claims)
    told = sum(map(len, claimed))
    shown = sum(map(len, entries))
    if claimed or (entries and shown > _MORE * length):
        pieces = entries if shown >= 0.8 * told else claimed
        known = squeeze("".join(pieces))
        if sum(map(len, pieces)) > _MORE * length or _missing(pieces, paragraphs):
            return [line for line in paragraphs if squeeze(line) not in known][:_FEWEST] + pieces
        return paragraphs
    if pictures and length < _FEW_LETTERS and sum(map(len, pictures)) > length:
        known = squeeze("".join(paragraphs))
        return paragraphs + [line for line in pictures if squeeze(line) not in known]
    return paragraphs


def _missing(pieces: list[str], paragraphs: list[str]) -> bool:
    """Tell whether more than a tenth of the pieces is missing from the paragraphs."""
    known = squeeze("".join(paragraphs))
    missing = sum(len(piece) for piece in pieces if squeeze(piece) not in known)
    return 10 * missing > sum(map(len, pieces))
