"""Patience with servers, and its end: one that asks to be left alone (429, 503; Retry-After, RFC 9110 section 10.2.3)
is left alone, and one that is slow takes no more of a round than its share, so that it delays no other outlet.

A download handler and no middleware: the requests that wait in their outlet's slot are past every middleware.
"""

import asyncio
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.bounds import BoundedHandler
from crawler.ledger import Ledger, ledger_of
from crawler.settings import DOWNLOAD_DELAY_JITTER

WITHOUT_HEADER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=7)
LEAST_DELAY = 1 - DOWNLOAD_DELAY_JITTER  # of an outlet's delay


class PatientHandler(BoundedHandler):
    """Sends nothing more to an outlet until the time that its server named, nor when its time in this round is up."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._latest: dict[str, tuple[float, str]] = {}  # when each outlet's latest request began, and its host

    async def download_request(self, request: Request) -> Response:
        ledger, outlet = ledger_of(self.crawler), request.meta["outlet"]
        async with ledger.turns[outlet]:  # a slot starts two at once when Scrapy is held up for longer than its delay
            await self._keep_delay(outlet)
            self._check(ledger, outlet)
            self._latest[outlet] = (time.monotonic(), urlsplit(request.url).netloc)
            return await self._ask(request, ledger, outlet)

    async def _keep_delay(self, outlet: str) -> None:
        slot = self._slot(outlet)
        if slot is not None and slot.delay and outlet in self._latest:
            began, host = self._latest[outlet]
            latest = max(began, self.sent.get(host, began))
            await asyncio.sleep(latest + slot.delay * LEAST_DELAY - time.monotonic())

    async def _ask(self, request: Request, ledger: Ledger, outlet: str) -> Response:
        began = time.monotonic()
        try:
            response = await super().download_request(request)
        finally:
            ledger.waited[outlet] += time.monotonic() - began
            self._check_time(ledger, outlet)
        if response.status in (429, 503) and not request.meta.get("robots"):
            until = retry_after(response.headers.get("Retry-After"), ledger.now())
            ledger.postpone(outlet, until)
            if until >= ledger.now() + ledger.job.deadline:
                self._let_go(outlet)
        return response

    def _check(self, ledger: Ledger, outlet: str) -> None:
        until = ledger.resting.get(outlet)
        if until is not None and until > ledger.now():
            raise IgnoreRequest(f"left alone until {until:%Y-%m-%d %H:%M} UTC, as its server asked")
        if ledger.is_over():
            self._let_go(outlet)
            raise IgnoreRequest("left alone: the round is over")
        if outlet in ledger.timed_out:
            share = ledger.job.outlet_time.total_seconds()
            raise IgnoreRequest(f"left alone: its server kept this round waiting for {share:.0f} s")

    def _check_time(self, ledger: Ledger, outlet: str) -> None:
        if ledger.waited[outlet] > ledger.job.outlet_time.total_seconds():
            ledger.timed_out.add(outlet)
            self._let_go(outlet)

    def _let_go(self, outlet: str) -> None:
        """What waits in the outlet's slot is refused at once, and not after a delay each."""
        slot = self._slot(outlet)
        if slot is not None:
            slot.delay = 0.0

    def _slot(self, outlet: str) -> Slot | None:
        engine = self.crawler.engine
        return engine.downloader.slots.get(outlet) if engine is not None else None


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
