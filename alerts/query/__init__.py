"""The watch language: read a query, test an article, find its spans."""

from .doc import TEXT, Doc
from .grammar import Query, parse
from .index import WatchIndex
from .operator import OPERATORS, Field, Function, Infix, Operator, Scope
from .span import Span

__all__ = [
    "OPERATORS",
    "TEXT",
    "Doc",
    "Field",
    "Function",
    "Infix",
    "Operator",
    "Query",
    "Scope",
    "Span",
    "WatchIndex",
    "parse",
]
