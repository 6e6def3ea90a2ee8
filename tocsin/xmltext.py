"""XML written by hand, so that a feed can be streamed: only characters that XML 1.0 may hold, all of them escaped."""

import re
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, text: str | None, **attributes: str) -> str:
    """Give one element; an empty one where `text` is None."""
    named = "".join(f" {key}={quoteattr(_NOT_XML.sub('', value))}" for key, value in attributes.items())
    if text is None:
        return f"<{name}{named}/>"
    return f"<{name}{named}>{escape(_NOT_XML.sub('', text))}</{name}>"
