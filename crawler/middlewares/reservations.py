"""Pages whose outlet reserves text and data mining are not read: what the source said of them has to do."""

import logging
from collections.abc import Awaitable
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.answers import header
from crawler.middlewares.origins import PerOrigin, asking
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
        self._rules = PerOrigin(self._fetch)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        return self._rules.apply(request, _decide) if request.meta.get("tdm") == "honour" else None

    def process_response(self, request: Request, response: Response) -> Response:
        if request.meta.get("tdm") != "honour":
            return response
        by_header = reserved_by_header(header(response, "tdm-reservation"))
        by_page = reserved_by_page(response.body)
        if by_page or (by_page is None and by_header):
            raise IgnoreRequest(f"{RESERVED} ({'the page' if by_page else 'its header'} says so)")
        return response

    async def _fetch(self, place: str, request: Request) -> tuple[Rule, ...]:
        """The rules of an origin's file; none where it cannot be had, as TDMRep says."""
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(asking(place, FILE, request, priority=900))
        except Exception as error:  # whatever hinders the answer: without one nothing is reserved
            logger.info("%s%s cannot be had: %r", place, FILE, error)
            return ()
        return read_file(response.body) if response.status == 200 else ()


def _decide(request: Request, rules: tuple[Rule, ...]) -> None:
    if reserved_by_file(rules, request.url):
        raise IgnoreRequest(f"{RESERVED} ({FILE})")
