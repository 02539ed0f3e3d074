"""Real rounds at a real site: what its server says of when to come back is heeded."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crawler.rhythm import Rhythm, Window
from tests.support.http_server import Site, content, status, validated
from tests.support.press import RSS, article, feed_of
from tests.support.rounds import NOON, Stored, later, outlet, run


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        opened["/1"] = content(article("Hublot"))
        yield opened


def test_an_answer_that_stays_good_is_not_asked_for_again_until_it_does_not(site: Site, stored: Stored) -> None:
    site["/rss"] = content(feed_of(site, "/1"), RSS, Cache_Control="public, max-age=3000", Age="600")
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    run(job)
    assert stored.sources()[site.url("/rss")].next_due == NOON + timedelta(minutes=40)
    site.forget()
    run(later(job, minutes=39))
    assert site.paths() == []
    run(later(job, minutes=40))
    assert site.paths() == ["/rss"]


@pytest.mark.soak
def test_in_a_release_week_even_a_quiet_source_is_asked_often_and_conditionally(site: Site, stored: Stored) -> None:
    site["/rss"] = validated(feed_of(site, "/1"), RSS, etag='"un"', modified="Fri, 01 Mar 2024 10:00:00 GMT")
    week = Window(NOON + timedelta(hours=20), NOON + timedelta(days=7), timedelta(minutes=5))
    rhythm = Rhythm(timedelta(minutes=15), timedelta(hours=6), (week,))
    job = stored.job([outlet("site", site, feeds=["/rss"])], rhythm=rhythm)
    url = site.url("/rss")
    waits = []
    for hours in (0, 18, 20):
        run(later(job, hours=hours))
        next_due = stored.sources()[url].next_due
        assert next_due is not None
        waits.append(next_due - NOON - timedelta(hours=hours))
    assert waits == [timedelta(minutes=15), timedelta(hours=2), timedelta(minutes=5)]
    assert site.paths() == ["/rss", "/1", "/rss", "/rss"]
    assert [each.headers.get("if-none-match") for each in site.asked("/rss")] == [None, '"un"', '"un"']


def test_a_failing_site_is_left_alone_ever_longer_and_believed_when_it_is_back(site: Site, stored: Stored) -> None:
    site["/rss"] = status(500)
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    url = site.url("/rss")
    run(job)
    source = stored.sources()[url]
    assert source.next_due is not None
    assert timedelta(minutes=11) <= source.next_due - NOON <= timedelta(minutes=15)
    site["/rss"] = content(feed_of(site, "/1"), RSS)
    run(later(job, minutes=15))
    assert (stored.sources()[url].fails, stored.states()[site.url("/1")]) == (0, "mention")
