"""Fingerprint: near-copies of the same story, found by a few sampled word groups and confirmed on the texts."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from heapq import nsmallest
from zlib import crc32

STORED = 8
"""How many hashes of an article are kept."""
PROBES = 40
"""How many are looked up: a text to which paragraphs were added has the kept ones further down its own list."""
ENOUGH = 30
"""Fewer tokens than this say nothing: two notices of one sentence are alike without being copies."""

# Scripts written without spaces: each letter is a token there.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that belong to a letter and that `\w` leaves out; the Indic blocks but for their full stops.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(f"[\\w{_MARKS}]+")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
_APOSTROPHE = re.compile("(?<=\\w)['\u2019\u02bc](?=\\w)")


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a text is compared by; made by `Fingerprint.of`."""

    tokens: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Fingerprint":
        """Take the tokens of a text: words in compatibility form and small letters, characters where none stand apart.

        This folding is frozen: what is stored was made with it.
        """
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        tokens = _WORD.findall(_APOSTROPHE.sub("", plain.lower()).replace("_", " "))
        if _HAS_UNSPACED.search(plain):
            tokens = [piece for token in tokens for piece in _PIECE.findall(token)]
        return cls(tuple(tokens))

    @property
    def is_enough(self) -> bool:
        """Tell whether the text is long enough for a comparison to mean something."""
        return len(self.tokens) >= ENOUGH

    @cached_property
    def digest(self) -> str:
        """Give the hash of the tokens: equal texts, whatever their spaces, marks and capitals."""
        return blake2b(" ".join(self.tokens).encode(), digest_size=16).hexdigest()

    @cached_property
    def is_unspaced(self) -> bool:
        """Tell whether the tokens are mostly letters that stand as words, as in Chinese or Thai."""
        return sum(map(len, self.tokens)) <= 2 * len(self.tokens)

    @cached_property
    def shingles(self) -> dict[int, str]:
        """Give every group of neighbouring tokens by its 32-bit hash."""
        size = 7 if self.is_unspaced else 4
        groups = map(" ".join, zip(*(self.tokens[start:] for start in range(size)), strict=False))
        return {crc32(group.encode()): group for group in groups}

    @cached_property
    def probes(self) -> tuple[int, ...]:
        """Give the smallest 63-bit hashes, to be looked up among the kept ones of other texts."""
        if not self.is_enough:
            return ()
        # The cheap hash chooses, the dear one widens what was chosen: 32 bits collide among millions of articles.
        return tuple(
            sorted(
                small << 31 | int.from_bytes(blake2b(self.shingles[small].encode(), digest_size=4).digest()) >> 1
                for small in nsmallest(PROBES, self.shingles)
            )
        )

    @property
    def hashes(self) -> tuple[int, ...]:
        """Give the hashes to be kept, unless some of them turn out to say nothing."""
        return self.probes[:STORED]

    def containment(self, other: "Fingerprint") -> float:
        """Give the share of the shorter text that stands in the longer one, from 0 to 1."""
        shorter = min(len(self.shingles), len(other.shingles))
        return len(self.shingles.keys() & other.shingles.keys()) / shorter if shorter else 0.0


def split_words(plain: str) -> Iterator[tuple[str, str]]:
    """Give the words of a text in compatibility form, capitals kept, each with the two signs that stand before it."""
    plain = _APOSTROPHE.sub("", plain)
    unspaced = _HAS_UNSPACED.search(plain) is not None
    for found in _WORD.finditer(plain):
        before = plain[max(0, found.start() - 2) : found.start()]
        if unspaced:
            yield from ((piece, before) for piece in _PIECE.findall(found.group()))
        else:
            yield found.group(), before
