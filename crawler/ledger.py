"""The round's bookkeeping: what was found, and what became of it; every outcome in one transaction."""

import logging
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.announcing import announced
from crawler.archives.keeping import Keeper
from crawler.claims import believed
from crawler.errors import RefusedAddress
from crawler.extraction.abridged import title_pattern
from crawler.frontier import Frontier
from crawler.items import FetchedPage
from crawler.job import RoundJob
from crawler.outlets import Outlet
from crawler.ownership import Ownership
from crawler.reading.links import Link
from crawler.revisits import Revisits
from crawler.source_book import OpenListing, SourceBook, Tell
from crawler.unwritten import Unwritten
from matching.gate import Gate
from matching.judge import Judge
from matching.model import Article
from matching.topic import watched_titles
from storage import kept, pages, recording
from storage.errors import DatabaseUnavailable
from storage.model import Page, PageState, Source, Told
from storage.pages import Settled
from storage.recording import Recorded

logger = logging.getLogger(__name__)

PATIENCE = timedelta(hours=1)  # with a page that cannot be had, until its source's words are told
MOST_WAITING = 5000  # of an outlet: calendars and session numbers make addresses without end


class Ledger(SourceBook):
    """One round's view of the database; made once in the child process and shared by spider and pipelines."""

    def __init__(self, job: RoundJob, *, tell: Tell | None = None, chance: Callable[[], float] = random.random) -> None:
        super().__init__(job, tell=tell, chance=chance)
        topics = [each.parse() for each in job.topics]
        self.judges = [Judge(topic) for topic in topics]
        self.revisits = Revisits(self, self.judges)
        self._taken_up: Counter[str] = Counter()
        self._watched = title_pattern(watched_titles(topics))
        self._retold: dict[int, Told] = {}
        self._compiling: Future[Gate] | None = None
        self._keeper = Keeper(job.archive)
        self._unwritten = Unwritten(self._without_mention, lambda: len(self._source_of))
        self._ownership = Ownership((*job.outlets, *job.neighbours))
        self._frontier = Frontier(self.database, self.now, job.pages_per_outlet, self._source_of.__contains__)

    @cached_property
    def gate(self) -> Gate:
        """Compiled when the first page is found, while it is asked for: most rounds have none."""
        self._expect_pages()
        assert self._compiling is not None
        return self._compiling.result()

    def _expect_pages(self) -> None:
        if self._compiling is None:
            compiler = ThreadPoolExecutor(1, "gate")
            self._compiling = compiler.submit(Gate, [judge.topic for judge in self.judges])
            compiler.shutdown(wait=False)

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
        self._unwritten.write_all()  # what was read is settled by what was said of it then
        with self._write() as connection:
            self._retold |= pages.retell(connection, source.id, told, self._names_a_work)
            found = [
                page for owner, named in by_owner.items() for page in self._find(connection, owner, source, named, told)
            ]
            pace = self._pace(connection, source, {key: link for key, (link, _) in by_key.items()})
        self._source_of.update({page.id: source.id for page in found})
        self.counts["pages found"] += len(found)
        if found:
            self._expect_pages()
        self._opened(OpenListing(source, etag, last_modified, len(links), pace, fresh, hindrance, damage, len(found)))
        taken_up = [page for page in found if self._room_for(page)]
        for page_id in {page.id for page in found} - {page.id for page in taken_up}:
            self._settled(page_id)
        for outlet_id in {page.outlet for page in taken_up}:
            self._frontier.has_grown(outlet_id)
        return taken_up

    def page_being_read(self, page: Page) -> None:
        """Puts the page on record as failed until it is settled: what kills the verdict would kill every round. At its
        last try, what its source says stands for it until then."""
        error, now = "the round ended while this was read", self.now()

        def note(connection: Connection) -> bool:
            return pages.fail(connection, page, error=error, now=now) is not PageState.DISCOVERED

        self._away(page, error, None, note, durable=False)

    def no_mention(self, item: FetchedPage) -> None:
        """The page needs no closer look: no watched title stands in it."""
        self._keeper.keep(item, self.now(), is_mention=False)
        self._unwritten.add(replace(item, body=b"", headers=()))

    def judged(self, item: FetchedPage) -> None:
        """Judges what the page says, and stores page, article and mentions in one transaction."""
        assert item.article is not None
        with suppress(DatabaseUnavailable), self.database.read() as connection:  # the writing will tell
            recording.prepare(connection, item.article, self.judges, self.now())
        with self._write() as connection:
            outcome = self._record(connection, item)
            place = self._keeper.keep(item, self.now(), is_mention=outcome.mentioned)
            if place is not None and outcome.revision_id is not None:
                kept.add(connection, outcome.revision_id, place)
            state = PageState.MENTION if outcome.mentioned else PageState.NO_MENTION
            pages.settle_all(connection, [self._as_settled(item, state)])
        self.counts.update(outcome.verdicts)
        self._page_done(item, verdicts=list(outcome.verdicts))

    def concerns(self, article: Article) -> bool:
        """Whether the article names a watched work."""
        return any(judge.concerns(article) for judge in self.judges)

    def words(self, page: Page) -> Told | None:
        """What the page's source says of it by now, which may be other words than those it was taken up with."""
        return self._retold.get(page.id, page.told)

    def naming_words(self, page: Page) -> Told | None:
        """The same, where that names a watched work."""
        told = self.words(page)
        return told if told is not None and self._names_a_work(told) else None

    def _record(self, connection: Connection, item: FetchedPage) -> Recorded:
        article, key = believed(connection, item, self.now())
        return recording.record(
            connection,
            article,
            self.judges,
            outlet=self.outlets[item.page.outlet].id,
            url_key=key,
            page_id=item.page.id,
            now=self.now(),
            announce=self._announce(connection, item),
            next_visit=self.revisits.first(item),
        )

    def _announce(self, connection: Connection, item: FetchedPage) -> str:
        """Whether the article is news: not when its source named it in its very first listing and it is old by then.

        One without a date is news: who misses nothing rather reads a few too many on the first day.
        """
        assert item.article is not None
        told = self.words(item.page)
        published = item.article.published or (told.published if told else None)
        if self.job.baseline_age is None or self.job.saved or published is None or item.page.source_id is None:
            return "digest"
        if published > self.now() - self.job.baseline_age:
            return "digest"
        return "baseline" if pages.of_first_listing(connection, item.page.id) else "digest"

    def page_gone(self, page: Page, status: int) -> None:
        """The page does not exist (any more); one that was never asked for may be announced a little early, and is
        asked for once more, which brings nothing of saved pages."""
        if page.attempts == 0 and status == 404 and not self.job.saved:
            self.page_failed(page, f"HTTP {status}", status)
        else:
            self._given_up(page, PageState.GONE, f"HTTP {status}", status)

    def page_refused(self, page: Page, error: str, status: int | None = None) -> None:
        """The page may not be fetched: robots.txt, the address, or its server says so."""
        self._given_up(page, PageState.REFUSED, error, status)

    def page_failed(self, page: Page, error: str, status: int | None = None) -> None:
        """The page could not be had or read this time."""

        def note(connection: Connection) -> bool:
            state = pages.fail(connection, page, error=error, now=self.now(), status=status)
            return self._is_late(connection, page, state)

        self._page_failed(page, error, self._away(page, error, status, note))

    def page_set_aside(self, page: Page, error: str, status: int | None = None) -> None:
        """The page is not tried again: nothing survives reading it."""
        self._given_up(page, PageState.QUARANTINED, error, status)

    def page_postponed(self, page: Page, error: str) -> None:
        """The page's outlet could not be reached, or asked for rest: that is no failure of the page."""
        now, until = self.now(), self.resting.get(page.outlet, self.now())

        def note(connection: Connection) -> bool:
            state = pages.postpone(connection, page, error=error, now=now, until=until)
            return self._is_late(connection, page, state)

        verdicts = self._away(page, error, None, note)
        self.counts["pages postponed"] += 1
        if verdicts:
            self._tell_failed(page, error, verdicts)
        self._settled(page.id)

    def page_left(self, page: Page) -> None:
        """The page was not asked for after all, and stays in the frontier."""
        self._settled(page.id)

    def close(self) -> None:
        self._unwritten.write_all()
        self._leave_the_rest()
        self.revisits.close()
        self._keeper.close()
        super().close()

    def _leave_the_rest(self) -> None:
        """Pages whose turn did not come before the round's end stay in the frontier; where there is nothing to fetch
        their source must name them again."""
        if self._source_of and self.failure is None:
            with suppress(DatabaseUnavailable):
                with self.database.read() as connection:
                    left = pages.outlets_of_waiting(connection, self._source_of)
                for page_id, outlet in left.items():
                    if outlet in self.outlets and self.outlets[outlet].treatment == "pages":
                        self._settled(page_id)

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
        self._taken_up[page.outlet] += 1
        return self._taken_up[page.outlet] <= self.job.pages_per_outlet

    def _settled(self, page_id: int) -> None:
        super()._settled(page_id)
        self._unwritten.write_if_enough()

    def _without_mention(self, items: list[FetchedPage]) -> None:
        if self.failure is not None:  # the round ends, and they are fetched again
            return
        with self._write(durable=False) as connection:
            pages.settle_all(connection, [self._as_settled(item, PageState.NO_MENTION) for item in items])
        for item in items:
            self._page_done(item, verdicts=[])

    def _as_settled(self, item: FetchedPage, state: PageState) -> Settled:
        return Settled(item.page, state, self.now(), item.status, item.error, item.etag, item.last_modified)

    def _page_done(self, item: FetchedPage, *, verdicts: list[str]) -> None:
        self.counts["pages failed" if item.error else "pages"] += 1
        event = {"event": "page", "outlet": item.page.outlet, "url": item.url, "verdicts": verdicts}
        self._tell(event | ({"error": item.error} if item.error else {}))
        self._settled(item.page.id)

    def _given_up(self, page: Page, state: PageState, error: str, status: int | None) -> None:
        def note(connection: Connection) -> bool:
            pages.settle(connection, page, state, now=self.now(), status=status, error=error)
            return True

        self._page_failed(page, error, self._away(page, error, status, note))

    def _is_late(self, connection: Connection, page: Page, state: PageState) -> bool:
        """Whether a page that could not be had is not waited for: for good, or because news would be late."""
        return state is not PageState.DISCOVERED or pages.was_known_at(connection, page.id, self.now() - PATIENCE)

    def _away(
        self,
        page: Page,
        error: str,
        status: int | None,
        note: Callable[[Connection], bool],
        *,
        durable: bool = True,
    ) -> Sequence[str]:
        """Notes that the page could not be had, and whether it is waited for no longer: then what its source says is
        judged in its stead, in the same transaction. The verdicts."""
        try:
            with self._write(durable=durable) as connection:
                told = pages.told(connection, page.id)
                if not note(connection) or told is None or not self._names_a_work(told):
                    return ()
                verdicts = self._record(connection, announced(page, told, status, error)).verdicts
        except DatabaseUnavailable:
            raise
        except Exception:  # the words may be what breaks the verdict
            logger.exception("what the source of page %s %s says breaks the verdict", page.id, page.url)
            with self._write() as connection:
                note(connection)
            return ()
        self.counts.update(verdicts)
        return verdicts

    def _page_failed(self, page: Page, error: str, verdicts: Sequence[str] = ()) -> None:
        self.counts["pages failed"] += 1
        self._tell_failed(page, error, verdicts)
        self._settled(page.id)

    def _tell_failed(self, page: Page, error: str, verdicts: Sequence[str]) -> None:
        event = {"event": "page", "outlet": page.outlet, "url": page.url, "error": error}
        self._tell(event | ({"verdicts": list(verdicts)} if verdicts else {}))


def ledger_of(crawler: Crawler) -> Ledger:
    """The round's ledger, which its spider holds."""
    ledger = getattr(crawler.spider, "ledger", None)
    assert isinstance(ledger, Ledger), "this component works with the spiders of crawler.spiders"
    return ledger
