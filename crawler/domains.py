"""Whose page an address is: the longest domain wins where one outlet lives below another."""

from collections.abc import Iterable

from crawler.addresses import on_host_of
from crawler.outlets import Outlet


class Domains:
    """The outlets that may own an address, those included that a round does not ask."""

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        known = tuple(outlets)
        self._below = {
            outlet.id: [each for each in known if each.domain.endswith("." + outlet.domain)] for outlet in known
        }

    def owner(self, url: str, outlet: Outlet) -> Outlet:
        """The outlet that a link of `outlet` belongs to: a sub-domain with an entry of its own, else `outlet`."""
        inner = [each for each in self._below.get(outlet.id, ()) if on_host_of(url, (each.domain,))]
        return max(inner, key=lambda each: len(each.domain), default=outlet)
