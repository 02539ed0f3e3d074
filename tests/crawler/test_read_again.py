"""Rounds at real sites: pages that carried no mention when they were read are read again when that may change."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from storage.pages import MOST_ATTEMPTS, MOST_READINGS
from tests.support.http_server import Site, content, in_turn, status
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, article, feed_of, rss
from tests.support.rounds import Stored, later, outlet, run

QUIET, NAMED = "Le palmarès du village", "Hublot entre au palmarès du village"
SUMMARY = "Le film Hublot en tête."
ROUNDS = MOST_READINGS + 2


@dataclass
class Days:
    """A round a day over several sites, each with an article at /1; what each site was asked, and what is known of its
    pages, by day."""

    stored: Stored
    sites: dict[str, Site]
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    states: list[dict[str, str]] = field(default_factory=list)

    def feed(self, name: str, title: str, summary: str = "") -> None:
        site = self.sites[name]
        site["/rss"] = content(rss([(site.url("/1"), title, summary)]), RSS)

    def remember(self) -> None:
        self.asked.append({name: site.paths() for name, site in self.sites.items()})
        self.states.append(self.stored.states())

    def times(self, name: str, day: int, path: str = "/1") -> int:
        """How often the page was asked for up to that day."""
        return self.asked[day][name].count(path)

    def state(self, name: str, day: int, path: str = "/1") -> str:
        return self.states[day][self.sites[name].url(path)]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    with ExitStack() as stack:
        names = ("title", "summary", "same words", "ever others", "early", "set aside", "refused", "renamed")
        sites = {name: stack.enter_context(Site.open()) for name in names}
        days = Days(Stored.in_folder(tmp_path_factory.mktemp("again")), sites)
        for site in sites.values():
            site["/1"] = content(article(QUIET, ABOUT_SOMETHING_ELSE))
        sites["set aside"]["/1"] = in_turn([content("")] * MOST_ATTEMPTS + [content(article("Hublot"))])
        sites["refused"]["/1"] = status(403)
        sites["renamed"]["/1"] = in_turn([content(""), status(403)])
        early = sites["early"]
        early["/1"], early["/2"], early["/3"] = (
            in_turn([status(404), content(article("Hublot"))]),
            status(404),
            status(410),
        )
        early["/rss"] = content(feed_of(early, "/1", "/2", "/3"), RSS)
        job = days.stored.job(
            [outlet(f"o{number}", site, feeds=["/rss"]) for number, site in enumerate(sites.values())]
        )
        for day in range(ROUNDS):
            for name in ("title", "summary"):
                days.feed(name, QUIET if day == 0 else f"{QUIET} (bis)")
                if day >= 2:
                    sites[name]["/1"] = content(article(NAMED))
            if day >= 2:
                days.feed("title", NAMED)
                days.feed("summary", QUIET, SUMMARY)
            days.feed("same words", NAMED)
            days.feed("ever others", f"{NAMED}, {day}")
            days.feed("renamed", QUIET if day == 0 else NAMED)
            days.feed("set aside", QUIET if day < MOST_ATTEMPTS else NAMED)
            days.feed("refused", "" if day == 0 else NAMED)
            run(later(job, days=day))
            days.remember()
        yield days


@pytest.mark.parametrize("name", ["title", "summary"])
def test_an_article_that_its_source_says_names_the_film_now_is_read_again_once(days: Days, name: str) -> None:
    assert (days.times(name, 1), days.state(name, 1)) == (1, "no_mention")
    assert (days.times(name, 2), days.state(name, 2)) == (2, "mention")
    assert days.times(name, ROUNDS - 1) == 2
    assert days.sites[name].url("/1") in days.stored.mentions()


def test_an_article_that_was_read_for_these_words_is_not_read_again(days: Days) -> None:
    assert (days.times("same words", ROUNDS - 1), days.state("same words", ROUNDS - 1)) == (1, "no_mention")


def test_sources_that_differ_about_an_article_do_not_have_it_read_for_ever(days: Days) -> None:
    assert days.times("ever others", ROUNDS - 1) == MOST_READINGS


@pytest.mark.parametrize(
    ("name", "tries", "state"),
    [("set aside", MOST_ATTEMPTS, "quarantined"), ("refused", 1, "refused"), ("renamed", 1, "discovered")],
)
def test_an_article_that_could_not_be_had_is_asked_for_again_when_its_source_says_that_it_names_the_film(
    days: Days, name: str, tries: int, state: str
) -> None:
    assert (days.times(name, tries - 1), days.state(name, tries - 1)) == (tries, state)
    assert (days.times(name, tries), days.state(name, tries)) == (tries + 1, "mention")
    assert days.sites[name].url("/1") in days.stored.mentions()


def test_an_article_that_is_announced_before_it_is_there_is_asked_for_once_more(days: Days) -> None:
    paths, last = ("/1", "/2", "/3"), ROUNDS - 1
    assert [days.times("early", last, path) for path in paths] == [2, 2, 1]
    assert [days.state("early", last, path) for path in paths] == ["mention", "gone", "gone"]
