"""The services that channels lead to by Apprise, and their addresses: a module of its own, for every command that reads
the configuration checks them, and few make a digest."""

import logging
from dataclasses import dataclass, field
from typing import Any

CONNECT, ANSWER = 10.0, 30.0
# Bytes of a text that a service shows in one message; ntfy makes an attachment of more than 4,096, Telegram refuses it.
LIMITS = {
    "json": 30_000,
    "jsons": 30_000,
    "ntfy": 3_800,
    "ntfys": 3_800,
    "slack": 12_000,
    "matrix": 30_000,
    "matrixs": 30_000,
    "tgram": 3_500,
}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; its address, Apprise's, is a secret and stands in no message, log or database."""

    id: str
    url: str = field(repr=False)

    @property
    def service(self) -> str:
        return self.url.partition("://")[0].lower()

    @property
    def limit(self) -> int:
        return LIMITS[self.service]


def flaw(url: str) -> str:
    """What is wrong with a channel's address, without the address; nothing when it will do."""
    service = url.partition("://")[0].lower()
    if service not in LIMITS:
        known = ", ".join(f"{each}://" for each in LIMITS)
        return f"its address does not begin with one of {known}"
    plugin = plugin_of(url)
    if plugin is None:
        return f"its address is none that Apprise understands as {service}://"
    if len(plugin) > 1:
        return "its address names several targets: write one channel for each, so that none is told twice"
    return ""


def plugin_of(url: str) -> Any:
    """Apprise's plugin for the address; None when it understands it not."""
    from apprise import Apprise, AppriseAsset

    for secretive in ("apprise", "urllib3"):  # they log addresses
        logging.getLogger(secretive).setLevel(logging.CRITICAL)
    asset = AppriseAsset(app_id="Veilleur", app_desc="Veilleur", app_url="", async_mode=False, plugin_paths=[])
    plugin: Any = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is not None:
        plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT, ANSWER
        plugin.retry = 0  # what is repeated is the ledger's to decide
    return plugin
