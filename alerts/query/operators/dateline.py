"""`dateline:` looks in place and agency before the text only."""

from ..operator import TextField

DATELINE = TextField("dateline", "dateline:Islamabad", "in the dateline, the place and agency before the text", 4)
