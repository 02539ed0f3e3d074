"""The round's bookkeeping: what is due, what was found, what became of it; every outcome in one transaction.

A source's ETag and Last-Modified are remembered only when every page that its listing named is settled or on record
for another try, so that whatever dies in between is found again.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.archives.keeping import Keeper
from crawler.claims import believed
from crawler.errors import RefusedAddress
from crawler.items import FetchedPage
from crawler.job import RoundJob
from crawler.outlets import Outlet
from crawler.ownership import Ownership
from crawler.reading.links import Link
from matching.gate import Gate
from matching.judge import Judge
from storage import kept, pages, recording, sources
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.migrate import migrate
from storage.model import Page, PageState, Source

logger = logging.getLogger(__name__)

MOST_WAITING = 5000  # of an outlet: calendars and session numbers make addresses without end


@dataclass(slots=True)
class _OpenListing:
    """A source that was read and whose pages are not all settled yet."""

    source: Source
    etag: str | None
    last_modified: str | None
    items: int
    waiting: set[int] = field(default_factory=set)


class Ledger:
    """One round's view of the database; made once in the child process and shared by spider and pipelines."""

    def __init__(self, job: RoundJob, *, tell: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.job = job
        self.database = Database(job.database)
        migrate(self.database)
        topics = [each.parse() for each in job.topics]
        self.gate = Gate(topics)
        self.judges = [Judge(topic) for topic in topics]
        self.outlets = {outlet.id: outlet for outlet in job.outlets}
        self.counts: Counter[str] = Counter()
        self.resting: dict[str, datetime] = {}
        self.waited: defaultdict[str, float] = defaultdict(float)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.timed_out: set[str] = set()
        self._began = time.monotonic()
        self._taken_up: Counter[str] = Counter()
        self.failure: DatabaseUnavailable | None = None
        self.on_failure: Callable[[], object] = lambda: None
        self._tell = tell or (lambda event: None)
        self._keeper = Keeper(job.archive)
        self._ownership = Ownership((*job.outlets, *job.neighbours))
        self._open: dict[int, _OpenListing] = {}
        self._source_of: dict[int, int] = {}

    def now(self) -> datetime:
        return self.job.now or datetime.now(UTC)

    def is_over(self) -> bool:
        """Whether nothing more is to be asked in this round: its time is up, or its account would not be true."""
        return self.failure is not None or time.monotonic() - self._began > self.job.deadline.total_seconds()

    def due_sources(self, kinds: Iterable[str]) -> list[tuple[Outlet, Source]]:
        """The sources of the round's outlets that are to be asked now, registered if they are new."""
        self._began = time.monotonic()
        wanted = set(kinds)
        with self._write() as connection:
            registered = [
                sources.register(connection, outlet.id, kind, url)
                for outlet in self.outlets.values()
                for kind, url in outlet.sources
                if kind in wanted
            ]
        due = sources.due(registered, self.now(), forced=self.job.forced)
        self.counts["sources"] += len(due)
        return [(self.outlets[source.outlet], source) for source in due]

    def frontier(self, due: Collection[Source]) -> list[Page]:
        """Pages that earlier rounds found in the outlets of these sources and did not get."""
        fetched = {source.outlet for source in due if self.outlets[source.outlet].treatment == "pages"}
        alerts = {source.id for source in due if self.outlets[source.outlet].unwrap}
        with self.database.read() as connection:
            waiting = pages.frontier(connection, fetched, self.now(), alerts)
        taken_up: Counter[str] = Counter()
        return [page for page in waiting if self._is_fetched(page) and self._room_for(page, taken_up)]

    def listing_read(
        self, source: Source, links: list[Link], *, etag: str | None, last_modified: str | None
    ) -> list[tuple[Page, Link]]:
        """A source named these links; returns the pages that nobody has seen, with what was said of them."""
        outlet = self.outlets[source.outlet]
        by_key = {address_key(link.url): (link, owner) for link, owner in self._settled_links(links, outlet)}
        by_owner: dict[str, list[tuple[str, str]]] = {}
        for key, (link, owner) in reversed(by_key.items()):
            if outlet.unwrap:  # only now is there something to judge its page by
                self.outlets.setdefault(owner.id, owner)
            by_owner.setdefault(owner.id, []).append((link.url, key))
        with self._write() as connection:
            found = [page for owner, named in by_owner.items() for page in self._find(connection, owner, source, named)]
        listing = _OpenListing(source, etag, last_modified, len(links), {page.id for page in found})
        self._open[source.id] = listing
        self._source_of.update({page.id: source.id for page in found})
        self.counts["pages found"] += len(found)
        self._close_if_settled(listing)
        fetched = [page for page in found if self._room_for(page, self._taken_up)]
        for page_id in {page.id for page in found} - {page.id for page in fetched}:
            self._settled(page_id)
        return [(page, by_key[page.url_key][0]) for page in fetched]

    def listing_unchanged(self, source: Source) -> None:
        """The source answered 304: nothing new there."""
        listing = _OpenListing(source, source.etag, source.last_modified, -1)
        self._open[source.id] = listing
        self._close_if_settled(listing)

    def source_being_read(self, source: Source) -> None:
        """Puts the source on record as failed until it is read: what kills its reader would kill every round."""
        with self._write() as connection:
            sources.fail(connection, source, error="the round ended while this was read", now=self.now())

    def source_was_read(self, source: Source) -> None:
        """Its reader survived."""
        with self._write() as connection:
            sources.acquit(connection, source)

    def source_failed(self, source: Source, error: str) -> None:
        self.counts["sources failed"] += 1
        with self._write() as connection:
            sources.fail(connection, source, error=error, now=self.now())
        self._tell({"event": "source", "outlet": source.outlet, "url": source.url, "error": error})

    def part_failed(self, source: Source, error: str) -> None:
        """A document of a source's index could not be read; the others were."""
        self.counts["source parts failed"] += 1
        logger.warning("source %s %s: %s", source.id, source.url, error)
        self._tell({"event": "source", "outlet": source.outlet, "url": source.url, "error": error})

    def postpone(self, outlet: str, until: datetime) -> None:
        """The outlet's server asked to be left alone until then."""
        self.resting[outlet] = until
        with self._write() as connection:
            sources.postpone(connection, outlet, until)

    def page_being_read(self, page: Page) -> None:
        """Puts the page on record as failed until it is settled: what kills the verdict would kill every round."""
        with self._write() as connection:
            pages.fail(connection, page, error="the round ended while this was read", now=self.now())

    def no_mention(self, item: FetchedPage) -> None:
        """The page needs no closer look: no watched title stands in it."""
        self._keeper.keep(item, self.now(), is_mention=False)
        self._settle(item, PageState.NO_MENTION)

    def judged(self, item: FetchedPage) -> None:
        """Judges what the page says, and stores page, article and mentions in one transaction."""
        assert item.article is not None
        outlet = self.outlets[item.page.outlet]
        with suppress(DatabaseUnavailable), self.database.read() as connection:  # the writing will tell
            recording.prepare(connection, item.article, self.judges, self.now())
        with self._write() as connection:
            article, key = believed(connection, item, self.now())
            outcome = recording.record(
                connection,
                article,
                self.judges,
                outlet=outlet.id,
                url_key=key,
                page_id=item.page.id,
                now=self.now(),
            )
            place = self._keeper.keep(item, self.now(), is_mention=outcome.mentioned)
            if place is not None and outcome.revision_id is not None:
                kept.add(connection, outcome.revision_id, place)
            self._settle_in(connection, item, PageState.MENTION if outcome.mentioned else PageState.NO_MENTION)
        self.counts.update(outcome.verdicts)
        self._page_done(item, verdicts=list(outcome.verdicts))

    def page_gone(self, page: Page, status: int) -> None:
        """The page does not exist (any more)."""
        with self._write() as connection:
            pages.settle(connection, page, PageState.GONE, now=self.now(), status=status, error=f"HTTP {status}")
        self._page_failed(page, f"HTTP {status}")

    def page_refused(self, page: Page, error: str, status: int | None = None) -> None:
        """The page may not be fetched: robots.txt, the address, or its server says so."""
        with self._write() as connection:
            pages.settle(connection, page, PageState.REFUSED, now=self.now(), status=status, error=error)
        self._page_failed(page, error)

    def page_failed(self, page: Page, error: str, status: int | None = None) -> None:
        """The page could not be had or read this time."""
        with self._write() as connection:
            pages.fail(connection, page, error=error, now=self.now(), status=status)
        self._page_failed(page, error)

    def page_set_aside(self, page: Page, error: str, status: int | None = None) -> None:
        """The page is not tried again: nothing survives reading it."""
        with self._write() as connection:
            pages.settle(connection, page, PageState.QUARANTINED, now=self.now(), status=status, error=error)
        self._page_failed(page, error)

    def page_postponed(self, page: Page, error: str) -> None:
        """The page's outlet could not be reached, or asked for rest: that is no failure of the page."""
        with self._write() as connection:
            until = self.resting.get(page.outlet, self.now())
            pages.postpone(connection, page, error=error, now=self.now(), until=until)
        self.counts["pages postponed"] += 1
        self._settled(page.id)

    def page_left(self, page: Page) -> None:
        """The page was not asked for after all, and stays in the frontier."""
        self._settled(page.id)

    def close(self) -> None:
        self._keeper.close()
        self.database.close()

    def _settled_links(self, links: list[Link], outlet: Outlet) -> Iterator[tuple[Link, Outlet]]:
        """The links that may be fetched, last first, with whose they are."""
        for link in reversed(links):
            try:
                yield self._ownership.settled(link, outlet)
            except RefusedAddress as error:
                self.counts["addresses refused"] += 1
                logger.info("%s: %s", outlet.id, error)

    def _is_fetched(self, page: Page) -> bool:
        """Whether the outlet that a page is credited to has its pages read; one that is nobody's is credited anew."""
        if page.outlet not in self.outlets:
            try:
                self.outlets[page.outlet] = replace(self._ownership.credited(page.url), id=page.outlet)
            except RefusedAddress:
                return False
        return self.outlets[page.outlet].treatment == "pages"

    def _find(self, connection: Connection, owner: str, source: Source, named: list[tuple[str, str]]) -> list[Page]:
        """The pages that nobody has seen; of an outlet whose pages are not fetched, also those left by a round that
        died, for only now is there something to judge them by."""
        room = max(0, MOST_WAITING - pages.count_waiting(connection, owner))
        found = pages.discover(connection, owner, source.id, named, self.now(), most=room)
        if owner not in self.outlets:
            return []
        if self.outlets[owner].treatment == "pages":
            return found
        keys = {key for _, key in named}
        left = pages.frontier(connection, [owner], self.now())
        return [page for page in left if page.url_key in keys and page.id not in self._source_of]

    def _room_for(self, page: Page, taken_up: Counter[str]) -> bool:
        """Whether the round may fetch one more page of this outlet, which then counts; what is new counts by itself, so
        that what is left of a calendar without end never keeps news out."""
        taken_up[page.outlet] += 1
        return taken_up[page.outlet] <= self.job.pages_per_outlet

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A writing transaction. When the database fails the round is told to stop: its account would not be true."""
        try:
            with self.database.write() as connection:
                yield connection
        except DatabaseUnavailable as error:
            if self.failure is None:
                self.failure = error
                self.on_failure()
            raise

    def _settle(self, item: FetchedPage, state: PageState) -> None:
        with self._write() as connection:
            self._settle_in(connection, item, state)
        self._page_done(item, verdicts=[])

    def _settle_in(self, connection: Any, item: FetchedPage, state: PageState) -> None:
        validators = {"etag": item.etag, "last_modified": item.last_modified}
        pages.settle(connection, item.page, state, now=self.now(), status=item.status, error=item.error, **validators)

    def _page_done(self, item: FetchedPage, *, verdicts: list[str]) -> None:
        self.counts["pages failed" if item.error else "pages"] += 1
        told = {"event": "page", "outlet": item.page.outlet, "url": item.url, "verdicts": verdicts}
        self._tell(told | ({"error": item.error} if item.error else {}))
        self._settled(item.page.id)

    def _page_failed(self, page: Page, error: str) -> None:
        self.counts["pages failed"] += 1
        self._tell({"event": "page", "outlet": page.outlet, "url": page.url, "error": error})
        self._settled(page.id)

    def _settled(self, page_id: int) -> None:
        listing = self._open.get(self._source_of.pop(page_id, -1))
        if listing is not None:
            listing.waiting.discard(page_id)
            self._close_if_settled(listing)

    def _close_if_settled(self, listing: _OpenListing) -> None:
        if listing.waiting or self._open.pop(listing.source.id, None) is None:
            return
        outlet = self.outlets[listing.source.outlet]
        with self._write() as connection:
            sources.close(
                connection,
                listing.source.id,
                etag=listing.etag,
                last_modified=listing.last_modified,
                items=listing.items if listing.items >= 0 else None,
                now=self.now(),
                interval=outlet.interval or self.job.interval,
            )
        self.counts["sources ok"] += 1
        self._tell({"event": "source", "outlet": outlet.id, "url": listing.source.url, "items": listing.items})


def ledger_of(crawler: Crawler) -> Ledger:
    """The round's ledger, which its spider holds."""
    ledger = getattr(crawler.spider, "ledger", None)
    assert isinstance(ledger, Ledger), "this component works with the spiders of crawler.spiders"
    return ledger
