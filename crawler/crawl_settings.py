"""Scrapy's settings for one crawl: the project's, with what the crawl's order says."""

from collections.abc import Iterable, Mapping
from typing import Any

from scrapy.settings import Settings

from crawler import settings as project_settings

SMALLEST_DELAY = 0.01  # in a slot without delay Scrapy 2.19 starts all that is queued at once, whatever its concurrency
_BOUNDED = "crawler.bounds.BoundedHandler"


def crawl_settings(user_agent: str, allow_networks: Iterable[str], seconds: float, **own: Any) -> Settings:
    """The settings of a crawl that ends by itself after `seconds`; `own` are further ones of Scrapy's, by name."""
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    ordered = {
        "USER_AGENT": user_agent,
        "ALLOW_NETWORKS": list(allow_networks),
        "LOG_INSTALL_ROOT_HANDLER": False,
        "CLOSESPIDER_TIMEOUT": seconds,
    }
    settings.setdict(ordered | own, priority="cmdline")
    return settings


def ledgerless_settings(user_agent: str, allow_networks: Iterable[str], seconds: float, **own: Any) -> Settings:
    """The same for a crawl that stores nothing, without the parts of the project that need a round's ledger."""
    handlers = {**project_settings.DOWNLOAD_HANDLERS, "http": _BOUNDED, "https": _BOUNDED}
    without = {"DOWNLOAD_HANDLERS": handlers, "ITEM_PIPELINES": {}}
    return crawl_settings(user_agent, allow_networks, seconds, **without, **own)


def download_slots(delays: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """One slot an outlet, by its id: one request at a time, `delays` seconds apart."""
    return {outlet: {"concurrency": 1, "delay": delay} for outlet, delay in delays.items()}
