"""The round's bookkeeping, without a network: whose page it is, and when a listing is settled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler import page_book
from crawler.ledger import Ledger
from crawler.outlets import Outlet, Treatment
from crawler.samples import FEWEST
from matching.model import Article
from storage import decisions
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Source, Told
from tests.support.ledgers import JOURNAL, NO_VALIDATORS, VALIDATORS, due, fetched, left_over, links
from tests.support.rounds import NOON, Stored

CINEMA = Outlet("cinema", "Cinéma", "cinema.journal.example", feeds=("https://cinema.journal.example/rss",))


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
    monkeypatch.setattr(page_book, "MOST_WAITING", 3)
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    assert len(ledger.listing_read(source, links("/1", "/2", "/3", "/4", "/5"), **VALIDATORS)) == 3
    monkeypatch.setattr(page_book, "MOST_WAITING", 2)
    assert ledger.listing_read(source, links("/6", "/7", "/8"), **VALIDATORS) == [], "more wait than there is room for"


def test_a_round_takes_a_few_pages_of_a_source_as_samples(open_round: Callable[..., Ledger], stored: Stored) -> None:
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    for page in ledger.listing_read(source, links("/1", "/2", "/3", "/4", "/5"), **NO_VALIDATORS):
        ledger.samples.take(page, lambda: "article")
    ledger.close()
    assert stored.sources()[source.url].samples == ("article",) * FEWEST


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


def test_a_page_whose_outlet_stays_away_for_an_hour_is_judged_by_what_its_source_says(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    [source] = due(ledger := open_round(JOURNAL)).values()
    [page] = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    for minutes, known, new in ((59, 0, 0), (60, 1, 1), (15 * 24 * 60, 1, 0)):
        told: list[dict[str, Any]] = []
        following = open_round(JOURNAL, now=NOON + timedelta(minutes=minutes), tell=told.append)
        following.page_postponed(page, "connection refused")
        assert list(stored.mentions()) == ["https://journal.example/1"] * known
        assert [(each["url"], each["verdicts"]) for each in told] == [("https://journal.example/1", ["new"])] * new
    assert stored.states() == {page.url: "quarantined"}


def test_a_page_that_waits_is_judged_by_what_its_source_says_by_now(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    [source] = due(ledger := open_round(JOURNAL)).values()
    quiet = [replace(links("/1")[0], title="La fanfare déménage")]
    [page] = ledger.listing_read(source, quiet, **NO_VALIDATORS)
    ledger.page_failed(page, "HTTP 500")
    following = open_round(JOURNAL, now=NOON + timedelta(hours=1))
    [waiting] = left_over(following)
    assert following.naming_words(waiting) is None
    following.listing_read(source, links("/1"), **NO_VALIDATORS)
    assert following.naming_words(waiting) == Told("Hublot /1")
    following.page_gone(waiting, 410)
    assert [each.title for each in stored.mentions().values()] == ["Hublot /1"]


def test_a_page_that_was_just_read_is_asked_for_again_when_another_source_names_the_film_then(
    open_round: Callable[..., Ledger], stored: Stored
) -> None:
    """What became of it may not be written yet; the words that come then are not those that it was read for."""
    ledger = open_round(replace(JOURNAL, feeds=("https://journal.example/rss", "https://journal.example/flux")))
    quiet, naming = due(ledger).values()
    others = [replace(link, title="La fanfare déménage") for link in links("/1", "/2")]
    page, _ = ledger.listing_read(quiet, others, **NO_VALIDATORS)
    ledger.no_mention(fetched(page))
    assert [each.url for each in ledger.listing_read(naming, links("/1"), **NO_VALIDATORS)] == [page.url]
    assert set(stored.states().values()) == {"discovered"}


def test_a_page_is_set_aside_though_what_its_source_says_breaks_the_verdict(
    open_round: Callable[..., Ledger], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError

    [source] = due(ledger := open_round(JOURNAL)).values()
    [page] = ledger.listing_read(source, links("/1"), **NO_VALIDATORS)
    monkeypatch.setattr(decisions, "add", break_off)
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


def test_a_database_that_cannot_be_read_ends_the_round(
    open_round: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledgers = [open_round(JOURNAL), open_round(JOURNAL)]
    (source,) = due(ledgers[0]).values()
    (page,) = ledgers[0].listing_read(source, links("/1"), **NO_VALIDATORS)

    def refuse(_: Database) -> Any:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(Database, "read", refuse)
    assert ledgers[0].next_page("journal") is None
    assert ledgers[1].samples.wall(page, b"", "login") is None
    assert [str(ledger.failure) for ledger in ledgers] == ["gone", "gone"]


@pytest.mark.parametrize(
    "texts", [("Hublot sort.", "Hublot sort."), ("Le film Hublot sort.", "La cuve du film Hublot fuit.")]
)
def test_an_article_is_known_by_its_canonical_address(
    open_round: Callable[..., Ledger], stored: Stored, texts: tuple[str, str]
) -> None:
    """Two pages that name one canonical address are one article, and one mention; also where they say too little to
    tell that they differ."""
    ledger = open_round(JOURNAL)
    (source,) = due(ledger).values()
    for page, text in zip(ledger.listing_read(source, links("/1", "/2"), **NO_VALIDATORS), texts, strict=True):
        item = fetched(page)
        item.article = Article(page.url, "Hublot", text, canonical="https://journal.example/hublot")
        ledger.judged(item)
    assert list(stored.mentions()) == ["https://journal.example/hublot"]
    assert set(stored.states().values()) == {"mention"}
