"""`author:` looks in the authors' names only."""

from ..operator import TextField

AUTHOR = TextField("author", "author:Smith", "in the names of the authors", 3)
