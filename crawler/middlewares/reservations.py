"""Pages whose outlet reserves text and data mining are not read: what the source said of them has to do."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.addresses import origin
from crawler.reservations import (
    FILE,
    RESERVED,
    Rule,
    read_file,
    reserved_by_file,
    reserved_by_header,
    reserved_by_page,
)

logger = logging.getLogger(__name__)


class ReservationsMiddleware:
    """Refuses requests with `tdm` "honour" in their meta where a reservation holds; asks a file once a round."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules: dict[str, asyncio.Future[tuple[Rule, ...]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        if request.meta.get("tdm") != "honour":
            return None
        asked = self._rules.get(origin(request.url))
        if asked is None or not asked.done():
            return self._decide_later(request)
        _decide(request, asked.result())
        return None

    async def _decide_later(self, request: Request) -> None:
        _decide(request, await self._rules_for(request))

    def process_response(self, request: Request, response: Response) -> Response:
        if request.meta.get("tdm") != "honour":
            return response
        value = response.headers.get("tdm-reservation")
        by_header = reserved_by_header(value.decode("latin-1") if value else None)
        by_page = reserved_by_page(response.body)
        if by_page or (by_page is None and by_header):
            raise IgnoreRequest(f"{RESERVED} ({'the page' if by_page else 'its header'} says so)")
        return response

    async def _rules_for(self, request: Request) -> tuple[Rule, ...]:
        place = origin(request.url)
        if place not in self._rules:
            self._rules[place] = asyncio.get_running_loop().create_future()
            self._rules[place].set_result(await self._fetch(place, request))
        return await self._rules[place]

    async def _fetch(self, place: str, request: Request) -> tuple[Rule, ...]:
        """The rules of an origin's file; none where it cannot be had, as TDMRep says.

        Asked as robots.txt is ("robots" in the meta): whatever the answer, it says nothing of the outlet's pages.
        """
        kept = ("hosts", "outlet", "download_slot")
        meta: dict[str, Any] = {key: request.meta[key] for key in kept if key in request.meta}
        asked = Request(f"{place}{FILE}", NO_CALLBACK, priority=900, meta={**meta, "robots": True})
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:  # whatever hinders the answer: without one nothing is reserved
            logger.info("%s%s cannot be had: %r", place, FILE, error)
            return ()
        return read_file(response.body) if response.status == 200 else ()


def _decide(request: Request, rules: tuple[Rule, ...]) -> None:
    if reserved_by_file(rules, request.url):
        raise IgnoreRequest(f"{RESERVED} ({FILE})")
