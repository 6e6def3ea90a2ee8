"""`title:` looks in the headline only."""

from ..operator import TextField

TITLE = TextField("title", "title:Lavrov", "in the headline", 0)
