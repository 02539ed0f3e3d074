"""The round's bookkeeping: what became of each page; every outcome in one transaction."""

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from crawler.announcing import announced
from crawler.archives.keeping import Keeper
from crawler.claims import believed
from crawler.items import FetchedPage
from crawler.job import RoundJob
from crawler.page_book import PageBook
from crawler.revisits import Revisits
from crawler.source_book import Tell
from crawler.unwritten import Unwritten
from matching.judge import Judge
from matching.model import Article
from storage import kept, pages, recording
from storage.errors import DatabaseUnavailable
from storage.model import Page, PageState
from storage.pages import Settled
from storage.recording import Recorded

logger = logging.getLogger(__name__)

PATIENCE = timedelta(hours=1)  # with a page that cannot be had, until its source's words are told


class Ledger(PageBook):
    """One round's view of the database; made once in the child process and shared by spider and pipelines."""

    def __init__(self, job: RoundJob, *, tell: Tell | None = None, chance: Callable[[], float] = random.random) -> None:
        super().__init__(job, tell=tell, chance=chance)
        self.judges = [Judge(topic) for topic in self.topics]
        self.revisits = Revisits(self, self.judges)
        self._keeper = Keeper(job.archive)
        self._unwritten = Unwritten(self._without_mention, lambda: len(self._source_of))

    def page_being_read(self, page: Page) -> None:
        """Puts the page on record as failed until it is settled: what kills the verdict would kill every round."""
        with self._write(durable=False) as connection:
            pages.fail(connection, page, error="the round ended while this was read", now=self.now())

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

    def _record(self, connection: Connection, item: FetchedPage) -> Recorded:
        article, key = believed(connection, item, self.now())
        return recording.record(
            connection,
            article,
            self.judges,
            outlet=item.page.outlet,
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
        try:
            self._unwritten.write_all()
            self._leave_the_rest()
            self.revisits.close()
        finally:
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

    def _settled(self, page_id: int) -> None:
        super()._settled(page_id)
        self._unwritten.write_if_enough()

    def _write_what_was_read(self) -> None:
        self._unwritten.write_all()

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
    ) -> Sequence[str]:
        """Notes that the page could not be had, and whether it is waited for no longer: then what its source says is
        judged in its stead, in the same transaction. The verdicts."""
        try:
            with self._write() as connection:
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
