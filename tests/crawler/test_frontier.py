"""The frontier: every waiting page has its turn once in a round, and few are in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler
from sqlalchemy import event

from crawler import frontier as frontiers
from crawler.frontier import Frontier
from crawler.job import RoundJob
from crawler.ledger import Ledger
from crawler.outlets import Outlet
from crawler.reading.links import Link, Named
from crawler.spiders.source import AT_ONCE
from crawler.watch import WatchSpider
from storage import pages
from storage.database import Database
from storage.model import Page, PageState, Told
from tests.storage.builders import NOON, a_source
from tests.support.newsroom import newsroom

MOST = 100


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with newsroom(tmp_path) as opened:
        yield opened


def found(database: Database, names: str, outlet: str = "journal", source_id: int | None = None) -> list[Page]:
    links = [(f"https://{outlet}.example/{name}", f"{outlet}.example/{name}") for name in names]
    with database.write() as connection:
        return pages.discover(connection, outlet, source_id, links, NOON, told={links[0][1]: Told("Hublot")})


def opened(database: Database, most: int = MOST, awaited: bool = True) -> Frontier:
    return Frontier(database, lambda: NOON, most, lambda _: awaited)


def rest(frontier: Frontier, outlet: str = "journal") -> str:
    """The names of the outlet's pages, as far as they have their turn now."""
    names = ""
    while (page := frontier.next_page(outlet)) is not None:
        names += page.url[-1]
    return names


def test_every_page_has_its_turn_once_however_few_are_looked_up_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontiers, "AT_A_TIME", 2)
    found(database, "abcde")
    frontier = opened(database)
    assert frontier.begin({"journal"}) == ["journal"]
    assert rest(frontier) == "abcde"
    found(database, "fg")
    assert rest(frontier) == "", "nobody said that it has grown"
    frontier.has_grown("journal")
    assert rest(frontier) == "fg"
    assert rest(frontier) == ""


def test_a_page_keeps_what_its_source_said_until_it_is_settled(database: Database) -> None:
    first, second = found(database, "ab")
    frontier = opened(database)
    frontier.begin({"journal"})
    taken = frontier.next_page("journal")
    assert taken == first
    assert taken.told == Told("Hublot")
    assert second.told is None
    with database.write() as connection:
        pages.settle(connection, first, PageState.NO_MENTION, now=NOON)
        pages.settle(connection, second, PageState.NO_MENTION, now=NOON)
        assert connection.exec_driver_sql("select count(told_title) from page").scalar() == 0


def test_what_earlier_rounds_left_keeps_no_news_out(database: Database) -> None:
    found(database, "abcde")
    frontier = opened(database, most=2)
    frontier.begin({"journal"})
    assert rest(frontier) == "ab"
    found(database, "fgh")
    frontier.has_grown("journal")
    assert rest(frontier) == "fgh"


def test_what_is_left_for_later_rounds_is_not_looked_through(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontiers, "AT_A_TIME", 2)
    found(database, "abcdefghi")
    frontier = opened(database, most=2)
    frontier.begin({"journal"})
    asked = list[str]()
    event.listen(database.engine, "before_cursor_execute", lambda _, cursor, statement, *more: asked.append(statement))
    assert rest(frontier) == "ab"
    assert len([each for each in asked if "FROM page" in each]) == 2


def test_what_this_round_found_and_has_no_room_for_waits_for_the_next(database: Database) -> None:
    frontier = opened(database, awaited=False)
    assert frontier.begin({"journal"}) == []
    found(database, "ab")
    frontier.has_grown("journal")
    assert rest(frontier) == ""


def test_of_an_outlet_that_is_not_asked_only_what_an_asked_source_named_counts(database: Database) -> None:
    with database.write() as connection:
        alerts = a_source(connection).id
    found(database, "a", "autre")
    found(database, "b", "autre", alerts)
    frontier = opened(database)
    assert frontier.begin({"journal"}, {alerts}) == ["autre"]
    assert rest(frontier, "autre") == "b"


def test_a_page_that_failed_waits_for_its_time(database: Database) -> None:
    first, _ = found(database, "ab")
    with database.write() as connection:
        pages.fail(connection, first, error="HTTP 500", now=NOON)
    frontier = opened(database)
    frontier.begin({"journal"})
    assert rest(frontier) == "b"


def test_of_many_pages_few_requests_exist(tmp_path: Path) -> None:
    outlet = Outlet("journal", "Le Journal", "journal.example", feeds=("https://journal.example/rss",))
    ledger = Ledger(
        RoundJob(f"sqlite:///{tmp_path}/v.db", (outlet,), (), contact="mailto:presse@example.org", now=NOON)
    )
    spider = WatchSpider.from_crawler(get_crawler(WatchSpider), ledger=ledger)
    ((_, source),) = ledger.due_sources(("feed",))
    links = [Link(f"https://journal.example/{number}", str(number), published=NOON) for number in range(9)]
    asked = list(spider._listed(source, Named(links), None))
    assert len(asked) == AT_ONCE
    urls = []
    while asked:
        request = asked.pop(0)
        urls.append(request.url)
        answer = HtmlResponse(request.url, body=b"<p>Rien.</p>", request=request)
        asked += [each for each in spider.page_answered(answer, **request.cb_kwargs) if isinstance(each, Request)]
        assert len(asked) <= AT_ONCE
    assert urls == [link.url for link in links]
    ledger.close()
