"""Fetching single pages for `record` and `explain`, through the same address check, robots.txt and limits as a round.

Run as `python -m crawler.fetch` with a FetchJob on standard input; one JSON object a line tells what was saved.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.addresses import bare_host, check_address
from crawler.conversation import Event, converse
from crawler.environment import bound_memory, die_with_parent
from crawler.errors import RefusedAddress
from crawler.extraction.decoding import decode
from crawler.outlets import DEFAULT_DELAY, Reservation
from crawler.saved import file_of
from crawler.settings import DOWNLOAD_DELAY_JITTER

PATIENCE = 90.0  # for one page; each further one may take as long as its answer and the pause before it
LONGEST_ANSWER = 30.0


@dataclass(frozen=True, slots=True)
class FetchJob:
    urls: list[str]
    into: str
    user_agent: str
    allow_networks: list[str]
    tdm: Reservation = "honour"
    delay: float = DEFAULT_DELAY.total_seconds()  # seconds between two requests to one host

    @property
    def patience(self) -> float:
        """Seconds after which the process is stopped: none that is at work is stopped for having many pages."""
        longest_pause = (1 + DOWNLOAD_DELAY_JITTER) * self.delay
        return PATIENCE + max(0, len(self.urls) - 1) * (longest_pause + LONGEST_ANSWER)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that was saved in `file`, or the reason why not."""

    url: str
    file: Path | None
    error: str = ""


def fetch(job: FetchJob) -> list[Fetched]:
    """Saves the pages below `into`, in a child process, one result an address."""
    return asyncio.run(_fetch(job))


async def _fetch(job: FetchJob) -> list[Fetched]:
    results: dict[str, Event] = {}
    silence = "the fetching process died"
    try:
        await converse(
            "crawler.fetch",
            json.dumps(asdict(job)),
            lambda event: results.update({event["url"]: event}),
            timedelta(seconds=job.patience),
        )
    except TimeoutError:
        silence = "no answer in time"
    return [_result(url, results.get(url, {"error": silence})) for url in job.urls]


def _result(url: str, event: Event) -> Fetched:
    return Fetched(url, Path(event["file"]), "") if event.get("file") else Fetched(url, None, str(event["error"]))


def save(folder: Path, url: str, body: bytes, content_type: str | None) -> Path:
    """Saves a page so that it reads the same without its header: a charset that only the header told becomes UTF-8."""
    if content_type and (text := decode(body, content_type)) != decode(body):
        body = b"\xef\xbb\xbf" + text.encode("utf-8")
    path = file_of(folder, url)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def main() -> None:
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.answers import header
    from crawler.crawl_settings import ledgerless_settings
    from crawler.failures import reason

    die_with_parent()
    bound_memory()
    job = FetchJob(**json.loads(sys.stdin.read()))

    class PageSpider(scrapy.Spider):
        name = "page"

        async def start(self) -> AsyncIterator[Any]:
            for url in job.urls:
                hosts = _hosts(url)
                try:
                    check_address(url, hosts)
                except RefusedAddress as error:
                    _tell({"url": url, "error": f"refused: {error}"})
                    continue
                yield scrapy.Request(
                    url,
                    self.saved,
                    errback=self.failed,
                    meta={"hosts": hosts, "tdm": job.tdm},
                    cb_kwargs={"asked": url},
                    dont_filter=True,
                )

        def saved(self, response: Response, asked: str) -> None:
            try:
                path = save(Path(job.into), asked, response.body, header(response, "Content-Type"))
            except OSError as error:  # a full disk; a file where this page needs a folder
                _tell({"url": asked, "error": f"it cannot be saved: {error}"})
            else:
                _tell({"url": asked, "file": str(path)})

        def failed(self, failure: Failure) -> None:
            asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
            _tell({"url": asked, "error": reason(failure)})

    settings = ledgerless_settings(job.user_agent, job.allow_networks, job.patience - 10, DOWNLOAD_DELAY=job.delay)
    process = AsyncCrawlerProcess(settings)
    process.crawl(PageSpider)
    process.start()


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
