"""robots.txt as RFC 9309 says: rules bind when it answers, a 4xx allows everything, a 5xx or silence forbids all.

(Scrapy's own middleware fetches the page when robots.txt cannot be had.)
"""

import logging
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Self

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response

from crawler.failures import words_for
from crawler.middlewares.origins import PerOrigin, asking

logger = logging.getLogger(__name__)

PRODUCT_TOKEN = "Veilleur"
LARGEST_ROBOTS = 500 * 1024  # RFC 9309 section 2.5: parsers must read at least 500 KiB
ALLOW_ALL = Protego.parse("")
_AGENT = re.compile(  # in all the ways in which Protego reads it
    r"\s*user(?:[- ]?agent\s*:|(?:-|\s*)agent\s+(?![^:]*:(?:\s|$)))\s*(.*)", re.IGNORECASE
)
_OTHER = "User-agent: another"


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin's robots.txt says, or why it is `missing`: then nothing may be fetched."""

    parsed: Protego
    missing: str = ""


class RobotsMiddleware:
    """Refuses what an origin's robots.txt disallows; asks each origin once a round."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules = PerOrigin(self._fetch)
        self._asking = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        return None if request.meta.get("robots") else self._rules.apply(request, _decide)

    async def _fetch(self, place: str, request: Request) -> Rules:
        asked = asking(place, "/robots.txt", request, priority=1000)
        asked.meta["robots_read"] = 0
        try:
            response = await self._download(asked)
        except Exception as error:  # whatever hinders the answer, RFC 9309 section 2.3.1.4 has one reading of it
            logger.info("robots.txt of %s cannot be had: %s", place, error)
            return Rules(ALLOW_ALL, words_for(error))
        if 200 <= response.status < 300:
            return Rules(parsed(response.body[:LARGEST_ROBOTS].decode("utf-8-sig", "replace")))
        allowed = 300 <= response.status < 500 and response.status != 429
        return Rules(ALLOW_ALL, "" if allowed else f"HTTP {response.status}")

    async def _download(self, asked: Request) -> Response:
        """The answer, read no further than is needed; only meanwhile each piece of any answer costs a signal."""
        assert self._crawler.engine is not None
        if not self._asking:
            self._crawler.signals.connect(self._received, signals.bytes_received)
        self._asking += 1
        try:
            return await self._crawler.engine.download_async(asked)
        finally:
            self._asking -= 1
            if not self._asking:
                self._crawler.signals.disconnect(self._received, signals.bytes_received)

    def _received(self, data: bytes, request: Request) -> None:
        """Stops reading a robots.txt when there is enough of it, whatever its length."""
        if "robots_read" in request.meta:
            request.meta["robots_read"] += len(data)
            if request.meta["robots_read"] > LARGEST_ROBOTS:
                raise StopDownload(fail=False)


def parsed(text: str) -> Protego:
    """The rules of a robots.txt, those for us and for all; Protego would hold each rule once for each crawler that is
    named above it, which takes minutes and gigabytes where 10,000 are named above 10,000 rules."""
    return Protego.parse("\n".join(map(_without_others, text.splitlines())))


def _without_others(line: str) -> str:
    found = _AGENT.match(line.partition("#")[0])
    is_another = found is not None and found[1].strip().lower().replace("*", "") not in PRODUCT_TOKEN.lower()
    return _OTHER if is_another else line


def _decide(request: Request, rules: Rules) -> None:
    if rules.missing:
        raise IgnoreRequest(f"robots.txt cannot be had: {rules.missing}")
    if not rules.parsed.can_fetch(request.url, PRODUCT_TOKEN):
        raise IgnoreRequest("robots.txt disallows this address")
