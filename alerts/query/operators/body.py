"""`body:` looks in the text only."""

from ..operator import TextField

BODY = TextField("body", 'body:"peace process"', "in the text below headline and lede", 2)
