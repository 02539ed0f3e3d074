"""The round's bookkeeping, without a network: what is due, whose page it is, when a listing is settled."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawler import ledger as ledgers
from crawler.items import FetchedPage
from crawler.job import RoundJob
from crawler.ledger import Ledger
from crawler.outlets import Listing, Outlet, Treatment
from crawler.reading.links import Link
from crawler.rhythm import Rhythm
from matching.model import Article
from storage import mentions
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Page, Source, Told
from storage.schema import article, mention
from tests.support.rounds import HUBLOT, NOON, Stored

JOURNAL = Outlet("journal", "Le Journal", "journal.example", feeds=("https://journal.example/rss",))
CINEMA = Outlet("cinema", "Cinéma", "cinema.journal.example", feeds=("https://cinema.journal.example/rss",))
NO_VALIDATORS: dict[str, Any] = {"etag": None, "last_modified": None}
VALIDATORS: dict[str, Any] = {"etag": '"un"', "last_modified": "Fri, 01 Mar 2024 10:00:00 GMT"}


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored.in_folder(tmp_path)


@pytest.fixture
def open_round(stored: Stored) -> Iterator[Callable[..., Ledger]]:
    """Begins a round over outlets; what it told is in its `told`."""
    opened = []

    def begin(*outlets: Outlet, **order: Any) -> Ledger:
        chance = order.pop("chance", random.random)
        job = RoundJob(stored.url, outlets, (HUBLOT,), **({"now": NOON} | order))
        ledger = Ledger(job, chance=chance)
        opened.append(ledger)
        return ledger

    yield begin
    for ledger in opened:
        ledger.close()


def due(ledger: Ledger) -> dict[str, Source]:
    return {source.url: source for _, source in ledger.due_sources(("feed", "news_sitemap", "listing"))}


def links(*paths: str, host: str = "journal.example") -> list[Link]:
    return [Link(f"https://{host}{path}", f"Hublot {path}") for path in paths]


def fetched(page: Page) -> FetchedPage:
    return FetchedPage(page, page.url, 200, b"")


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


def left_over(ledger: Ledger) -> list[Page]:
    """What earlier rounds left, as far as the round takes it up."""
    left = []
    for outlet in ledger.left_over(due(ledger).values()):
        while (page := ledger.next_page(outlet)) is not None:
            left.append(page)
    return left


def test_validators_are_stored_when_the_last_page_is_settled_and_not_before(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    found = ledger.listing_read(source, links("/1", "/2", "/3", "/4"), **VALIDATORS)
    one, two, three, four = found
    ledger.no_mention(fetched(one))
    ledger.page_gone(two, 404)
    ledger.page_failed(three, "no answer in time")
    assert stored.sources()[source.url].etag is None
    ledger.page_left(four)
    assert stored.sources()[source.url].etag == '"un"'
    assert stored.sources()[source.url].last_items == 4
    assert ledger.counts["sources ok"] == 1


def test_a_listing_without_anything_new_is_settled_at_once(open_round: Callable[..., Ledger], stored: Stored) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    ledger.listing_read(source, [], **VALIDATORS)
    assert stored.sources()[source.url].last_ok == NOON
    assert stored.sources()[source.url].next_due == NOON + timedelta(minutes=15)


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


def test_a_link_with_several_spellings_is_one_page(open_round: Callable[..., Ledger]) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    found = ledger.listing_read(source, links("/1", "/1?utm_source=rss", "/1/", "/2"), **NO_VALIDATORS)
    assert [page.url for page in found] == ["https://journal.example/1", "https://journal.example/2"]
    assert found[0].told == Told("Hublot /1")


def test_a_page_that_one_source_named_is_not_new_to_another(open_round: Callable[..., Ledger], stored: Stored) -> None:
    feeds = ("https://journal.example/a", "https://journal.example/b")
    ledger = open_round(Outlet("journal", "Le Journal", "journal.example", feeds=feeds))
    first, second = due(ledger).values()
    assert len(ledger.listing_read(first, links("/1"), **VALIDATORS)) == 1
    assert ledger.listing_read(second, links("/1"), **VALIDATORS) == []
    assert stored.sources()[first.url].last_ok is None
    assert stored.sources()[second.url].last_ok == NOON


def test_more_pages_than_a_round_takes_are_left_for_the_next(open_round: Callable[..., Ledger], stored: Stored) -> None:
    ledger = open_round(JOURNAL, pages_per_outlet=2)
    (source,) = due(ledger).values()
    found = ledger.listing_read(source, links("/1", "/2", "/3", "/4", "/5"), **VALIDATORS)
    assert len(found) == 2
    for page in found:
        ledger.no_mention(fetched(page))
    assert stored.sources()[source.url].etag == '"un"'

    following = open_round(JOURNAL, pages_per_outlet=2, now=NOON + timedelta(hours=1))
    assert [(page.url[-1], page.told) for page in left_over(following)] == [
        ("3", Told("Hublot /3")),
        ("4", Told("Hublot /4")),
    ]


def test_no_more_pages_wait_for_an_outlet_than_there_is_room_for(
    open_round: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "MOST_WAITING", 3)
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    assert len(ledger.listing_read(source, links("/1", "/2", "/3", "/4", "/5"), **VALIDATORS)) == 3


def test_a_page_of_a_sub_domain_with_an_entry_of_its_own_belongs_to_it(open_round: Callable[..., Ledger]) -> None:
    ledger = open_round(JOURNAL, CINEMA)
    source = due(ledger)["https://journal.example/rss"]
    other = links("/2", host="cinema.journal.example") + links("/3", host="sport.journal.example")
    found = ledger.listing_read(source, links("/1") + other, **NO_VALIDATORS)
    assert {page.url[-1]: page.outlet for page in found} == {"1": "journal", "2": "cinema", "3": "journal"}


def test_a_page_left_of_a_feed_only_outlet_waits_for_its_source_to_name_it_again(
    open_round: Callable[..., Ledger],
) -> None:
    outlet = Outlet("journal", "Le Journal", "journal.example", feeds=JOURNAL.feeds, treatment="feed-only")
    died = open_round(outlet)
    (source,) = due(died).values()
    assert len(died.listing_read(source, links("/1", "/2"), **NO_VALIDATORS)) == 2

    ledger = open_round(outlet, now=NOON + timedelta(hours=1))
    (source,) = due(ledger).values()
    assert left_over(ledger) == []
    found = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    assert [(page.url[-1], page.told) for page in found] == [("1", Told("Hublot /1"))]
    assert ledger.listing_read(source, links("/1"), **NO_VALIDATORS) == [], "it is being judged"


@pytest.mark.parametrize(("treatment", "remembered"), [("pages", '"un"'), ("feed-only", None)])
def test_a_source_was_read_whose_pages_had_no_turn_before_the_rounds_end(
    open_round: Callable[..., Ledger], stored: Stored, treatment: Treatment, remembered: str | None
) -> None:
    ledger = open_round(replace(JOURNAL, treatment=treatment))
    (source,) = due(ledger).values()
    ledger.listing_read(source, links("/1", "/2"), **VALIDATORS)
    ledger.close()
    assert stored.sources()[source.url].etag == remembered


def test_nothing_more_is_taken_up_when_the_round_is_over(open_round: Callable[..., Ledger]) -> None:
    ledger = open_round(JOURNAL, deadline=timedelta(0))
    (source,) = due(ledger).values()
    ledger.listing_read(source, links("/1"), **VALIDATORS)
    assert ledger.next_page("journal") is None


def test_a_failed_page_says_so_once(open_round: Callable[..., Ledger], stored: Stored) -> None:
    """However often a round puts a page on record as failed, it is one try."""
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    (page,) = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    ledger.page_being_read(page)
    ledger.page_failed(page, "the page has no content")
    row = stored.pages()[page.url]
    assert (row["attempts"], row["error"]) == (1, "the page has no content")


def test_a_page_whose_outlet_stays_away_for_good_is_judged_by_what_its_source_says(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    [source] = due(ledger := open_round(JOURNAL)).values()
    [page] = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    for days, expected in ((1, []), (15, ["https://journal.example/1"])):
        open_round(JOURNAL, now=NOON + timedelta(days=days)).page_postponed(page, "connection refused")
        assert list(stored.mentions()) == expected


def test_a_page_is_set_aside_though_what_its_source_says_breaks_the_verdict(
    open_round: Callable[..., Ledger], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError

    [source] = due(ledger := open_round(JOURNAL)).values()
    [page] = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    monkeypatch.setattr(mentions, "add", break_off)
    ledger.page_set_aside(page, "nothing survives it")
    assert stored.states() == {page.url: "quarantined"}
    assert ledger.counts["pages failed"] == 1


def test_a_source_whose_reader_survives_is_as_it_was(open_round: Callable[..., Ledger], stored: Stored) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    ledger.source_being_read(source)
    assert stored.sources()[source.url].fails == 1
    ledger.source_was_read(source)
    assert stored.sources()[source.url] == Source(
        **{
            **{name: getattr(source, name) for name in Source.__slots__},
            "last_tried": NOON,
        }
    )


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


def test_a_failing_database_is_remembered_and_the_round_told_to_stop(
    open_round: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_round(JOURNAL)
    told: list[str] = []
    ledger.on_failure = lambda: told.append("stop")

    def refuse(_: Database, **_asked: bool) -> Any:
        raise DatabaseUnavailable("full")

    (source,) = due(ledger).values()
    monkeypatch.setattr(Database, "write", refuse)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            ledger.source_failed(source, "x")
    assert told == ["stop"]
    assert str(ledger.failure) == "full"


def test_a_frontier_that_cannot_be_read_ends_the_round(
    open_round: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    ledger.listing_read(source, links("/1"), **NO_VALIDATORS)

    def refuse(_: Database) -> Any:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(Database, "read", refuse)
    assert ledger.next_page("journal") is None
    assert str(ledger.failure) == "gone"


def test_an_article_is_known_by_its_canonical_address(open_round: Callable[..., Ledger], stored: Stored) -> None:
    """Two pages that name one canonical address are one article, and one mention."""
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    for page in ledger.listing_read(source, links("/1", "/2"), **NO_VALIDATORS):
        item = fetched(page)
        item.article = Article(page.url, "Hublot", "Hublot sort.", canonical="https://journal.example/hublot")
        ledger.judged(item)
    assert list(stored.mentions()) == ["https://journal.example/hublot"]
    assert set(stored.states().values()) == {"mention"}


def announced(stored: Stored) -> dict[str, str]:
    database = Database(stored.url)
    with database.read() as connection:
        rows = connection.execute(select(article.c.url, mention.c.announce).join_from(article, mention)).all()
    database.close()
    return {url.rpartition("/")[2]: announce for url, announce in rows}


def find(ledger: Ledger, published: dict[str, datetime | None]) -> None:
    """The source names these articles, each with its own words, and they are read."""
    (source,) = due(ledger).values()
    for page in ledger.listing_read(source, links(*(f"/{path}" for path in published)), **NO_VALIDATORS):
        item = fetched(page)
        item.body = b"read"
        words = " ".join(f"{page.url[-1]}{number}" for number in range(80))
        item.article = Article(page.url, "Hublot", f"Hublot sort. {words}", published=published[page.url[-1]])
        ledger.judged(item)


def test_what_is_old_when_its_source_is_first_read_is_no_news(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    """Without a date it is: who misses nothing rather reads a few too many on the first day."""
    week, day = timedelta(days=7), timedelta(days=1)
    old, young = NOON - week - day, NOON - week + day
    first = open_round(JOURNAL, baseline_age=week)
    find(first, {"1": old, "2": young, "3": None})
    assert announced(stored) == {"1": "baseline", "2": "digest", "3": "digest"}
    second = open_round(JOURNAL, baseline_age=week, now=NOON + timedelta(hours=3))
    find(second, {"1": old, "4": old})
    assert announced(stored)["4"] == "digest"


def test_pages_left_by_the_first_round_are_still_of_the_first_listing(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    first = open_round(JOURNAL, baseline_age=timedelta(days=7), pages_per_outlet=1)
    find(first, {"1": NOON - timedelta(days=30), "2": NOON})
    second = open_round(JOURNAL, baseline_age=timedelta(days=7), now=NOON + timedelta(hours=3))
    [left] = left_over(second)
    item = fetched(left)
    item.article = Article(left.url, "Hublot", "Hublot, encore.", published=NOON - timedelta(days=30))
    second.judged(item)
    assert announced(stored)["2"] == "baseline"


def test_saved_pages_are_all_news(open_round: Callable[..., Ledger], stored: Stored) -> None:
    find(open_round(JOURNAL, baseline_age=timedelta(days=7), saved="pages"), {"1": NOON - timedelta(days=900)})
    assert announced(stored) == {"1": "digest"}


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
