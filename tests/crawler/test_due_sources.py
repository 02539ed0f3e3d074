"""When a source is asked: by its pace, its outlet's interval and its server's word, ever more rarely while it fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from crawler.ledger import Ledger
from crawler.outlets import Listing, Outlet
from crawler.rhythm import Rhythm
from tests.support.ledgers import JOURNAL, NO_VALIDATORS, VALIDATORS, due, fetched, links
from tests.support.rounds import NOON, Stored


def test_only_sources_of_the_wanted_kinds_are_due(open_round: Callable[..., Ledger]) -> None:
    outlet = Outlet(
        "journal",
        "Le Journal",
        "journal.example",
        feeds=("https://journal.example/rss",),
        news_sitemaps=("https://journal.example/news.xml",),
        listings=(Listing("https://journal.example/"),),
    )
    ledger = open_round(outlet)
    assert [source.url for _, source in ledger.due_sources(("listing",))] == ["https://journal.example/"]
    assert ledger.counts["sources"] == 1
    assert len(due(ledger)) == 3


def test_a_source_is_asked_by_the_pace_of_the_dates_that_it_gives(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    dated = [
        replace(link, published=NOON - timedelta(hours=1 + number))
        for number, link in enumerate(links("/1", "/2", "/3", "/4", "/5"))
    ]
    for page in ledger.listing_read(source, dated, **NO_VALIDATORS):
        ledger.no_mention(fetched(page))
    assert stored.sources()[source.url].next_due == NOON + timedelta(minutes=30)
    following = open_round(JOURNAL, now=NOON + timedelta(hours=1))
    (source,) = due(following).values()
    following.listing_unchanged(source)
    assert stored.sources()[source.url].next_due == NOON + timedelta(hours=1, minutes=36)


def test_a_source_without_dates_is_asked_by_when_its_pages_were_first_seen(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    """What it named the first time says nothing: it may have been there for years."""

    def listed(hours: int, paths: str) -> timedelta:
        ledger = open_round(JOURNAL, now=NOON + timedelta(hours=hours))
        (source,) = due(ledger).values()
        for page in ledger.listing_read(source, links(*(f"/{path}" for path in paths)), **NO_VALIDATORS):
            ledger.no_mention(fetched(page))
        next_due = stored.sources()[source.url].next_due
        assert next_due is not None
        return next_due - ledger.now()

    minute = timedelta(minutes=1)
    assert listed(0, "12345") == 15 * minute
    assert listed(3, "12345") == 90 * minute
    assert listed(5, "123456") == 15 * minute
    assert listed(6, "123456") == 30 * minute


def test_a_source_that_is_dead_for_weeks_is_asked_daily_and_comes_back_by_itself(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    moment, asked = NOON, []
    while moment < NOON + timedelta(days=21):
        ledger = open_round(JOURNAL, now=moment, chance=lambda: 0.4)
        for source in due(ledger).values():
            ledger.source_failed(source, "no answer in time")
            asked.append(moment)
        ledger.close()
        next_due = stored.sources()[JOURNAL.feeds[0]].next_due
        assert next_due is not None
        moment = next_due
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert [gap / timedelta(minutes=15) for gap in gaps[:4]] == [0.9, 1.8, 3.6, 7.2]
    assert gaps[-1] == timedelta(hours=24) * 0.9
    ledger = open_round(JOURNAL, now=moment)
    (source,) = due(ledger).values()
    ledger.listing_read(source, [], **NO_VALIDATORS)
    assert stored.sources()[source.url].fails == 0
    assert stored.sources()[source.url].next_due == moment + timedelta(minutes=15)


def test_an_outlets_own_interval_counts(open_round: Callable[..., Ledger], stored: Stored) -> None:
    ledger = open_round(Outlet("x", "X", "x.example", feeds=("https://x.example/",), interval=timedelta(hours=6)))
    (source,) = due(ledger).values()
    ledger.listing_unchanged(source)
    assert stored.sources()[source.url].next_due == NOON + timedelta(hours=6)


def test_rest_that_a_server_asked_for_outlasts_the_end_of_its_listing(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    (page,) = ledger.listing_read(source, links("/1"), **VALIDATORS)
    ledger.postpone("journal", NOON + timedelta(hours=3))
    ledger.page_left(page)
    assert stored.sources()[source.url].not_before == NOON + timedelta(hours=3)
    ledger.source_failed(source, "HTTP 429")
    assert stored.sources()[source.url].not_before == NOON + timedelta(hours=3)
    following = open_round(JOURNAL, now=NOON + timedelta(hours=2), forced=True)
    assert due(following) == {}


def test_a_source_that_was_read_waits_no_longer_than_the_present_configuration_says(
    open_round: Callable[..., Ledger],
) -> None:
    before = open_round(JOURNAL)
    [source] = due(before).values()
    before.listing_unchanged(source)  # a quarter of an hour, as things were then
    later, hasty = NOON + timedelta(minutes=3), Rhythm(timedelta(minutes=1), timedelta(minutes=2))
    assert not due(open_round(JOURNAL, now=later))
    assert due(open_round(replace(JOURNAL, interval=timedelta(minutes=2)), now=later))
    assert due(open_round(JOURNAL, now=later, rhythm=hasty))
    before.source_failed(source, "HTTP 500")
    assert not due(open_round(JOURNAL, now=later, rhythm=hasty))
