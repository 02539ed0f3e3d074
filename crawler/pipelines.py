"""From a page that passed the gate to a stored verdict: extraction, verdict."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NoReturn, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.announcing import in_its_stead
from crawler.errors import DeadlyPage, ExtractionUnavailable, NoArticle, UnreadablePage, Walled
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import PageToRead, Reading, order_for
from crawler.items import FetchedPage
from crawler.ledger import Ledger, ledger_of
from crawler.walls import what_is
from matching.model import Article
from matching.topic import watched_titles
from storage.errors import DatabaseUnavailable
from storage.model import Told

logger = logging.getLogger(__name__)


class _Pipeline:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(ledger_of(crawler))

    def _failed(self, item: FetchedPage, error: str) -> NoReturn:
        if item.revisit is not None:
            self.ledger.revisits.failed(item.revisit, error)
        else:
            self.ledger.page_failed(item.page, error, item.status)
        raise DropItem(error, log_level="INFO")

    def _in_its_stead(self, item: FetchedPage, why: str | None = None) -> FetchedPage | None:
        """What its source says instead; a wall that bears a watched title, in an address that it leads back to, say, is
        tried again."""
        try:
            words = self.ledger.naming_words(item.page)
            return in_its_stead(item, words, self.ledger.samples, what_is(item.body), why)
        except Walled as error:
            self._failed(item, str(error))


class ExtractionPipeline(_Pipeline):
    """Reads the page in a process of its own, and lets the round go on meanwhile.

    A page that cannot be read counts as failed; one that no process survives is set aside at once; one whose turn comes
    after the round's deadline stays in the frontier.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._extractor = Extractor(seconds=ledger.job.page_seconds, memory_mb=ledger.job.page_memory_mb)
        self._thread = ThreadPoolExecutor(1, "extraction")  # one that lasts: the process ends with its thread
        self._titles = watched_titles(judge.topic for judge in ledger.judges)
        self._until = time.monotonic() + ledger.job.deadline.total_seconds()

    async def process_item(self, item: FetchedPage) -> FetchedPage:
        if item.article is not None:
            return item
        reading = asyncio.get_running_loop().run_in_executor(self._thread, self._read, self._order(item))
        try:
            self._was_read(item, await reading)
        except TimeoutError as error:
            self.ledger.page_left(item.page)
            raise DropItem(str(error), log_level="INFO") from error
        except NoArticle as error:
            if item.revisit is not None:
                self.ledger.revisits.no_article(item, str(error))
            elif instead := self._in_its_stead(item, str(error)):
                return instead
            else:
                self.ledger.no_mention(item)
            raise DropItem(str(error), log_level="INFO") from error
        except DeadlyPage as error:
            if item.revisit is not None:
                self._failed(item, str(error))
            self.ledger.page_set_aside(item.page, str(error), item.status)
            raise DropItem(str(error), log_level="WARNING") from error
        except (UnreadablePage, ExtractionUnavailable) as error:
            self._failed(item, str(error))
        return item

    def _read(self, page: PageToRead) -> Reading:
        if time.monotonic() > self._until:
            raise TimeoutError("the round is over")
        return self._extractor.read(page)

    def _was_read(self, item: FetchedPage, reading: Reading) -> None:
        item.article = dated(reading.article, self.ledger.words(item.page))
        if reading.plainly:
            self.ledger.counts["pages read plainly"] += 1
            logger.info("page %s %s was read on the plain path: %s", item.page.id, item.url, reading.plainly)

    def close_spider(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._extractor.close()

    def _order(self, item: FetchedPage) -> PageToRead:
        outlet = self.ledger.outlets[item.page.outlet]
        return order_for(outlet, item.body, item.url, item.content_type, titles=self._titles)


def dated(article: Article, told: Told | None) -> Article:
    """The article with its source's date where the page gives none, or only the day on which the source's falls."""
    if told is None or told.published is None:
        return article
    day = article.published
    if day is None:
        return replace(article, published=told.published)
    is_day_only = (day.hour, day.minute, day.second) == (0, 0, 0)
    same_day = told.published.astimezone(day.tzinfo).date() == day.date()
    return replace(article, published=told.published) if is_day_only and same_day else article


class VerdictPipeline(_Pipeline):
    """Judges the article and stores it; one that cannot be judged or stored counts as failed."""

    def process_item(self, item: FetchedPage) -> FetchedPage:
        if item.revisit is None:  # whose next visit was put off before
            self.ledger.page_being_read(item.page)
        try:
            if item.revisit is not None:
                self.ledger.revisits.read(item)
            else:
                self.ledger.judged(self._or_announced(item))
        except (DatabaseUnavailable, DropItem):
            raise
        except Exception as error:  # a page that breaks the verdict is set aside after some tries
            logger.exception("page %s %s breaks the verdict", item.page.id, item.url)
            self._failed(item, f"the verdict failed: {error!r}")
        return item

    def _or_announced(self, item: FetchedPage) -> FetchedPage:
        """The item; in the stead of a wall that names no watched work, what its source says, where that names one."""
        assert item.article is not None
        if not item.body or self.ledger.concerns(item.article):
            return item
        return self._in_its_stead(item) or item
