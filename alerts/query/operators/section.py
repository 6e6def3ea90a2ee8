"""`section:` looks in the outlet's own section only."""

from ..operator import TextField

SECTION = TextField("section", "section:world", "in the section under which the outlet ran it", 5)
