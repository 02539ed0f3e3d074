"""A crawl round that is held up, for longer than a delay, each time Scrapy has begun one request of several, and once
after the outlet "late" was about to be asked for a page."""

import sys
import time
from types import CoroutineType
from typing import Any

from scrapy import Request
from scrapy.core import downloader
from scrapy.http import Response

from crawler import round as crawl_round
from crawler.bounds import BoundedHandler

HELD_UP = 0.5  # seconds

if __name__ == "__main__":
    schedule = vars(downloader)["_schedule_coro"]

    def hold_up(begun: "CoroutineType[Any, Any, Any]") -> None:
        schedule(begun)
        if begun.cr_frame is not None and begun.cr_frame.f_locals["slot"].queue:
            time.sleep(HELD_UP)

    ask, is_held_up = BoundedHandler.download_request, list[bool]()

    async def ask_late(handler: BoundedHandler, request: Request) -> Response:
        if request.meta.get("outlet") == "late" and "/page" in request.url and not is_held_up:
            is_held_up.append(True)
            time.sleep(HELD_UP)
        return await ask(handler, request)

    BoundedHandler.download_request = ask_late  # type: ignore[method-assign, assignment]
    vars(downloader)["_schedule_coro"] = hold_up
    sys.exit(crawl_round.main())
