"""Pages whose outlet reserves text and data mining are not read: what the source said of them has to do."""

import asyncio
import logging
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

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

    async def process_request(self, request: Request) -> None:
        if request.meta.get("tdm") == "honour" and reserved_by_file(await self._rules_for(request), request.url):
            raise IgnoreRequest(f"{RESERVED} ({FILE})")

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
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.get_running_loop().create_future()
            self._rules[origin].set_result(await self._fetch(origin, request))
        return await self._rules[origin]

    async def _fetch(self, origin: str, request: Request) -> tuple[Rule, ...]:
        """The rules of an origin's file; none where it cannot be had, as TDMRep says.

        Asked as robots.txt is ("robots" in the meta): whatever the answer, it says nothing of the outlet's pages.
        """
        kept = ("hosts", "outlet", "download_slot")
        meta: dict[str, Any] = {key: request.meta[key] for key in kept if key in request.meta}
        asked = Request(f"{origin}{FILE}", NO_CALLBACK, priority=900, meta={**meta, "robots": True})
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:  # whatever hinders the answer: without one nothing is reserved
            logger.info("%s%s cannot be had: %r", origin, FILE, error)
            return ()
        return read_file(response.body) if response.status == 200 else ()
