"""`lede:` looks in the paragraph that introduces the article only."""

from ..operator import TextField

LEDE = TextField("lede", "lede:(Quartet OR Hamas)", "in the lede, the paragraph that introduces the article", 1)
