"""Rounds that do not end as they should: killed, hung, stopped, out of disk. Nothing is lost and the watch goes on."""

import asyncio
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crawler import child, conversation
from crawler.addresses import address_key
from crawler.child import run_round
from crawler.conversation import Event
from crawler.job import RoundJob
from crawler.outlets import Outlet
from storage import pages
from storage.database import Database
from tests.support.full_disk import room_for
from tests.support.http_server import Answer, Exchange, Site, content, held, silent, slowly, validated
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, article, feed_of, listing
from tests.support.processes import children_of, cpu_seconds, runs
from tests.support.rounds import NOON, Stored, later, outlet, run, start

LONG = 120.0
ENDED_WHILE_READ = "the round ended while this was read"
HANGING_XPATH = "//*[count(//*[count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]) > 0]) > 0]"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        yield opened


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.02)


def first_at_once(answer: Answer, then: Answer) -> Answer:
    """The first request gets `answer`, all others `then`."""
    number = count()

    def answering(exchange: Exchange) -> None:
        (answer if next(number) == 0 else then)(exchange)

    return answering


def test_a_round_that_is_killed_loses_nothing(site: Site, stored: Stored) -> None:
    paths = ("/1", "/2", "/3")
    go_on = threading.Event()
    page = content(article("Hublot"))
    answer = first_at_once(page, held(page, go_on))
    for path in paths:
        site[path] = answer
    etag = {"etag": '"un"', "modified": "Fri, 01 Mar 2024 10:00:00 GMT"}
    site["/rss"] = validated(feed_of(site, *paths), RSS, **etag)
    job = stored.job([outlet("site", site, feeds=["/rss"])])

    process = start(job)
    # The feed, a page that was answered and stored, and one that is being waited for.
    wait_for(lambda: len(site.paths()) == 3 and "mention" in stored.states().values())
    process.kill()
    assert process.wait() == -signal.SIGKILL
    go_on.set()

    (settled,) = [url for url, state in stored.states().items() if state == "mention"]
    assert sorted(stored.states().values()) == ["discovered", "discovered", "mention"]
    assert stored.sources()[site.url("/rss")].etag is None

    site.forget()
    run(later(job, minutes=1))
    assert set(stored.states().values()) == {"mention"}
    assert stored.sources()[site.url("/rss")].etag == '"un"'
    assert [each.headers.get("if-none-match") for each in site.asked("/rss")] == [None]
    assert settled not in {site.url(path) for path in site.paths()}


def test_pages_of_a_feed_only_outlet_left_by_a_killed_round_are_judged_and_not_fetched(
    site: Site, stored: Stored
) -> None:
    """The kill falls between the listing and the verdict: the page is on record and nothing was said of it."""
    site["/rss"] = content(feed_of(site, "/1").replace("Article /1", "Hublot arrive en salles"), RSS)
    job = stored.job([outlet("site", site, feeds=["/rss"], treatment="feed-only")])
    database = Database(stored.url)
    with database.write() as connection:
        pages.discover(connection, "site", None, [(site.url("/1"), address_key(site.url("/1")))], NOON)
    database.close()
    run(job)
    assert site.paths() == ["/rss"]
    assert stored.states() == {site.url("/1"): "mention"}


def test_a_round_at_its_deadline_is_reported_and_its_rest_comes_with_the_next(site: Site, stored: Stored) -> None:
    site["/rss"] = content(feed_of(site, "/1", "/2"), RSS)
    site["/1"] = site["/2"] = silent()
    job = stored.job(
        [outlet("site", site, feeds=["/rss"])], deadline=timedelta(seconds=1), timeout=timedelta(seconds=1)
    )
    ended = run(job)
    assert ended.report.outcome == "deadline"
    assert ended.report.counts["sources"] == 1
    assert "discovered" in stored.states().values()
    assert stored.sources()[site.url("/rss")].last_ok == NOON, "it was read, and its pages are on record"
    site["/1"] = site["/2"] = content(article("La fanfare", ABOUT_SOMETHING_ELSE))
    run(stored.job([outlet("site", site, feeds=["/rss"])], now=NOON + timedelta(days=1)))
    assert stored.states() == dict.fromkeys((site.url("/1"), site.url("/2")), "no_mention")


def test_a_child_that_hangs_is_killed_at_its_deadline(
    site: Site, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "GRACE", timedelta(0))
    monkeypatch.setattr(conversation, "TERM_WAIT", 0.3)
    report = run(replace(hanging_listing(site, stored), deadline=timedelta(seconds=2))).report
    assert report.outcome == "deadline"
    assert "outlived its deadline" in report.detail


def hanging_listing(site: Site, stored: Stored) -> RoundJob:
    """A round with a listing that hangs its pattern."""
    site["/liste"] = content(listing([("/" + "a" * 40 + "!", "x")]))
    return stored.job([outlet("pattern", site, listings=[("/liste", r"/(a+)+$")])])


def test_what_hangs_a_round_is_set_aside_and_hangs_no_other(site: Site, stored: Stored) -> None:
    first = hanging_listing(site, stored)
    url = site.url("/liste")
    process = start(first)
    wait_for(lambda: site.asked("/liste") and stored.sources()[url].last_error == ENDED_WHILE_READ)
    process.kill()
    process.wait()
    assert stored.sources()[url].fails == 1

    with Site.open() as other:
        other["/rss"] = content(feed_of(other, "/page"), RSS)
        other["/page"] = content(article("Hublot"))
        good = outlet("good", other, feeds=["/rss"])
        assert run(later(replace(first, outlets=(*first.outlets, good)), minutes=1)).report.outcome == "done"
        assert stored.states()[other.url("/page")] == "mention"


def hanging_pages(site: Site, *names: str) -> list[Outlet]:
    """Outlets with a large page each that hangs its reader."""
    for name in names:
        site[f"/{name}/rss"] = content(feed_of(site, f"/{name}/page"), RSS)
        site[f"/{name}/page"] = content(article("Hublot", "<b></b>" * 300 + "<!--" + "large " * 500_000 + "-->"))
    return [outlet(name, site, feeds=[f"/{name}/rss"], body=(HANGING_XPATH,)) for name in names]


def test_pages_that_hang_their_reader_hold_up_no_other_outlet(site: Site, stored: Stored) -> None:
    hanging = hanging_pages(site, "one", "two")
    paths = [f"/{number}" for number in range(20)]
    with Site.open() as other:
        other["/rss"] = content(feed_of(other, *paths), RSS)
        for path in paths:
            other[path] = content(article("La fanfare", ABOUT_SOMETHING_ELSE))
        process = start(stored.job([*hanging, outlet("good", other, feeds=["/rss"])], page_seconds=2 * LONG))
        wait_for(lambda: other.asked(paths[-1]))
        wait_for(lambda: {stored.states()[other.url(path)] for path in paths} == {"no_mention"})
    assert {stored.states()[site.url(f"/{name}/page")] for name in ("one", "two")} == {"discovered"}
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_page_that_hangs_its_reader_is_read_plainly(site: Site, stored: Stored) -> None:
    ended = run(stored.job(hanging_pages(site, "one"), page_seconds=1.5))
    assert stored.states()[site.url("/one/page")] == "mention"
    assert ended.report.counts["pages read plainly"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_the_process_that_reads_pages_ends_with_its_round(site: Site, stored: Stored) -> None:
    process = start(stored.job(hanging_pages(site, "one"), page_seconds=2 * LONG))
    wait_for(lambda: children_of(process.pid, "crawler.extraction.worker"))
    (reader,) = children_of(process.pid, "crawler.extraction.worker")
    wait_for(lambda: site.asked("/one/page"))
    started = cpu_seconds(reader)
    wait_for(lambda: cpu_seconds(reader) > started + 0.2)  # it reads the page, and does not look at its parent
    process.kill()
    process.wait()
    wait_for(lambda: not runs(reader))


Spawn = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """The child processes that rounds start; they are not waited for long."""
    monkeypatch.setattr(conversation, "TERM_WAIT", 0.3)
    started: list[asyncio.subprocess.Process] = []
    spawn: Spawn = asyncio.create_subprocess_exec

    async def spying(*args: Any, **kwargs: Any) -> asyncio.subprocess.Process:
        process = await spawn(*args, **kwargs)
        started.append(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spying)
    return started


def waiting_round(site: Site, stored: Stored) -> RoundJob:
    """A round that gets one page, and waits for another."""
    site["/rss"] = content(feed_of(site, "/1", "/2"), RSS)
    site["/1"] = site["/2"] = first_at_once(content(article("Hublot")), silent())
    return stored.job([outlet("site", site, feeds=["/rss"])])


def test_a_child_that_dies_is_reported_and_the_daemon_lives(
    site: Site, stored: Stored, children: list[asyncio.subprocess.Process]
) -> None:
    def kill(event: Event) -> None:
        os.kill(children[0].pid, signal.SIGKILL)

    report = asyncio.run(run_round(waiting_round(site, stored), kill))
    assert report.outcome == "died"
    assert "exit status -9" in report.detail


def test_a_child_that_gets_no_memory_is_reported_with_its_last_words(site: Site, stored: Stored) -> None:
    report = run(stored.job([outlet("site", site, feeds=["/rss"])], memory_mb=40)).report
    assert report.outcome == "died"
    assert "Error" in report.detail


def test_an_order_for_an_unusable_database_is_reported(site: Site, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    report = run(Stored(f"sqlite:///{tmp_path / 'taken'}").job([outlet("site", site, feeds=["/rss"])])).report
    assert report.outcome == "died"
    assert "DatabaseUnavailable" in report.detail


def test_a_listener_that_raises_leaves_no_orphan(
    site: Site, stored: Stored, children: list[asyncio.subprocess.Process]
) -> None:
    def complain(event: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_round(waiting_round(site, stored), complain))
    assert children[0].returncode is not None


def test_a_round_that_is_cancelled_leaves_no_orphan(
    site: Site, stored: Stored, children: list[asyncio.subprocess.Process]
) -> None:
    async def cancelled() -> None:
        def cancel(event: Event) -> None:
            task.cancel()

        task = asyncio.create_task(run_round(waiting_round(site, stored), cancel))
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert children[0].returncode is not None


def test_a_full_disk_ends_the_round_and_loses_nothing(site: Site, stored: Stored, tmp_path: Path) -> None:
    paths = [f"/{number}" for number in range(120)]
    site["/rss"] = validated(feed_of(site, *paths), RSS, etag='"un"', modified="Fri, 01 Mar 2024 10:00:00 GMT")
    page = content(article("La fanfare", ABOUT_SOMETHING_ELSE))
    for path in paths:
        site[path] = slowly(page, 0.02)
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    with room_for(90_000):
        ended = run(job)
    assert ended.report.outcome == "died"
    assert "DatabaseUnavailable" in ended.report.detail
    assert len(site.paths()) < len(paths), "the round stopped"
    assert stored.sources()[site.url("/rss")].etag is None

    for path in paths:
        site[path] = page
    assert run(later(job, hours=1)).report.outcome == "done"
    assert list(stored.states().values()) == ["no_mention"] * len(paths)
    with sqlite3.connect(tmp_path / "watch.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
