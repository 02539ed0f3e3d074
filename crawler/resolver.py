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

private_hosts: dict[str, str] = {}  # refused names and their addresses: the error that Twisted makes tells neither
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Site-local (RFC 3879) and NAT64 in one's own network (RFC 8215): older Pythons call these global.
_LOCAL = (ipaddress.IPv6Network("fec0::/10"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE, _NAT64 = ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96")


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
            private_hosts[name] = address
            raise DNSLookupError(name)  # any other error Twisted logs as a bug; what it says is lost either way
        return address


def allowed_networks(settings: BaseSettings) -> tuple[Network, ...]:
    written: Any = settings.getlist("ALLOW_NETWORKS")
    return tuple(ipaddress.ip_network(each, strict=False) for each in written)


def reachable(address: str, allowed: Sequence[Network]) -> bool:
    """Whether a resolved address may be connected to, and every IPv4 address that it carries inside."""
    parsed = ipaddress.ip_address(address)
    carried = _carried(parsed)
    if carried is not None:
        return _may_be_reached(carried, allowed)
    return _may_be_reached(parsed, allowed)


def _may_be_reached(address: Address, allowed: Sequence[Network]) -> bool:
    if any(address.version == network.version and address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast and not any(address in network for network in _LOCAL)


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a gateway would connect to for this one: mapped and compatible (RFC 4291), 6to4 (RFC 3056),
    NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):  # not :: and ::1 themselves
        return ipaddress.IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour
