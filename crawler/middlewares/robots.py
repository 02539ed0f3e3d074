"""robots.txt as RFC 9309 says: rules bind when it answers, a 4xx allows everything, a 5xx or silence forbids all.

(Scrapy's own middleware fetches the page when robots.txt cannot be had.)
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http.request import NO_CALLBACK

from crawler.failures import words_for

logger = logging.getLogger(__name__)

PRODUCT_TOKEN = "Veilleur"
LARGEST_ROBOTS = 500 * 1024  # RFC 9309 section 2.5: parsers must read at least 500 KiB
ALLOW_ALL = Protego.parse("")


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin's robots.txt says, or why it is `missing`: then nothing may be fetched."""

    parsed: Protego
    missing: str = ""


class RobotsMiddleware:
    """Refuses what an origin's robots.txt disallows; asks each origin once a round."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware._received, signals.bytes_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        rules = await self._rules_for(request)
        if rules.missing:
            raise IgnoreRequest(f"robots.txt cannot be had: {rules.missing}")
        if not rules.parsed.can_fetch(request.url, PRODUCT_TOKEN):
            raise IgnoreRequest("robots.txt disallows this address")

    async def _rules_for(self, request: Request) -> Rules:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin, request))
        return await asyncio.shield(self._rules[origin])

    async def _fetch(self, origin: str, request: Request) -> Rules:
        meta: dict[str, Any] = {
            key: request.meta[key] for key in ("hosts", "outlet", "download_slot") if key in request.meta
        }
        asked = Request(f"{origin}/robots.txt", NO_CALLBACK, priority=1000, meta={**meta, "robots": True})
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:  # whatever hinders the answer, RFC 9309 section 2.3.1.4 has one reading of it
            logger.info("robots.txt of %s cannot be had: %s", origin, error)
            return Rules(ALLOW_ALL, words_for(error))
        if 200 <= response.status < 300:
            return Rules(Protego.parse(response.body[:LARGEST_ROBOTS].decode("utf-8-sig", "replace")))
        allowed = 300 <= response.status < 500 and response.status != 429
        return Rules(ALLOW_ALL, "" if allowed else f"HTTP {response.status}")

    def _received(self, data: bytes, request: Request) -> None:
        """Stops reading a robots.txt when there is enough of it, whatever its length."""
        if request.meta.get("robots"):
            request.meta["robots_read"] = request.meta.get("robots_read", 0) + len(data)
            if request.meta["robots_read"] > LARGEST_ROBOTS:
                raise StopDownload(fail=False)
