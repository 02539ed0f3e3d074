"""Which resolved addresses may be connected to (end to end: test_bad_answers)."""

from ipaddress import ip_network

import pytest
from scrapy.settings import BaseSettings
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from crawler.failures import hindrance, is_away, reason
from crawler.resolver import allowed_networks, private_hosts, reachable


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_addresses_are_reachable(address: str) -> None:
    assert reachable(address, ())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "fec0::1",
        "::127.0.0.1",
        "::2",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:7f00:1::1",
    ],
)
def test_private_addresses_are_not(address: str) -> None:
    assert not reachable(address, ())


def test_an_unknown_name_and_a_private_address_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(private_hosts, "intranet.example", "10.0.0.7")
    unknown, private = (
        Failure(DNSLookupError(f"no results for hostname lookup: {name}"))  # type: ignore[no-untyped-call]
        for name in ("journal.example", "intranet.example")
    )
    assert reason(unknown) == "the host's name is not known: it may be mistyped, or there is no network here"
    assert reason(private) == ("the host's address 10.0.0.7 is in a private network: name that in crawl.allow_networks")
    assert [(is_away(each), hindrance(each)) for each in (unknown, private)] == [(True, "host")] * 2


def test_a_network_that_is_allowed_is_reachable_and_no_other() -> None:
    allowed = [ip_network("192.168.1.0/24"), ip_network("fd00::/8")]
    assert reachable("192.168.1.9", allowed)
    assert reachable("::ffff:192.168.1.9", allowed)
    assert reachable("fd00::9", allowed)
    assert not reachable("192.168.2.9", allowed)
    assert not reachable("127.0.0.1", allowed)


def test_networks_are_read_from_the_settings_with_or_without_host_bits() -> None:
    settings = BaseSettings({"ALLOW_NETWORKS": ["192.168.1.7/24", "::1"]})
    assert allowed_networks(settings) == (ip_network("192.168.1.0/24"), ip_network("::1/128"))
