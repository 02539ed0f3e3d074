"""What is old when its source is first read is stored, and no news."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from crawler.ledger import Ledger
from matching.model import Article
from storage.database import Database
from storage.schema import article, mention
from tests.support.ledgers import JOURNAL, NO_VALIDATORS, due, fetched, left_over, links
from tests.support.rounds import NOON, Stored


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
