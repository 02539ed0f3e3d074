"""Fetching single pages for `record` and `explain`, through the same address check, robots.txt and limits as a round.

The fetching itself is done by a child process (crawler.fetching), so that this module never imports Scrapy or Twisted.
"""

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from crawler.conversation import Event, converse
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
            "crawler.fetching",
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
