"""Visiting articles again, beside the sources and the frontier."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.answers import broke_off, header
from crawler.failures import reason, status_of
from crawler.items import FetchedPage
from crawler.spiders.source import NOT_READABLE, SourceSpider, fetched_page
from storage.model import Revisit

UNCHANGED, WITHDRAWN = 304, 410
MISSING = (404, WITHDRAWN)
NO_PAGE = (*NOT_READABLE, "application/json")


class RevisitingSpider(SourceSpider):
    """Asks whether articles that carried a mention still stand as they stood, conditionally, after all else."""

    async def start(self) -> AsyncIterator[Any]:
        async for request in super().start():
            yield request
        for revisit in self.ledger.revisits.due():
            yield self.revisit_request(revisit)

    def revisit_request(self, revisit: Revisit) -> Request:
        known = {"If-None-Match": revisit.etag, "If-Modified-Since": revisit.last_modified}
        return Request(
            revisit.page.url,
            self.revisited,
            headers={name: value for name, value in known.items() if value},
            errback=self.revisit_failed,
            meta={**self._page_meta(self.ledger.outlets[revisit.page.outlet]), "handle_httpstatus_list": [UNCHANGED]},
            cb_kwargs={"revisit": revisit},
            dont_filter=True,
            priority=-10,
        )

    def revisited(self, response: Response, revisit: Revisit) -> Iterator[FetchedPage]:
        if response.status == UNCHANGED:
            self.ledger.revisits.unchanged(revisit)
            return
        if broke_off(response):  # what is missing would look like a change
            self.ledger.revisits.failed(revisit, "the answer broke off")
            return
        kind = header(response, "Content-Type")
        if (kind or "").lower().startswith(NO_PAGE):
            self.ledger.revisits.failed(revisit, f"the answer is no page but {kind}")
            return
        yield fetched_page(response, revisit.page, revisit)

    def revisit_failed(self, failure: Failure) -> None:
        revisit: Revisit = failure.request.cb_kwargs["revisit"]  # type: ignore[attr-defined]
        status = status_of(failure)
        if status in MISSING:
            self.ledger.revisits.gone(revisit, is_certain=status == WITHDRAWN)
        else:
            self.ledger.revisits.failed(revisit, reason(failure))
