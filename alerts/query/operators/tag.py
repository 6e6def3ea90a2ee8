"""`tag:` asks for outlets that carry a tag."""

from ..operator import PropertyField
from ..tree import Place, Test


class Tag(PropertyField):
    """The operator."""

    def value(self, text: str, place: Place) -> Test:
        """Read a tag."""
        wanted = text.strip().casefold()
        return Test(lambda doc: wanted in doc.tags, f"tag:{wanted}")


TAG = Tag("tag", "tag:state-media", "from an outlet with this tag")
