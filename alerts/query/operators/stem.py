"""`stem:` finds the other forms of a word."""

from dataclasses import replace

from ..operator import Field, Scope


class Stem(Field):
    """The operator."""

    def scope(self, outer: Scope) -> Scope:
        """Compare stems."""
        return replace(outer, stem=True, case=False, exact=False)


STEM = Stem("stem", "stem:negotiate", "in any form that the article's language makes of it: negotiates, negotiating")
