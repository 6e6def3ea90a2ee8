"""Items: short marks of what a list names, kept from one whole reading for the next to be compared with."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from newsdesk import clean_url

from .lead import Lead

MOST = 500
_BYTES = 6
"""Eight characters a mark: two addresses of one list of thousands share one in about 10^8 readings."""


def marks(leads: Sequence[Lead]) -> frozenset[str]:
    """Give a mark for each address; of a longer list the 500 lowest marks, which two readings choose alike."""
    return frozenset(sorted({_mark(clean_url(lead.url)) for lead in leads})[:MOST])


def dumps(kept: Iterable[str]) -> str:
    """Give marks as they are stored: a JSON list, in order, so that the same items make the same text."""
    return json.dumps(sorted(kept), separators=(",", ":"))


def loads(stored: str | None) -> frozenset[str]:
    """Read stored marks; what is none counts as nothing known."""
    try:
        found = json.loads(stored or "[]")
    except ValueError:
        return frozenset()
    return frozenset(mark for mark in found if isinstance(mark, str)) if isinstance(found, list) else frozenset()


def _mark(address: str) -> str:
    return urlsafe_b64encode(blake2b(address.encode("utf-8", "replace"), digest_size=_BYTES).digest()).decode()
