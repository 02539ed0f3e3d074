"""Whose a link is: the outlet's that names it, a sub-domain's of it, or, from an alert service, anybody's."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlsplit

from crawler.addresses import check_address, on_host_of
from crawler.domains import Domains
from crawler.errors import RefusedAddress
from crawler.outlets import Outlet, bundled_catalogue, merged, owner_of, stranger
from crawler.reading.links import Link
from crawler.redirectors import unwrapped

_PUBLIC_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]+)", re.IGNORECASE)


class Ownership:
    """The outlets that a round knows, and who else may be credited with what their alert services find."""

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self._outlets = tuple(outlets)
        self._domains = Domains(self._outlets)

    def settled(self, link: Link, outlet: Outlet) -> tuple[Link, Outlet]:
        """The link without its redirectors, and whose it is; raises RefusedAddress when it may not be fetched."""
        url = unwrapped(link.url, outlet.own_hosts if outlet.unwrap else ())
        if url != link.url:
            link = replace(link, url=url)
        if outlet.unwrap and not on_host_of(url, outlet.own_hosts):
            return link, self.credited(url)
        check_address(url, outlet.own_hosts)
        return link, self._domains.owner(url, outlet)

    def credited(self, url: str) -> Outlet:
        """Whose an address anywhere is: the outlet's on whose host it is, else the host's by its name.

        The name must be one that the public net can know: no number in any writing, nothing without a dot. What it
        resolves to is checked at connect time as ever.
        """
        if owner := owner_of(url, self._known):
            return owner
        found = stranger(url)
        check_address(url, (urlsplit(f"//{found.domain}").hostname or "",))
        if not _PUBLIC_NAME.fullmatch(found.domain):
            raise RefusedAddress(f"{url[:200]!r} is on no public host")
        return found

    @cached_property
    def _known(self) -> tuple[Outlet, ...]:
        """Also outlets that are not watched now: whoever finds their articles, these are theirs."""
        return merged(bundled_catalogue(), self._outlets)
