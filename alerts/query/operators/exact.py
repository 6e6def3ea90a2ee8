"""`exact:` compares accents and marks."""

from dataclasses import replace

from ..operator import Field, Scope


class Exact(Field):
    """The operator."""

    def scope(self, outer: Scope) -> Scope:
        """Compare accents."""
        return replace(outer, exact=True, stem=False)


EXACT = Exact("exact", "exact:résumé", "written with these accents and marks; capitals still do not count")
