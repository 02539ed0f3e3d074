"""A server that asks to be left alone (429, 503) is left alone: Retry-After, RFC 9110 section 10.2.3.

A download handler and no middleware: the requests that wait in their outlet's slot are past every middleware.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.ledger import ledger_of

WITHOUT_HEADER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=7)


class PatientHandler(HTTP11DownloadHandler):
    """Sends nothing more to an outlet until the time that its server named."""

    async def download_request(self, request: Request) -> Response:
        ledger, outlet = ledger_of(self.crawler), request.meta.get("outlet", "")
        until = ledger.resting.get(outlet)
        if until is not None and until > ledger.now():
            raise IgnoreRequest(f"left alone until {until:%Y-%m-%d %H:%M} UTC, as its server asked")
        response = await super().download_request(request)
        if response.status in (429, 503) and outlet and not request.meta.get("robots"):
            ledger.postpone(outlet, retry_after(response.headers.get("Retry-After"), ledger.now()))
        return response


def retry_after(header: bytes | None, now: datetime) -> datetime:
    """The moment that a Retry-After header names, in seconds or as a date; a quarter of an hour without one."""
    written = (header or b"").decode("latin-1").strip()
    if written.isdecimal():
        return now + min(timedelta(seconds=int(written[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return now + WITHOUT_HEADER
    if moment.tzinfo is None:
        return now + WITHOUT_HEADER
    return min(max(moment, now), now + LONGEST_WAIT)
