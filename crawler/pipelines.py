"""From a fetched page to a stored verdict: gate, extraction, verdict."""

import logging
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.errors import UnreadablePage
from crawler.extraction.page import Selectors, extract
from crawler.items import FetchedPage
from crawler.ledger import Ledger, ledger_of
from storage.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)


class _Pipeline:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(ledger_of(crawler))

    def _failed(self, item: FetchedPage, error: str) -> None:
        self.ledger.page_failed(item.page, error, item.status)
        raise DropItem(error, log_level="INFO")


class GatePipeline(_Pipeline):
    """Ends the way of a page in whose bytes no watched title stands."""

    def process_item(self, item: FetchedPage) -> FetchedPage:
        if item.article is None and not self.ledger.gate.passes(item.body):
            self.ledger.no_mention(item)
            raise DropItem("no watched title", log_level="DEBUG")
        return item


class ExtractionPipeline(_Pipeline):
    """Reads the page; one that cannot be read counts as failed, and never stops the round."""

    def process_item(self, item: FetchedPage) -> FetchedPage:
        if item.article is not None:
            return item
        self.ledger.page_being_read(item.page)
        outlet = self.ledger.outlets[item.page.outlet]
        try:
            item.article = extract(
                item.body,
                item.url,
                content_type=item.content_type,
                outlet=outlet.id,
                selectors=Selectors(outlet.body, outlet.exclude),
            )
        except UnreadablePage as error:
            self._failed(item, str(error))
        except Exception as error:  # a page that breaks the extraction is set aside after some tries
            logger.exception("page %s %s breaks the extraction", item.page.id, item.url)
            self._failed(item, f"extraction failed: {error!r}")
        return item


class VerdictPipeline(_Pipeline):
    """Judges the article and stores it; one that cannot be judged or stored counts as failed."""

    def process_item(self, item: FetchedPage) -> FetchedPage:
        try:
            self.ledger.judged(item)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # a page that breaks the verdict is set aside after some tries
            logger.exception("page %s %s breaks the verdict", item.page.id, item.url)
            self._failed(item, f"the verdict failed: {error!r}")
        return item
