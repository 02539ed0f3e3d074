"""Real rounds at a real site: pages that carried no mention when they were read are read again when that may change."""

from collections.abc import Iterator

import pytest

from storage.pages import MOST_READINGS
from tests.support.http_server import Site, content, in_turn, status
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, article, feed_of, rss
from tests.support.rounds import Stored, later, outlet, run

QUIET, NAMED = "Le palmarès du village", "Hublot entre au palmarès du village"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        opened["/1"] = content(article(QUIET, ABOUT_SOMETHING_ELSE))
        yield opened


def feed(site: Site, title: str, summary: str = "") -> None:
    site["/rss"] = content(rss([(site.url("/1"), title, summary)]), RSS)


@pytest.mark.parametrize(("title", "summary"), [(NAMED, ""), (QUIET, "Le film Hublot en tête.")])
def test_an_article_that_its_source_says_names_the_film_now_is_read_again_once(
    site: Site, stored: Stored, title: str, summary: str
) -> None:
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    feed(site, QUIET)
    run(job)
    feed(site, f"{QUIET} (bis)")
    run(later(job, hours=3))
    assert (site.paths().count("/1"), stored.states()[site.url("/1")]) == (1, "no_mention")
    site["/1"] = content(article(NAMED))
    feed(site, title, summary)
    run(later(job, hours=6))
    assert (site.paths().count("/1"), stored.states()[site.url("/1")]) == (2, "mention")
    assert list(stored.mentions()) == [site.url("/1")]
    run(later(job, hours=9))
    assert site.paths().count("/1") == 2


def test_an_article_that_was_read_for_these_words_is_not_read_again(site: Site, stored: Stored) -> None:
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    feed(site, NAMED)
    for hours in (0, 3, 6):
        run(later(job, hours=hours))
    assert (site.paths().count("/1"), stored.states()[site.url("/1")]) == (1, "no_mention")


def test_sources_that_differ_about_an_article_do_not_have_it_read_for_ever(site: Site, stored: Stored) -> None:
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    for day in range(MOST_READINGS + 2):
        feed(site, f"{NAMED}, {day}")
        run(later(job, days=day))
    assert site.paths().count("/1") == MOST_READINGS


def test_an_article_that_is_announced_before_it_is_there_is_asked_for_once_more(site: Site, stored: Stored) -> None:
    site["/1"] = in_turn([status(404), content(article("Hublot"))])
    site["/2"] = status(404)
    site["/3"] = status(410)
    site["/rss"] = content(feed_of(site, "/1", "/2", "/3"), RSS)
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    run(job)
    run(later(job, hours=3))
    run(later(job, hours=6))
    paths = site.paths()
    assert [paths.count(path) for path in ("/1", "/2", "/3")] == [2, 2, 1]
    states = stored.states()
    assert [states[site.url(path)] for path in ("/1", "/2", "/3")] == ["mention", "gone", "gone"]
