"""A server that asks to be left alone (429, 503) is left alone: Retry-After, RFC 9110 section 10.2.3."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.ledger import Ledger, ledger_of

WITHOUT_HEADER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=7)


class RetryAfterMiddleware:
    """Sends nothing more to an outlet until the time that its server named."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._until: dict[str, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(ledger_of(crawler))

    def process_request(self, request: Request) -> None:
        until = self._until.get(request.meta.get("outlet", ""))
        if until is not None and until > self._ledger.now():
            raise IgnoreRequest(f"left alone until {until:%Y-%m-%d %H:%M} UTC, as its server asked")

    def process_response(self, request: Request, response: Response) -> Response:
        outlet = request.meta.get("outlet")
        if response.status in (429, 503) and outlet and not request.meta.get("robots"):
            until = retry_after(response.headers.get("Retry-After"), self._ledger.now())
            self._until[outlet] = until
            self._ledger.postpone(outlet, until)
        return response


def retry_after(header: bytes | None, now: datetime) -> datetime:
    """The moment that a Retry-After header names, in seconds or as a date; a quarter of an hour without one."""
    written = (header or b"").decode("latin-1").strip()
    if written.isdigit():
        return now + min(timedelta(seconds=int(written[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return now + WITHOUT_HEADER
    if moment.tzinfo is None:
        return now + WITHOUT_HEADER
    return min(max(moment, now), now + LONGEST_WAIT)
