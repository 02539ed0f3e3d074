"""From a fetched page to a stored verdict: what breaks on the way is counted against its page."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.exceptions import DropItem

from crawler.extraction.dates import PARIS
from crawler.items import FetchedPage
from crawler.ledger import Ledger
from crawler.outlets import Outlet
from crawler.pipelines import ExtractionPipeline, VerdictPipeline, dated
from crawler.reading.links import Link
from crawler.round import settings_for
from matching.judge import Judge
from matching.model import Article
from storage import recording
from storage.errors import DatabaseUnavailable
from storage.model import Told
from tests.support.http_server import HTML
from tests.support.press import article, listing
from tests.support.rounds import Stored

JOURNAL = Outlet("journal", "Le Journal", "journal.example", feeds=("https://journal.example/rss",))
URL = "https://journal.example/1"


@pytest.fixture
def ledger(stored: Stored) -> Iterator[Ledger]:
    ledger = Ledger(stored.job([JOURNAL]))
    yield ledger
    ledger.close()


def fetched(ledger: Ledger, body: str) -> FetchedPage:
    """The only page of a feed, just fetched."""
    ((_, source),) = ledger.due_sources(("feed",))
    (page,) = ledger.listing_read(source, [Link(URL, "Titre")], etag='"un"', last_modified=None)
    return FetchedPage(page, page.url, 200, body.encode(), content_type=HTML)


def extracted(ledger: Ledger, item: FetchedPage) -> FetchedPage:
    pipeline = ExtractionPipeline(ledger)
    try:
        return asyncio.run(pipeline.process_item(item))
    finally:
        pipeline.close_spider()


def test_a_page_with_a_mention_goes_through_both(ledger: Ledger, stored: Stored) -> None:
    item = fetched(ledger, article("Hublot"))
    assert ledger.gate.passes(item.body)
    assert extracted(ledger, item) is item
    assert VerdictPipeline(ledger).process_item(item) is item
    assert stored.states() == {URL: "mention"}
    assert stored.mentions()[URL].title == "Hublot"


def test_a_page_that_breaks_the_extraction_is_read_on_the_plain_path(tmp_path: Path) -> None:
    stored = Stored.in_folder(tmp_path)
    ledger = Ledger(stored.job([replace(JOURNAL, body=("//*[",))]))
    item = extracted(ledger, fetched(ledger, article("Hublot")))
    VerdictPipeline(ledger).process_item(item)
    ledger.close()
    assert stored.mentions()[URL].title == "Hublot"
    assert ledger.counts["pages read plainly"] == 1


def test_a_page_that_no_process_survives_is_set_aside_and_its_source_has_not_failed(tmp_path: Path) -> None:
    stored = Stored.in_folder(tmp_path)
    ledger = Ledger(stored.job([JOURNAL], page_seconds=0.0))
    with pytest.raises(DropItem):
        extracted(ledger, fetched(ledger, article("Hublot") + "<p>un mot</p>" * 300_000))  # no process is that quick
    ledger.close()
    page = stored.pages()[URL]
    assert page["state"] == "quarantined"
    assert page["error"].startswith("reading it ")
    (source,) = stored.sources().values()
    assert (source.fails, source.etag) == (0, '"un"'), "the page is on record"


def test_a_page_whose_turn_comes_after_the_deadline_stays_in_the_frontier(tmp_path: Path) -> None:
    stored = Stored.in_folder(tmp_path)
    ledger = Ledger(stored.job([JOURNAL], deadline=timedelta(0)))
    with pytest.raises(DropItem):
        extracted(ledger, fetched(ledger, article("Hublot")))
    ledger.close()
    page = stored.pages()[URL]
    assert (page["state"], page["attempts"]) == ("discovered", 0)


@pytest.mark.parametrize(("room", "step"), [(Judge, "concerns"), (recording, "record")])
def test_a_page_that_breaks_the_verdict_has_failed_and_its_source_has_not(
    ledger: Ledger, stored: Stored, monkeypatch: pytest.MonkeyPatch, room: Any, step: str
) -> None:
    on_record: list[str | None] = []

    def break_off(*_: Any, **__: Any) -> Any:
        on_record.append(stored.pages()[URL]["error"])
        raise ZeroDivisionError("par zéro")

    item = fetched(ledger, article("Hublot"))
    monkeypatch.setattr(room, step, break_off)
    with pytest.raises(DropItem):
        VerdictPipeline(ledger).process_item(extracted(ledger, item))
    assert on_record == ["the round ended while this was read"], "what kills the round here kills none for ever"
    check_failed(stored, "the verdict failed: ZeroDivisionError('par zéro')")


def check_failed(stored: Stored, error: str) -> None:
    page = stored.pages()[URL]
    assert (page["state"], page["attempts"], page["error"]) == ("discovered", 1, error)
    (source,) = stored.sources().values()
    assert (source.fails, source.etag) == (0, '"un"'), "the page is on record for another try"


def test_a_database_that_fails_is_not_the_pages_fault(
    ledger: Ledger, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise DatabaseUnavailable("full")

    item = extracted(ledger, fetched(ledger, article("Hublot")))
    monkeypatch.setattr(recording, "record", refuse)
    with pytest.raises(DatabaseUnavailable):
        VerdictPipeline(ledger).process_item(item)
    assert ledger.failure is not None


def test_an_orders_limits_reach_scrapy(stored: Stored) -> None:
    job = stored.job([JOURNAL], timeout=timedelta(seconds=2.5), deadline=timedelta(seconds=90), delay=None)
    ledger = Ledger(job)
    settings = settings_for(ledger)
    ledger.close()
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 2.5
    assert settings.getfloat("CLOSESPIDER_TIMEOUT") == 90
    assert settings.getdict("DOWNLOAD_SLOTS") == {"journal": {"concurrency": 1, "delay": 2.0}}
    assert settings.get("USER_AGENT") == "Veilleur/0.1 (+mailto:presse@example.org)"
    assert settings.getlist("ALLOW_NETWORKS") == ["127.0.0.0/8"]


def test_a_page_without_a_date_has_its_sources() -> None:
    moment = datetime(2024, 3, 2, 8, 30, tzinfo=UTC)
    told = Told(published=moment)
    undated = Article(URL, "Hublot", "")
    assert dated(undated, told).published == moment
    assert dated(undated, None).published is None
    assert dated(replace(undated, published=datetime(2024, 3, 2, tzinfo=PARIS)), told).published == moment
    for other in (datetime(2024, 3, 1, tzinfo=PARIS), datetime(2024, 3, 2, 7, tzinfo=PARIS)):
        assert dated(replace(undated, published=other), told).published == other


def test_a_listing_is_no_article(ledger: Ledger, stored: Stored) -> None:
    with pytest.raises(DropItem):
        extracted(ledger, fetched(ledger, listing([(f"/{n}", f"Hublot, le film de la semaine {n}") for n in range(9)])))
    assert stored.states() == {URL: "no_mention"}
