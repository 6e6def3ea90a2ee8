"""Sites: which outlet an address belongs to, so that no list can claim another outlet's articles for its own."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from newsdesk import site_of

from .lead import Lead
from .outlet import Outlet


class Sites:
    """The sites of the outlets that are polled, learnt anew with each configuration.

    A page on another outlet's site is left to that one, whose own lists bring it: else whoever lists it first would
    have it credited to himself, or, listing it at his first visit, have it filed without an alert.
    """

    def __init__(self, outlets: Iterable[Outlet] = ()) -> None:
        """Know these outlets."""
        self.learn(outlets)

    def learn(self, outlets: Iterable[Outlet]) -> None:
        """Know these outlets and no others."""
        self._homes = {outlet.slug: _homes(outlet) for outlet in outlets}
        self._owners: dict[str, str] = {}
        for slug, homes in sorted(self._homes.items()):
            self._owners.setdefault(homes[0], slug)

    def owner(self, url: str, lister: str) -> str | None:
        """Give the other outlet on whose site an address stands; None when it is the lister's own, or nobody's."""
        labels = site_of(url).split(".")
        homes = self._homes.get(lister, ())
        # The nearest site counts: a sub-domain with an outlet of its own is not its parent's.
        for start in range(len(labels)):
            site = ".".join(labels[start:])
            if site in homes:
                return None
            if site in self._owners:
                return self._owners[site]
        return None

    def own(self, lister: str, leads: Sequence[Lead]) -> tuple[Lead, ...]:
        """Give the leads that are not another outlet's."""
        if len(self._homes) < 2:
            return tuple(leads)
        owners: dict[str, str | None] = {}
        for lead in leads:
            netloc = urlsplit(lead.url).netloc
            if netloc not in owners:
                owners[netloc] = self.owner(lead.url, lister)
        return tuple(lead for lead in leads if owners[urlsplit(lead.url).netloc] is None)


def _homes(outlet: Outlet) -> tuple[str, ...]:
    """Give an outlet's site, then the hosts of its lists."""
    return tuple(dict.fromkeys(site_of(url) for url in (outlet.site, *(source.url for source in outlet.sources))))
