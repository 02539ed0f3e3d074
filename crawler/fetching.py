"""The spider behind `record` and `explain`: single pages, each saved as it came.

Run as `python -m crawler.fetching` with a FetchJob on standard input; one JSON object a line tells what was saved.
"""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.addresses import bare_host, check_address
from crawler.answers import header
from crawler.crawl_settings import ledgerless_settings
from crawler.environment import bound_memory, die_with_parent
from crawler.errors import RefusedAddress
from crawler.failures import reason
from crawler.fetch import FetchJob, save


def main() -> None:
    die_with_parent()
    bound_memory()
    job = FetchJob(**json.loads(sys.stdin.read()))
    settings = ledgerless_settings(job.user_agent, job.allow_networks, job.patience - 10, DOWNLOAD_DELAY=job.delay)
    process = AsyncCrawlerProcess(settings)
    process.crawl(PageSpider, job=job)
    process.start()


class PageSpider(scrapy.Spider):
    """Saves the pages of its job and tells what became of each."""

    name = "page"

    def __init__(self, job: FetchJob, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job

    async def start(self) -> AsyncIterator[Any]:
        for url in self.job.urls:
            hosts = _hosts(url)
            try:
                check_address(url, hosts)
            except RefusedAddress as error:
                _tell({"url": url, "error": f"refused: {error}"})
                continue
            yield scrapy.Request(
                url,
                self.answered,
                errback=self.failed,
                meta={"hosts": hosts, "tdm": self.job.tdm},
                cb_kwargs={"asked": url},
                dont_filter=True,
            )

    def answered(self, response: Response, asked: str) -> None:
        try:
            path = save(Path(self.job.into), asked, response.body, header(response, "Content-Type"))
        except OSError as error:  # a full disk; a file where this page needs a folder
            _tell({"url": asked, "error": f"it cannot be saved: {error}"})
        else:
            _tell({"url": asked, "file": str(path)})

    def failed(self, failure: Failure) -> None:
        asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        _tell({"url": asked, "error": reason(failure)})


def _hosts(url: str) -> Sequence[str]:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return ()
    host = parts.hostname or ""
    return (f"{host}{port}", f"{bare_host(host)}{port}")


def _tell(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
