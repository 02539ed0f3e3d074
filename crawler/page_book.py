"""The round's account of the pages that are to be fetched: what sources name and say of them, whose they are, and whose
turn it is."""

import logging
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.errors import RefusedAddress
from crawler.extraction.abridged import title_pattern
from crawler.frontier import Frontier
from crawler.job import RoundJob
from crawler.outlets import Outlet
from crawler.ownership import Ownership
from crawler.reading.links import Link
from crawler.source_book import OpenListing, SourceBook, Tell
from matching.gate import Gate
from matching.topic import watched_titles
from storage import pages
from storage.errors import DatabaseUnavailable
from storage.model import Page, Source, Told

logger = logging.getLogger(__name__)

MOST_WAITING = 5000  # of an outlet: calendars and session numbers make addresses without end


class PageBook(SourceBook):
    """One round's view of the frontier in the database, and of what it may hold."""

    def __init__(self, job: RoundJob, *, tell: Tell | None = None, chance: Callable[[], float] = random.random) -> None:
        super().__init__(job, tell=tell, chance=chance)
        self.topics = [each.parse() for each in job.topics]
        self._taken: Counter[str] = Counter()
        self._watched = title_pattern(watched_titles(self.topics))
        self._retold: dict[int, Told] = {}
        self._compiling: Future[Gate] | None = None
        self._ownership = Ownership((*job.outlets, *job.neighbours))
        self._frontier = Frontier(self.database, self.now, job.pages_per_outlet, self._source_of.__contains__)

    @cached_property
    def gate(self) -> Gate:
        """Compiled when the first page is found, while it is asked for: most rounds have none."""
        self._expect_pages()
        assert self._compiling is not None
        return self._compiling.result()

    def left_over(self, due: Collection[Source]) -> list[str]:
        """Outlets of pages that earlier rounds found in the outlets of these sources and did not get."""
        fetched = {source.outlet for source in due if self.outlets[source.outlet].treatment == "pages"}
        alerts = {source.id for source in due if self.outlets[source.outlet].unwrap}
        waiting = self._frontier.begin(fetched, alerts)
        if waiting:
            self._expect_pages()
        return waiting

    def next_page(self, outlet: str) -> Page | None:
        """The next page of the outlet that is to be fetched in this round, None when none waits now."""
        try:
            while not self.is_over() and (page := self._frontier.next_page(outlet)) is not None:
                if self._is_fetched(page):
                    return page
        except DatabaseUnavailable as error:  # the page in hand is settled all the same, and the round ends
            self._database_failed(error)
        return None

    def listing_read(
        self,
        source: Source,
        links: list[Link],
        *,
        etag: str | None,
        last_modified: str | None,
        fresh: timedelta = timedelta(0),
        hindrance: str | None = None,
        damage: str = "",
    ) -> list[Page]:
        """A source named these links; returns the pages that nobody has seen and that this round has room for."""
        outlet = self.outlets[source.outlet]
        by_key = {address_key(link.url): (link, owner) for link, owner in self._settled_links(links, outlet)}
        by_owner: dict[str, list[tuple[str, str]]] = {}
        for key, (link, owner) in reversed(by_key.items()):
            if outlet.unwrap:  # only now is there something to judge its page by
                self.outlets.setdefault(owner.id, owner)
            by_owner.setdefault(owner.id, []).append((link.url, key))
        told = {key: Told(link.title, link.summary, link.published) for key, (link, _) in by_key.items()}
        self._write_what_was_read()  # what was read is settled by what was said of it then
        with self._write() as connection:
            self._retold |= pages.retell(connection, source.id, told, self._names_a_work)
            found = [
                page for owner, named in by_owner.items() for page in self._find(connection, owner, source, named, told)
            ]
            pace = self._pace(connection, source, {key: link for key, (link, _) in by_key.items()})
        self._source_of.update({page.id: source.id for page in found})
        self._opened(
            OpenListing(
                source,
                etag,
                last_modified,
                items=len(links),
                pace=pace,
                fresh=fresh,
                hindrance=hindrance,
                damage=damage,
                waiting=len(found),
            )
        )
        return self._taken_up(found)

    def words(self, page: Page) -> Told | None:
        """What the page's source says of it by now, which may be other words than those it was taken up with."""
        return self._retold.get(page.id, page.told)

    def naming_words(self, page: Page) -> Told | None:
        """The same, where that names a watched work."""
        told = self.words(page)
        return told if told is not None and self._names_a_work(told) else None

    def _taken_up(self, found: list[Page]) -> list[Page]:
        """Those that the round has room for; its listing waits for no others."""
        self.counts["pages found"] += len(found)
        if found:
            self._expect_pages()
        taken_up = [page for page in found if self._room_for(page)]
        for page_id in {page.id for page in found} - {page.id for page in taken_up}:
            self._settled(page_id)
        for outlet_id in {page.outlet for page in taken_up}:
            self._frontier.has_grown(outlet_id)
        return taken_up

    def _expect_pages(self) -> None:
        if self._compiling is None:
            compiler = ThreadPoolExecutor(1, "gate")
            self._compiling = compiler.submit(Gate, self.topics)
            compiler.shutdown(wait=False)

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

    def _find(
        self,
        connection: Connection,
        owner: str,
        source: Source,
        named: list[tuple[str, str]],
        told: Mapping[str, Told],
    ) -> list[Page]:
        """The pages that nobody has seen, and those without a mention which the source now says name a watched work; of
        an outlet whose pages are not fetched, also those left by a round that died, for only now is there something to
        judge them by."""
        room = max(0, MOST_WAITING - pages.count_waiting(connection, owner))
        found = pages.discover(connection, owner, source.id, named, self.now(), most=room, told=told)
        found += pages.rediscover(connection, {key: told[key] for _, key in named if self._names_a_work(told[key])})
        if owner not in self.outlets:
            return []
        if self.outlets[owner].treatment == "pages":
            return found
        keys = {key for _, key in named}
        left = pages.frontier(connection, [owner], self.now())
        return [
            replace(page, told=told[page.url_key])
            for page in left
            if page.url_key in keys and page.id not in self._source_of
        ]

    def _names_a_work(self, told: Told) -> bool:
        return self._watched.search(told.title) is not None or self._watched.search(told.summary) is not None

    def _room_for(self, page: Page) -> bool:
        """Whether the round may fetch one more new page of this outlet, which then counts; what earlier rounds left
        counts by itself, so that what is left of a calendar without end never keeps news out."""
        self._taken[page.outlet] += 1
        return self._taken[page.outlet] <= self.job.pages_per_outlet

    def _write_what_was_read(self) -> None:
        """Writes the outcomes that wait for a commit that they may share."""
