"""A crawl round that is held up, for longer than a delay, each time Scrapy has begun one request of several."""

import sys
import time
from types import CoroutineType
from typing import Any

from scrapy.core import downloader

from crawler import round as crawl_round

HELD_UP = 0.5  # seconds

if __name__ == "__main__":
    schedule = vars(downloader)["_schedule_coro"]

    def hold_up(begun: "CoroutineType[Any, Any, Any]") -> None:
        schedule(begun)
        if begun.cr_frame is not None and begun.cr_frame.f_locals["slot"].queue:
            time.sleep(HELD_UP)

    vars(downloader)["_schedule_coro"] = hold_up
    sys.exit(crawl_round.main())
