"""What the spiders have in common: due sources, the frontier, and the pages that they lead to."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.announcing import announced, in_its_stead
from crawler.answers import broke_off, freshness, header, headers_of, instead_of_a_source
from crawler.errors import UnreadableSource, Walled
from crawler.failures import hindrance, is_away, is_reserved, reason, refuses_for_good, status_of
from crawler.items import FetchedPage
from crawler.job import default_job
from crawler.ledger import Ledger
from crawler.outlets import Outlet
from crawler.reading.links import Link, Named
from crawler.reading.sources import read_source
from crawler.walls import what_is
from storage.model import Page, Revisit, Source, SourceKind, Told
from storage.pages import MOST_ATTEMPTS

logger = logging.getLogger(__name__)

AT_ONCE = 2  # requests for an outlet's pages that exist: one under way and the next; the others wait in the database
NOT_READABLE = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/octet-stream")


@dataclass(slots=True)
class _Index:
    """A source whose answer named further documents, while they are asked."""

    source: Source
    rest: list[str]
    parts: int
    links: list[Link] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class SourceSpider(scrapy.Spider):
    """Asks the due sources of its kinds, then fetches the pages that nobody has seen.

    Each outlet is a download slot of its own, whatever hosts it uses: one request at a time, with the outlet's delay.
    """

    kinds: ClassVar[tuple[SourceKind, ...]] = ()
    ledger: Ledger
    _asked: Counter[str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, ledger: Ledger | None = None, **kwargs: Any) -> Self:
        """With a round's `ledger`, or as `scrapy crawl` does, with the defaults."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._asked = Counter()
        spider.ledger = ledger or Ledger(default_job())
        spider.ledger.on_failure = lambda: asyncio.ensure_future(crawler.stop_async())
        return spider

    async def start(self) -> AsyncIterator[Any]:
        due = self.ledger.due_sources(self.kinds)
        left_over = self.ledger.left_over([source for _, source in due])
        for outlet, source in due:
            yield self.source_request(outlet, source)
        for outlet_id in left_over:
            for request in self._next_pages(outlet_id):
                yield request

    def named_in(self, source: Source, response: Response) -> Named:
        """What a source's answer names."""
        outlet = self.ledger.outlets[source.outlet]
        return read_source(
            outlet, source.kind, source.url, response.body, response.url, header(response, "Content-Type")
        )

    def source_request(self, outlet: Outlet, source: Source) -> Request:
        headers = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
        return Request(
            source.url,
            self.source_answered,
            headers={name: value for name, value in headers.items() if value},
            errback=self.source_failed,
            meta={**self._meta(outlet), "handle_httpstatus_list": [304]},
            cb_kwargs={"source": source},
            dont_filter=True,
            priority=10,
        )

    def source_answered(self, response: Response, source: Source) -> Iterator[Any]:
        if response.status == 304:
            self.ledger.listing_unchanged(source, fresh=freshness(response))
            return
        try:
            named = self._read(source, response)
        except UnreadableSource as error:
            self.ledger.source_failed(source, str(error), instead_of_a_source(response))
            return
        if named.further:
            yield from self._further(_Index(source, list(named.further), len(named.further)))
            return
        yield from self._listed(source, named, response)

    def _read(self, source: Source, response: Response) -> Named:
        """What the source's answer names; one on which a reader breaks is as unreadable as any other."""
        self.ledger.source_being_read(source)
        try:
            found = self.named_in(source, response)
        except UnreadableSource:
            raise
        except Exception as error:
            logger.exception("source %s %s breaks its reader", source.id, response.url)
            raise UnreadableSource(f"reading it failed: {error!r}") from error
        self.ledger.source_was_read(source)
        return found

    def source_failed(self, failure: Failure) -> None:
        source = failure.request.cb_kwargs["source"]  # type: ignore[attr-defined]
        self.ledger.source_failed(source, reason(failure), hindrance(failure), status_of(failure))

    def _page_ended(self, page: Page) -> Iterator[Request]:
        self._asked[page.outlet] -= 1
        yield from self._next_pages(page.outlet)

    def _next_pages(self, outlet: str) -> Iterator[Request]:
        """The requests for the outlet's pages whose turn it is."""
        while self._asked[outlet] < AT_ONCE and (page := self.ledger.next_page(outlet)) is not None:
            self._asked[outlet] += 1
            yield self.page_request(page)

    def page_request(self, page: Page) -> Request:
        return Request(
            page.url,
            self.page_answered,
            errback=self.page_failed,
            meta=self._page_meta(self.ledger.outlets[page.outlet]),
            cb_kwargs={"page": page},
            dont_filter=True,
        )

    def page_answered(self, response: Response, page: Page) -> Iterator[Request | FetchedPage]:
        """The page, where a watched title may stand in its bytes; most pages end here, before they cost an item."""
        yield from self._page_ended(page)
        if not response.body.strip():
            self.ledger.samples.take(page, lambda: "empty")
            self.ledger.page_failed(page, "the page is empty", response.status)
            return
        if broke_off(response) and page.attempts + 1 < MOST_ATTEMPTS:  # at the last try, what has come is judged
            self.ledger.page_failed(page, "the answer broke off", response.status)
            return
        looked = self.ledger.samples.take(page, lambda: what_is(response.body))
        fetched = fetched_page(response, page)
        if self.ledger.gate.passes(fetched.body):
            yield fetched
            return
        try:
            instead = in_its_stead(fetched, self.ledger.naming_words(page), self.ledger.samples, looked)
        except Walled as error:
            self.ledger.page_failed(page, str(error), response.status)
            return
        if instead is not None:
            yield instead
        else:
            self.ledger.no_mention(fetched)

    def page_failed(self, failure: Failure) -> Iterator[Request | FetchedPage]:
        request: Request = failure.request  # type: ignore[attr-defined]
        page, status = request.cb_kwargs["page"], status_of(failure)
        yield from self._page_ended(page)
        if reason(failure).startswith("left alone"):
            self.ledger.page_left(page)
            return
        if status in (429, 503) or is_away(failure):
            self.ledger.page_postponed(page, reason(failure))
            return
        if not is_reserved(failure):
            self.ledger.samples.take(page, lambda: hindrance(failure))
        if status in (404, 410):
            self.ledger.page_gone(page, status)
        elif not refuses_for_good(failure):
            self.ledger.page_failed(page, reason(failure), status)
        elif (told := self.ledger.words(page)) and (told.title or told.summary):
            reserved = is_reserved(failure)
            self.ledger.counts["pages reserved"] += reserved
            yield announced(page, told, status, None if reserved else reason(failure))
        else:
            self.ledger.page_refused(page, reason(failure), status)

    def _listed(self, source: Source, named: Named, response: Response | None) -> Iterator[Any]:
        whole = None if response is None or broke_off(response) else response
        validators = {"etag": header(whole, "ETag"), "last_modified": header(whole, "Last-Modified")}
        wall = None if named.links or response is None else instead_of_a_source(response, "no_items")
        read = self.ledger.listing_read(
            source, named.links, **validators, fresh=freshness(response), hindrance=wall, damage=named.damage
        )
        for page in read:
            if self.ledger.outlets[page.outlet].treatment == "feed-only":
                yield announced(page, page.told or Told())
        for outlet_id in dict.fromkeys(page.outlet for page in read):
            yield from self._next_pages(outlet_id)

    def _further(self, index: _Index) -> Iterator[Any]:
        """Asks the documents of an index one after the other, and reads them as one listing."""
        if not index.rest:
            yield from self._gathered(index)
            return
        yield Request(
            index.rest.pop(0),
            self.part_answered,
            errback=self.part_failed,
            meta=self._meta(self.ledger.outlets[index.source.outlet]),
            cb_kwargs={"index": index},
            dont_filter=True,
            priority=10,
        )

    def part_answered(self, response: Response, index: _Index) -> Iterator[Any]:
        try:
            index.links += self._read(index.source, response).links
        except UnreadableSource as error:
            index.errors.append(f"{response.url}: {error}")
        yield from self._further(index)

    def part_failed(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]
        index: _Index = request.cb_kwargs["index"]
        index.errors.append(f"{request.url}: {reason(failure)}")
        yield from self._further(index)

    def _gathered(self, index: _Index) -> Iterator[Any]:
        """What the index's documents name together; those that failed are said, and hinder none of the others."""
        if len(index.errors) == index.parts:
            self.ledger.source_failed(index.source, index.errors[0])
            return
        for error in index.errors:
            self.ledger.part_failed(index.source, error)
        yield from self._listed(index.source, Named(index.links), None)

    def _meta(self, outlet: Outlet) -> dict[str, Any]:
        return {"outlet": outlet.id, "hosts": outlet.own_hosts, "download_slot": outlet.id}

    def _page_meta(self, outlet: Outlet) -> dict[str, Any]:
        return {**self._meta(outlet), "tdm": outlet.tdm or self.ledger.job.tdm}


def fetched_page(response: Response, page: Page, revisit: Revisit | None = None) -> FetchedPage:
    """The answer as it travels on; without a body where that is nothing to read, a picture, say."""
    kind = header(response, "Content-Type")
    return FetchedPage(
        page=page,
        url=response.url,
        status=response.status,
        body=b"" if (kind or "").lower().startswith(NOT_READABLE) else response.body,
        content_type=kind,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        headers=headers_of(response),
        revisit=revisit,
    )
