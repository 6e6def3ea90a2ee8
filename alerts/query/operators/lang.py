"""`lang:` asks in which language an article is."""

import re

from newsdesk import QueryError

from ..doc import Doc
from ..operator import PropertyField
from ..tree import Place, Test

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")


class Lang(PropertyField):
    """The operator."""

    def value(self, text: str, place: Place) -> Test:
        """Read a language tag, which covers its regions."""
        wanted = text.strip().lower().replace("_", "-")
        if not _TAG.fullmatch(wanted):
            raise QueryError(f'"{text}" is no language', place.start, "write a code, like lang:en or lang:pt-BR")
        return Test(lambda doc: speaks(doc, wanted), f"lang:{wanted}")


def speaks(doc: Doc, wanted: str) -> bool:
    """Tell whether an article's language is the wanted one, or a region's form of it."""
    return doc.language is not None and (doc.language == wanted or doc.language.startswith(wanted + "-"))


LANG = Lang("lang", "lang:en", "in this language; `en` covers en-GB")
