"""Outlets that are away, busy or slow: nothing is held against their pages, and no other outlet waits for them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from crawler.job import RoundJob
from crawler.outlets import Outlet
from tests.support.hostile import drip
from tests.support.http_server import Answer, Exchange, Site, busy, content, held, slowly, status
from tests.support.ports import closed_port
from tests.support.press import RSS, article, feed_of, rss
from tests.support.rounds import Stored, later, outlet, run

HUBLOT = content(article("Hublot"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        opened["/page"] = HUBLOT
        opened["/rss"] = content(feed_of(opened, "/page"), RSS)
        yield opened


@dataclass
class Away:
    stored: Stored
    closed: int
    sites: dict[str, Site] = field(default_factory=dict)
    rounds: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    asked: list[dict[str, int]] = field(default_factory=list)

    def outlet(self, name: str) -> Outlet:
        """An outlet whose page lies on its own host, or on one that is not there."""
        site, gone = self.sites[name], self.closed
        host = {"refused": f"127.0.0.1:{gone}", "no-such-name": f"nulle-part.invalid:{gone}"}.get(name, site.domain)
        site["/rss"] = content(rss([(f"http://{host}/page", "Hublot", "")]), RSS)
        return outlet(name, site, feeds=["/rss"], hosts=(host,))

    def remember(self, job: RoundJob) -> None:
        run(job)
        self.rounds.append({page["outlet"]: page for page in self.stored.pages().values()})
        self.asked.append({name: len(site.asked("/page")) for name, site in self.sites.items()})
        for site in self.sites.values():
            site.forget()

    def page(self, name: str, number: int) -> dict[str, Any]:
        return self.rounds[number][name]


def untried(page: dict[str, Any]) -> tuple[str, int, bool]:
    return page["state"], page["attempts"], page["next_try"] is not None


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    """Four outlets whose page cannot be had at noon, an hour and five hours later, each for another reason, and can
    be had the next day."""
    with ExitStack() as stack:
        press = Away(Stored.in_folder(tmp_path_factory.mktemp("away")), stack.enter_context(closed_port()))
        for name in ("robots", "busy", "refused", "no-such-name"):
            press.sites[name] = stack.enter_context(Site.open())
        outlets = [press.outlet(name) for name in press.sites]
        press.sites["robots"]["/page"] = busy("60")
        press.sites["busy"]["/page"] = status(503)
        job = press.stored.job(outlets, forced=True)
        press.remember(job)
        press.sites["robots"]["/robots.txt"] = status(500)
        press.remember(later(job, minutes=16))
        press.remember(later(job, hours=5))
        press.remember(later(job, hours=6))
        press.sites["robots"]["/robots.txt"] = status(404)
        press.sites["robots"]["/page"] = press.sites["busy"]["/page"] = HUBLOT
        press.remember(later(job, hours=30))
        yield press


@pytest.mark.parametrize("name", ["robots", "busy", "refused", "no-such-name"])
def test_what_keeps_an_outlet_away_is_not_held_against_its_pages(away: Away, name: str) -> None:
    for number in range(4):
        assert untried(away.page(name, number)) == ("discovered", 0, True)


def test_why_a_page_waits_is_on_record(away: Away) -> None:
    errors = {name: away.page(name, 3)["error"] for name in away.sites}
    assert errors["robots"] == "robots.txt cannot be had: HTTP 500"
    assert errors["busy"] == "HTTP 503"
    assert errors["refused"] == "robots.txt cannot be had: connection refused"
    assert errors["no-such-name"].startswith("robots.txt cannot be had: the host's name is not known")


def test_a_source_is_not_blamed_for_the_host_of_its_pages(away: Away) -> None:
    sources = away.stored.sources()
    assert {sources[away.sites[name].url("/rss")].fails for name in ("refused", "no-such-name", "busy")} == {0}


def test_a_page_that_is_unavailable_is_asked_ever_more_rarely(away: Away) -> None:
    asked = [each["busy"] for each in away.asked]
    assert asked[:4] == [1, 1, 1, 0]


@pytest.mark.parametrize("name", ["robots", "busy"])
def test_when_the_outlet_is_back_its_page_is_read(away: Away, name: str) -> None:
    assert away.page(name, 4)["state"] == "mention"


def begun(answer: Answer, told: threading.Event) -> Answer:
    """The answer, which is told when it begins."""

    def answering(exchange: Exchange) -> None:
        told.set()
        answer(exchange)

    return answering


def test_an_outlet_that_drips_takes_its_share_of_the_round_and_delays_no_other(site: Site, stored: Stored) -> None:
    with Site.open() as dripping:
        drips_now = threading.Event()
        paths = [f"/{number}" for number in range(120)]
        dripping["/rss"] = content(feed_of(dripping, *paths), RSS)
        for path in paths:
            dripping[path] = begun(drip(), drips_now)
        site["/rss"] = held(content(feed_of(site, "/page", "/2", "/3"), RSS), drips_now)
        site["/2"] = site["/3"] = HUBLOT
        outlets = [outlet("goutte", dripping, feeds=["/rss"]), outlet("journal", site, feeds=["/rss"])]
        ended = run(stored.job(outlets, timeout=timedelta(seconds=3), outlet_time=timedelta(seconds=4)))
        drips = [each.began for each in dripping.requests if each.path.strip("/").isdecimal()]
        assert 2 <= len(drips) <= 4, "tried twice, each for the seconds that an answer may take"
        (page,) = site.asked("/page")
        assert page.began < drips[1], "while the other outlet's first page still drips"
    assert ended.report.outcome == "done"
    states = [(page["state"], page["attempts"]) for page in stored.pages().values() if page["outlet"] == "goutte"]
    assert states.count(("discovered", 0)) >= 117
    assert [state for url, state in stored.states().items() if site.url("") in url] == ["mention"] * 3


def test_what_waits_for_a_slow_or_resting_outlet_is_let_go_at_once(site: Site, stored: Stored) -> None:
    """After a delay each they would outlast the deadline."""
    with Site.open() as resting:
        feeds = [f"/rss{number}" for number in range(60)]
        for path in feeds:
            site[path], resting[path] = slowly(content(feed_of(site), RSS), 1.0), busy("3600")
        outlets = [outlet("journal", site, feeds=feeds), outlet("repos", resting, feeds=feeds)]
        slow = {"outlet_time": timedelta(seconds=1), "delay": timedelta(seconds=0.3), "deadline": timedelta(seconds=12)}
        ended = run(stored.job(outlets, **slow))
        assert 1 <= len(site.paths()) <= 3
        assert len(resting.paths()) == 1
    assert ended.report.outcome == "done"


def test_an_outlet_that_asks_for_a_moments_rest_is_asked_again_in_the_same_round(site: Site, stored: Stored) -> None:
    """What waits is not let go: it keeps the outlet's delay, and is asked when that moment is over."""
    feeds = [f"/rss{number}" for number in range(8)]
    for path in feeds:
        site[path] = content(feed_of(site), RSS)
    site["/rss0"] = busy("1")
    ended = run(stored.job([outlet("journal", site, feeds=feeds)], now=None, delay=timedelta(seconds=0.4)))
    assert ended.report.counts["sources ok"] == len(site.paths()) - 1 > 0


def test_the_deadline_ends_a_round_with_requests_still_waiting(site: Site, stored: Stored) -> None:
    """Sources too, which would be asked, or only refused, for two minutes more."""
    with Site.open() as other:
        paths, feeds = [f"/{number}" for number in range(50)], [f"/rss{number}" for number in range(120)]
        site["/rss"] = content(feed_of(site, *paths), RSS)
        for path in paths:
            site[path] = slowly(HUBLOT, 0.5)
        for path in feeds:
            other[path] = content(feed_of(other), RSS)
        journal = outlet("journal", site, feeds=["/rss"], delay=timedelta(0))
        waiting = outlet("fils", other, feeds=feeds, delay=timedelta(seconds=1))
        ended = run(stored.job([journal, waiting], delay=None, deadline=timedelta(seconds=2)))
        assert 1 <= len(other.paths()) <= 5
    assert (ended.report.outcome, ended.report.counts["sources"]) == ("deadline", 121)
    left = [page for page in stored.pages().values() if page["state"] == "discovered"]
    assert len(left) > 30
    assert {page["attempts"] for page in left} == {0}


def test_a_link_of_one_outlets_round_still_belongs_to_its_neighbour(site: Site, stored: Stored) -> None:
    journal = Outlet("journal", "Journal", "localhost", feeds=(f"http://localhost:{site.port}/rss",))
    cinema = Outlet("cinema", "Cinéma", "cinema.localhost", feeds=("http://cinema.localhost/rss",))
    link = "http://cinema.localhost/page"
    site["/rss"] = content(rss([(link, "Hublot", ""), (f"http://localhost:{site.port}/page", "Hublot", "")]), RSS)
    run(stored.job([journal], neighbours=(cinema,)))
    assert {url: page["outlet"] for url, page in stored.pages().items()} == {
        link: "cinema",
        f"http://localhost:{site.port}/page": "journal",
    }
    assert stored.pages()[link]["state"] == "discovered"
