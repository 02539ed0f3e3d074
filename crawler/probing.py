"""The spider behind `outlets check`: each source of an outlet once, then some of the pages that it names.

Run as `python -m crawler.probing` with a ProbeJob on standard input; one JSON object a line tells what came back.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

import scrapy
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.addresses import address_key, check_address, on_host_of
from crawler.answers import header, instead_of_a_source
from crawler.crawl_settings import SMALLEST_DELAY, download_slots, ledgerless_settings
from crawler.environment import bound_memory, die_with_parent
from crawler.errors import ExtractionUnavailable, RefusedAddress, UnreadablePage, UnreadableSource
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import order_for
from crawler.failures import is_reserved, reason, status_of
from crawler.outlets import Outlet, owner_of, stranger
from crawler.ownership import Ownership
from crawler.probe import PATIENCE, ProbeJob, Tried, TriedPage, TriedSource
from crawler.reading.links import Link
from crawler.reading.listings import own_links
from crawler.reading.sources import declared_feeds, kind_of, read_source
from crawler.walls import FEW_WORDS, WALLS, in_words, wall_in
from matching.model import Article
from storage.kinds import SourceKind

EXAMPLES = 2  # of links
_PAID = re.compile(rb'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_WALLS = {
    401: "a log-in",
    402: "a payment wall",
    403: "a refusal: programs are not let in",
    429: "a refusal: too many requests",
    451: "a legal refusal",
}


def main() -> None:
    die_with_parent()
    bound_memory()
    job = ProbeJob.from_json(sys.stdin.read())
    process = AsyncCrawlerProcess(settings_for(job, PATIENCE))
    process.crawl(ProbeSpider, job=job)
    process.start()


def tell(result: Tried) -> None:
    """One JSON object a line: how the child tells its parent what came back."""
    event = "source" if isinstance(result, TriedSource) else "page"
    sys.stdout.write(json.dumps({"event": event, **asdict(result)}) + "\n")
    sys.stdout.flush()


class ProbeSpider(scrapy.Spider):
    """Tells what every source and page of its job gave."""

    name = "probe"

    def __init__(self, job: ProbeJob, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.tried: Counter[str] = Counter()
        self.seen: set[str] = set()
        self._extractor = Extractor()
        self._thread = ThreadPoolExecutor(1, "extraction")
        self.ownership = Ownership({each.id: each for each in (*job.known, *job.outlets)}.values())

    def closed(self, reason: str) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._extractor.close()

    async def start(self) -> AsyncIterator[Any]:
        for outlet in self.job.outlets:
            for kind, url in outlet.sources:
                yield self.source_request(outlet, kind, url)
        for url in self.job.urls:
            outlet = _owner(url, self.job)
            try:
                check_address(url, outlet.own_hosts)
            except RefusedAddress as error:
                tell(TriedPage(outlet.id, url, error=f"refused: {error}"))
                continue
            yield self._request(outlet, url, self.anything_answered, self.page_failed)

    def source_request(self, outlet: Outlet, kind: SourceKind, url: str) -> Request:
        return self._request(outlet, url, self.source_answered, self.source_failed, kind=kind, source=url)

    def source_answered(
        self, response: Response, outlet: Outlet, url: str, kind: SourceKind, source: str
    ) -> Iterator[Any]:
        try:
            named = read_source(outlet, kind, source, response.body, response.url, header(response, "Content-Type"))
        except UnreadableSource as error:
            tell(TriedSource(outlet.id, source, kind, redirected=_redirected(response, url), error=str(error)))
            return
        if named.further and url == source:
            first = named.further[0]
            yield self._request(outlet, first, self.source_answered, self.source_failed, kind=kind, source=source)
            return
        hint = named.damage or ("" if named.links else _why_nothing(outlet, kind, source, response))
        tell(self._tried_source(outlet, source, kind, named.links, _redirected(response, url), hint))
        yield from self.pages(outlet, named.links)

    def source_failed(self, failure: Failure) -> None:
        asked = failure.request.cb_kwargs  # type: ignore[attr-defined]
        tell(TriedSource(asked["outlet"].id, asked["source"], asked["kind"], error=reason(failure)))

    async def anything_answered(self, response: Response, outlet: Outlet, url: str) -> AsyncIterator[Any]:
        """An address by itself: a source is read as a source, anything else as a page."""
        kind = kind_of(response.body)
        if kind == "page":
            await self.page_answered(
                response, outlet, url, outlet, feeds=tuple(declared_feeds(response.body, response.url))
            )
            return
        for request in self.source_answered(response, outlet, url, kind, url):
            yield request

    def pages(self, outlet: Outlet, links: list[Link]) -> Iterator[Request]:
        """Some of the articles, newest first, unless the outlet's pages are not to be read."""
        newest = sorted(links, key=lambda link: -(link.published.timestamp() if link.published else 0.0))
        for link in newest:
            try:
                settled, owner = self.ownership.settled(link, outlet)
            except RefusedAddress:
                continue
            key = address_key(settled.url)
            is_read = "feed-only" not in (outlet.treatment, owner.treatment)
            if is_read and self.tried[outlet.id] < self.job.pages and key not in self.seen:
                self.seen.add(key)
                self.tried[outlet.id] += 1
                yield self._request(outlet, settled.url, self.page_answered, self.page_failed, owner=owner)

    async def page_answered(
        self, response: Response, outlet: Outlet, url: str, owner: Outlet, feeds: tuple[str, ...] = ()
    ) -> None:
        """Tells what the page gives to `outlet`, read as the entry of the one that it belongs to says."""
        redirected = _redirected(response, url)
        page = order_for(owner, response.body, response.url, header(response, "Content-Type"))
        try:
            read = asyncio.get_running_loop().run_in_executor(self._thread, self._extractor.read, page)
            article = (await read).article
        except (UnreadablePage, ExtractionUnavailable) as error:
            tell(TriedPage(outlet.id, url, redirected=redirected, error=str(error), answered=True, feeds=feeds))
            return
        wall = "a payment wall, says the page" if _PAID.search(response.body) else ""
        tried = _tried_page(outlet, url, article, redirected, wall, feeds)
        kind = wall_in(response.body, tried.words)
        tell(replace(tried, wall=WALLS[kind], error=in_words(kind)) if kind else tried)

    def page_failed(self, failure: Failure) -> None:
        asked = failure.request.cb_kwargs  # type: ignore[attr-defined]
        wall = _WALLS.get(status_of(failure) or 0, "")
        reserved = is_reserved(failure)
        tell(TriedPage(asked["outlet"].id, asked["url"], reserved=reserved, wall=wall, error=reason(failure)))

    def _tried_source(
        self, outlet: Outlet, url: str, kind: SourceKind, links: list[Link], redirected: str | None, hint: str
    ) -> TriedSource:
        dates = [link.published for link in links if link.published]
        newest = max(dates).isoformat() if dates else None
        elsewhere = sum(not self._is_own(link, outlet) for link in links)
        return TriedSource(outlet.id, url, kind, len(links), newest, elsewhere, redirected, hint=hint)

    def _is_own(self, link: Link, outlet: Outlet) -> bool:
        try:
            return on_host_of(self.ownership.settled(link, outlet)[0].url, outlet.own_hosts)
        except RefusedAddress:
            return False

    def _request(self, outlet: Outlet, url: str, answered: Any, failed: Any, **further: Any) -> Request:
        owner = further.get("owner", outlet)
        meta: dict[str, Any] = {"outlet": outlet.id, "hosts": owner.own_hosts, "download_slot": outlet.id}
        if answered != self.source_answered:
            meta["tdm"] = owner.tdm or self.job.tdm
        return Request(
            url,
            answered,
            errback=failed,
            meta=meta,
            cb_kwargs={"outlet": outlet, "url": url, **further},
            dont_filter=True,
        )


def settings_for(job: ProbeJob, patience: float) -> Settings:
    """Scrapy's settings for the job, which ends by itself after `patience` seconds."""
    asked = (*job.outlets, *(_owner(url, job) for url in job.urls))
    delays = {outlet.id: max(outlet.delay.total_seconds(), SMALLEST_DELAY) for outlet in asked}
    return ledgerless_settings(job.user_agent, job.allow_networks, patience, DOWNLOAD_SLOTS=download_slots(delays))


def _why_nothing(outlet: Outlet, kind: SourceKind, source: str, response: Response) -> str:
    """What a source that names no article holds instead."""
    if kind == "feed":
        return "a valid feed that names nothing"
    if kind != "listing":
        return ""
    if (wall := instead_of_a_source(response)) in WALLS:
        return in_words(wall)
    links = own_links(response.body, response.url, header(response, "Content-Type"))
    if not links:
        return "the page links to nothing on its site"
    such = f"of its links to its site, {len(links)}, such as {' and '.join(links[:EXAMPLES])}"
    if pattern := outlet.article_pattern(source):
        return f"{such}, none matches `article` = '{pattern}'"
    return f"{such}, none looks like an article's: write as `article` the pattern that these have"


def _tried_page(
    outlet: Outlet, url: str, article: Article, redirected: str | None, wall: str, feeds: tuple[str, ...]
) -> TriedPage:
    words = len(f"{article.lead} {article.text}".split())
    published = article.published.isoformat() if article.published else None
    tried = TriedPage(
        outlet.id, url, article.title, words, published, redirected, wall=wall, answered=True, feeds=feeds
    )
    if not words:
        return replace(tried, error="there is no text")
    return replace(tried, hint="" if words >= FEW_WORDS else f"few words: most articles have {FEW_WORDS} or more")


def _redirected(response: Response, asked: str) -> str | None:
    return response.url if response.url != asked else None


def _owner(url: str, job: ProbeJob) -> Outlet:
    return owner_of(url, job.known) or stranger(url)


if __name__ == "__main__":
    main()
