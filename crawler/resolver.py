"""Names resolve to global addresses only, checked at connect time, so that no link leads into a private network.

Twisted asks the resolver for literal addresses too, in all their spellings (2130706433, 0x7f.1, ::ffff:127.0.0.1).
A proxy, were one configured, would resolve by itself: the check sees only the proxy, so settings turn proxies off.
"""

import ipaddress
import logging
from collections.abc import Sequence
from typing import Any

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from scrapy.settings import BaseSettings
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

logger = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class GlobalResolver(CachingThreadedResolver):
    """Refuses every address that is not globally reachable and not in ALLOW_NETWORKS."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> "GlobalResolver":
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = allowed_networks(crawler.settings)
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if not reachable(address, self.allowed):
            logger.warning("%s is %s, which is not a public address (see crawl.allow_networks)", name, address)
            raise DNSLookupError(name)  # any other error Twisted logs as a bug; what it says is lost either way
        return address


def allowed_networks(settings: BaseSettings) -> tuple[Network, ...]:
    written: Any = settings.getlist("ALLOW_NETWORKS")
    return tuple(ipaddress.ip_network(each, strict=False) for each in written)


def reachable(address: str, allowed: Sequence[Network]) -> bool:
    """Whether a resolved address may be connected to."""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    if any(parsed.version == network.version and parsed in network for network in allowed):
        return True
    return parsed.is_global and not parsed.is_multicast
