"""What an origin says of itself in a file of its own (robots.txt, tdmrep.json): asked once a round, applied at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.addresses import origin

Said = TypeVar("Said")


class PerOrigin(Generic[Said]):
    """Keeps what each origin says; `fetch` gets it, for an origin and the first request that is made to it."""

    def __init__(self, fetch: Callable[[str, Request], Awaitable[Said]]) -> None:
        self._fetch = fetch
        self._known: dict[str, asyncio.Future[Said]] = {}

    def apply(self, request: Request, decide: Callable[[Request, Said], None]) -> Awaitable[None] | None:
        """Decides on the request: now where the origin was asked, else when it has answered."""
        asked = self._known.get(origin(request.url))
        if asked is None or not asked.done():
            return self._later(request, decide)
        decide(request, asked.result())
        return None

    async def _later(self, request: Request, decide: Callable[[Request, Said], None]) -> None:
        place = origin(request.url)
        if place not in self._known:
            self._known[place] = asyncio.ensure_future(self._fetch(place, request))
        decide(request, await asyncio.shield(self._known[place]))


def asking(place: str, file: str, request: Request, *, priority: int) -> Request:
    """A request for an origin's file, made as part of the outlet of `request`.

    "robots" in its meta: no robots.txt is asked for it, and whatever the answer, it says nothing of the outlet's pages.
    """
    kept = ("hosts", "outlet", "download_slot")
    meta: dict[str, Any] = {key: request.meta[key] for key in kept if key in request.meta}
    return Request(f"{place}{file}", NO_CALLBACK, priority=priority, meta={**meta, "robots": True})
