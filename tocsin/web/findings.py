"""Findings: what a watch has found, as a feed."""

from datetime import UTC, datetime
from io import StringIO

from alerts import Ledger, Watch, carriers
from newsdesk import Desk, FiledArticle
from tocsin.format import FORMATS, About

from .page import House

_NEWEST = 50
_LOOKED_THROUGH = 200


def atom_of(house: House, watch: Watch, link: str) -> str:
    """Give the newest articles that a watch matched, as Atom that stands at `link`."""
    out = StringIO()
    found, also_in = _found(house, watch)
    FORMATS["atom"].write(found, out, About(watch.name, link, datetime.now(UTC), also_in))
    return out.getvalue()


def _found(house: House, watch: Watch) -> tuple[list[FiledArticle], dict[str, list[FiledArticle]]]:
    """Give what was matched, newest first and each text once, and by its id who else has that text by now."""
    desk, by_text = Desk(house.database), dict[str, FiledArticle]()
    ids = dict.fromkeys(match.article for match in Ledger(house.database).of_watch(watch.slug, limit=_LOOKED_THROUGH))
    with house.database.read() as session:
        for filed in (desk.find(session, article) for article in ids):
            if filed is not None and (filed.original in by_text or len(by_text) < _NEWEST):
                by_text.pop(filed.original, None)
                by_text[filed.original] = filed  # the first that matched stands for its copies
        return list(by_text.values()), {filed.id: carriers(session, desk, filed) for filed in by_text.values()}
