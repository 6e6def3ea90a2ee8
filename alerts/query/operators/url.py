"""`url:` looks in the address only."""

from ..operator import TextField

URL = TextField("url", "url:rt.com/news", "in the article's address, whose parts are words", 6)
