"""`case:` keeps capitals and small letters apart."""

from dataclasses import replace

from ..operator import Field, Scope


class Case(Field):
    """The operator."""

    def scope(self, outer: Scope) -> Scope:
        """Compare case."""
        return replace(outer, case=True, stem=False)


CASE = Case("case", "case:US", "written with these capitals and small letters; accents still do not count")
