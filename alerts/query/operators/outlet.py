"""`outlet:` asks which outlet an article is from."""

import re

from newsdesk import QueryError

from ..doc import Doc
from ..operator import PropertyField
from ..tree import Place, Test

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*")


class Outlet(PropertyField):
    """The operator."""

    def value(self, text: str, place: Place) -> Test:
        """Read a slug, or a host that covers its sub-domains."""
        wanted = text.strip().casefold().rstrip("/").removeprefix("https://").removeprefix("http://")
        if _SLUG.fullmatch(wanted):
            return Test(lambda doc: doc.outlet == wanted, f"outlet:{wanted}")
        if _HOST.fullmatch(wanted):
            host = _ascii(wanted.removeprefix("www."))
            return Test(lambda doc: _covers(host, doc), f"host:{host}")
        raise QueryError(
            f'"{text}" is no outlet',
            place.start,
            "write an outlet's slug, like outlet:rt, or a host, like outlet:rt.com",
        )


def _covers(host: str, doc: Doc) -> bool:
    return doc.host == host or doc.host.endswith("." + host)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


OUTLET = Outlet(
    "outlet", "outlet:(rt OR sputniknews.com)", "from the outlet of this slug, or of this host and all below it"
)
