"""Three rounds over a small press of real web sites: at noon, ten minutes later, two hours later."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from crawler.outlets import Outlet
from storage.model import Source, StoredMention
from tests.support.http_server import (
    FOR_THE_WHOLE_SITE,
    Answer,
    Asked,
    Site,
    busy,
    content,
    redirect,
    slowly,
    status,
    validated,
)
from tests.support.press import (
    ABOUT_SOMETHING_ELSE,
    ATOM,
    RSS,
    XML,
    article,
    atom,
    feed_of,
    listing,
    news_sitemap,
    rss,
    sitemap_index,
)
from tests.support.rounds import NOON, Ended, Stored, later, outlet, run

WORDS_OF_THE_SOURCE = "Hublot, le film des trois sous-mariniers, arrive en salles"
ACCENTED = "Hublot : déjà dépassé par Noël"


@dataclass
class Press:
    """The sites by outlet, and what three rounds did with them."""

    stack: ExitStack
    stored: Stored
    sites: dict[str, Site] = field(default_factory=dict)
    outlets: list[Outlet] = field(default_factory=list)
    rounds: list[Ended] = field(default_factory=list)
    asked: list[dict[str, list[Asked]]] = field(default_factory=list)
    pages_after: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    sources_after: list[dict[str, Source]] = field(default_factory=list)
    canary: Site = field(default_factory=Site)

    def site(self, name: str, answers: dict[str, Answer] | None = None) -> Site:
        """A new site."""
        site = self.stack.enter_context(Site.open())
        site.answers.update(answers or {})
        self.sites[name] = site
        return site

    def outlet(self, name: str, site: Site, **entry: Any) -> None:
        self.outlets.append(outlet(name, site, **({"feeds": ["/rss"]} | entry)))

    def told_by_feed(self, name: str, *paths: str, **entry: Any) -> Site:
        """A site whose feed names these pages, each about the film, and its outlet."""
        site = self.site(name, {path: content(article(f"Hublot en {path}")) for path in paths})
        site["/rss"] = content(feed_of(site, *paths), RSS)
        self.outlet(name, site, **entry)
        return site

    def remember(self, ended: Ended) -> None:
        self.rounds.append(ended)
        self.asked.append({name: list(site.requests) for name, site in self.sites.items()})
        self.pages_after.append(self.stored.pages())
        self.sources_after.append(self.stored.sources())
        for site in self.sites.values():
            site.forget()

    def paths(self, name: str, number: int = 0) -> list[str]:
        """What a round asked of a site, what speaks for the whole of it left out."""
        return [each.path for each in self.asked[number][name] if each.path not in FOR_THE_WHOLE_SITE]

    def page(self, name: str, path: str, number: int = -1) -> dict[str, Any]:
        return self.pages_after[number][self.sites[name].url(path)]

    def source(self, name: str, path: str = "/rss", number: int = -1) -> Source:
        return self.sources_after[number][self.sites[name].url(path)]

    def mention(self, name: str, path: str) -> StoredMention:
        return self.stored.mentions()[self.sites[name].url(path)]


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    with ExitStack() as stack:
        press = Press(stack, Stored.in_folder(tmp_path_factory.mktemp("watching")))
        press.canary = stack.enter_context(Site.open())
        for build in (_sources, _pages, _gate, _politeness):
            build(press)
        job = press.stored.job(press.outlets, forced=True)
        press.remember(run(job))
        _news_of_the_next_round(press)
        press.remember(run(later(job, minutes=10)))
        press.remember(run(later(job, hours=2)))
        yield press


def _sources(press: Press) -> None:
    site = press.site(
        "rss", {"/film?utm_source=rss": content(article("Hublot")), "/laiterie": content(_other_article())}
    )
    feed = rss([(site.url("/film?utm_source=rss"), "x", ""), (site.url("/laiterie"), "y", "")])
    site["/rss"] = validated(feed, RSS, etag='"rss-1"', modified="Fri, 01 Mar 2024 10:00:00 GMT")
    press.outlet("rss", site)

    site = press.site("atom", {"/film": content(article("Hublot"))})
    site["/atom"] = content(atom([(site.url("/film"), "Titre")]), ATOM)
    press.outlet("atom", site, feeds=["/atom"])

    site = press.site("sitemap", {path: content(article("Hublot")) for path in ("/matin", "/soir")})
    site["/index.xml"] = content(
        sitemap_index([(site.url("/avant.xml"), "2024-02-29"), (site.url("/apres.xml"), "2024-03-01")]), XML
    )
    site["/avant.xml"] = content(news_sitemap([(site.url("/matin"), "Matin", "2024-02-29T08:00:00+01:00")]), XML)
    site["/apres.xml"] = content(news_sitemap([(site.url("/soir"), "Soir", "2024-03-01T08:00:00+01:00")]), XML)
    press.outlet("sitemap", site, feeds=[], news_sitemaps=["/index.xml"])

    links = [("/actu/12", "Hublot"), ("/mentions-legales-de-notre-site", "Mentions"), ("/actu/12#avis", "Avis")]
    site = press.site("pattern", {"/actu/12": content(article("Hublot")), "/": content(listing(links))})
    press.outlet("pattern", site, feeds=[], listings=[("/", r"/actu/\d+$")])

    links = [("/le-film-hublot-en-tete", "Hublot"), ("/contact", "Contact"), ("/article/482910", "Fanfare")]
    site = press.site("listing", {"/": content(listing(links)), "/article/482910": content(_other_article())})
    site["/le-film-hublot-en-tete"] = content(article("Hublot"))
    press.outlet("listing", site, feeds=[], listings=[("/", None)])

    press.told_by_feed("growing", "/ancien")


def _pages(press: Press) -> None:
    latin = article(ACCENTED).encode("cp1252")
    site = press.told_by_feed("latin", "/film")
    site["/film"] = content(latin, "text/html; charset=windows-1252")

    for name, entry in (("feed-only", {"treatment": "feed-only"}), ("forbidden", {})):
        site = press.site(name, {"/film": status(403)})
        site["/rss"] = content(rss([(site.url("/film"), "Une sortie attendue", WORDS_OF_THE_SOURCE)]), RSS)
        press.outlet(name, site, **entry)

    site = press.told_by_feed("picture", "/image")
    site["/image"] = content(b"\x89PNG Hublot", "image/png")
    site = press.told_by_feed("moved", "/ancien")
    site["/ancien"] = redirect("/nouveau", 301)
    site["/nouveau"] = content(article("Hublot"))


def _gate(press: Press) -> None:
    away = press.canary
    site = press.site("gate", {"/film": content(article("Hublot")), "/ailleurs": redirect(away.url("/secret"))})
    links = [
        away.url("/autre-port"),
        f"http://localhost:{site.port}/autre-hote",
        f"http://qui:motdepasse@{site.domain}/compte",
        "file:///etc/passwd",
        "http://[illisible",
        site.url("/" + "long" * 600),
    ]
    feed = rss([(link, "x", "") for link in (*links, site.url("/film"), site.url("/ailleurs"))])
    site["/rss"] = content(feed, RSS)
    press.outlet("gate", site)
    press.told_by_feed("gate-feed", "/1")["/rss"] = redirect(away.url("/rss"))
    press.told_by_feed("gate-robots", "/1")["/robots.txt"] = redirect(away.url("/robots.txt"))
    site = press.site("gate-index")
    site["/index.xml"] = content(sitemap_index([(away.url("/plan.xml"), "2024-03-01")]), XML)
    press.outlet("gate-index", site, feeds=[], news_sitemaps=["/index.xml"])


def _politeness(press: Press) -> None:
    for name in ("slow", "slower"):
        site = press.told_by_feed(name, "/1", "/2", "/3", "/4")
        for path in site.answers:
            site[path] = slowly(site.answers[path], 0.1)
    press.told_by_feed("busy-feed", "/1")["/rss"] = busy("3600")
    site = press.told_by_feed("busy-pages", "/1", "/2", "/3")
    site["/1"] = site["/2"] = site["/3"] = busy(format_datetime(datetime(2024, 3, 1, 13, 0, tzinfo=UTC), usegmt=True))
    press.told_by_feed("busy-503", "/1")["/rss"] = busy("3600", 503)


def _news_of_the_next_round(press: Press) -> None:
    site = press.sites["growing"]
    site["/rss"] = content(feed_of(site, "/ancien", "/nouveau"), RSS)
    site["/nouveau"] = content(article("Hublot, encore"))
    busy_pages = press.sites["busy-pages"]
    for path in ("/1", "/2", "/3"):
        busy_pages[path] = content(article("Hublot"))
    for name in ("busy-feed", "busy-503"):
        press.sites[name]["/rss"] = content(feed_of(press.sites[name], "/1"), RSS)


def _other_article() -> str:
    return article("La fanfare déménage", ABOUT_SOMETHING_ELSE)


def test_the_round_ends_well(press: Press) -> None:
    assert [ended.report.outcome for ended in press.rounds] == ["done", "done", "done"]
    assert not press.rounds[0].report.every_source_failed
    counts = press.rounds[0].report.counts
    assert counts["sources"] == len(press.outlets) == counts["sources ok"] + counts["sources failed"]


def test_a_round_that_met_no_bug_complains_of_none(press: Press) -> None:
    complaints = "\n".join(ended.report.detail for ended in press.rounds)
    assert "Traceback" not in complaints
    assert "Deprecat" not in complaints


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("rss", "/film?utm_source=rss"),
        ("atom", "/film"),
        ("sitemap", "/matin"),
        ("sitemap", "/soir"),
        ("pattern", "/actu/12"),
        ("listing", "/le-film-hublot-en-tete"),
        ("moved", "/ancien"),
    ],
)
def test_an_article_is_found_wherever_the_outlet_announces_it(press: Press, name: str, path: str) -> None:
    assert press.page(name, path, 0)["state"] == "mention"


def test_an_article_about_something_else_is_read_and_left(press: Press) -> None:
    assert press.page("rss", "/laiterie", 0)["state"] == "no_mention"
    assert press.page("listing", "/article/482910", 0)["state"] == "no_mention"


def test_only_links_that_look_like_articles_are_fetched_from_a_listing(press: Press) -> None:
    assert press.paths("pattern") == ["/", "/actu/12"]
    assert sorted(press.paths("listing")) == ["/", "/article/482910", "/le-film-hublot-en-tete"]


def test_the_newest_sitemap_of_an_index_is_asked_first(press: Press) -> None:
    assert press.paths("sitemap")[:3] == ["/index.xml", "/apres.xml", "/avant.xml"]


@pytest.mark.parametrize("name", ["rss", "atom", "sitemap", "pattern", "listing", "latin", "moved", "forbidden"])
def test_a_page_that_was_seen_is_not_fetched_again(press: Press, name: str) -> None:
    sources = {"/rss", "/atom", "/index.xml", "/apres.xml", "/avant.xml", "/"}
    assert set(press.paths(name, 0)) - sources, "the first round fetched pages"
    assert set(press.paths(name, 1)) <= sources
    assert set(press.paths(name, 2)) <= sources


def test_a_page_that_joins_the_feed_is_fetched(press: Press) -> None:
    assert press.paths("growing", 1) == ["/rss", "/nouveau"]
    assert press.page("growing", "/nouveau")["state"] == "mention"


def test_what_the_server_said_of_its_feed_is_said_back_to_it(press: Press) -> None:
    first, second = (press.asked[number]["rss"] for number in (0, 1))
    (asked,) = [each for each in first if each.path == "/rss"]
    assert not {"if-none-match", "if-modified-since"} & set(asked.headers)
    (asked,) = [each for each in second if each.path == "/rss"]
    assert asked.headers["if-none-match"] == '"rss-1"'
    assert asked.headers["if-modified-since"] == "Fri, 01 Mar 2024 10:00:00 GMT"


def test_a_feed_that_did_not_change_is_in_good_health(press: Press) -> None:
    unchanged = press.source("rss", number=1)
    assert (unchanged.fails, unchanged.etag, unchanged.last_items) == (0, '"rss-1"', 2)
    assert unchanged.last_ok == NOON.replace(minute=10)


def test_every_request_says_who_asks_and_whom_to_write_to(press: Press) -> None:
    asked = [each for sites in press.asked for requests in sites.values() for each in requests]
    assert {each.headers["user-agent"] for each in asked} == {"Veilleur/0.1 (+mailto:presse@example.org)"}


def test_a_page_whose_charset_only_the_header_tells_is_read_right(press: Press) -> None:
    assert press.mention("latin", "/film").title == ACCENTED


def test_pages_of_a_feed_only_outlet_are_never_fetched(press: Press) -> None:
    assert {path for number in range(3) for path in press.paths("feed-only", number)} == {"/rss"}
    assert press.page("feed-only", "/film")["state"] == "mention"
    found = press.mention("feed-only", "/film")
    assert (found.lead, found.unread) == (WORDS_OF_THE_SOURCE, None)


def test_a_page_that_is_refused_is_judged_by_headline_and_summary(press: Press) -> None:
    assert "/film" in press.paths("forbidden")
    page = press.page("forbidden", "/film")
    assert (page["state"], page["status"], page["error"]) == ("mention", 403, "HTTP 403")
    found = press.mention("forbidden", "/film")
    assert (found.title, found.unread) == ("Une sortie attendue", "HTTP 403")
    assert press.rounds[0].errors()[press.sites["forbidden"].url("/film")] == "HTTP 403"


def test_what_is_no_text_holds_no_mention(press: Press) -> None:
    assert press.page("picture", "/image")["state"] == "no_mention"


def test_a_page_that_moved_is_known_under_the_address_that_its_source_gives(press: Press) -> None:
    assert press.paths("moved") == ["/rss", "/ancien", "/nouveau"]
    assert press.page("moved", "/ancien")["state"] == "mention"


def test_robots_txt_is_asked_once_a_round_of_each_site(press: Press) -> None:
    for number in range(3):
        counts = {
            name: len([each for each in asked if each.path == "/robots.txt"])
            for name, asked in press.asked[number].items()
            if asked
        }
        assert set(counts.values()) == {1}


def test_no_request_leaves_the_outlet(press: Press) -> None:
    assert press.canary.requests == []
    assert sorted(press.paths("gate")) == ["/ailleurs", "/film", "/rss"]
    named = set(press.stored.pages())
    assert {url for url in named if "gate" in url or "secret" in url or "etc" in url or "compte" in url} == set()
    assert press.rounds[0].report.counts["addresses refused"] == 5


def test_a_redirect_out_of_the_outlet_is_refused_and_said(press: Press) -> None:
    refusal = f"refused: {press.canary.url('/secret')!r} is not on a host of its outlet"
    assert press.page("gate", "/ailleurs")["error"] == refusal
    assert (
        press.source("gate-feed").last_error == f"refused: {press.canary.url('/rss')!r} is not on a host of its outlet"
    )
    assert "is not on a host of its outlet" in str(press.source("gate-index", "/index.xml").last_error)
    assert press.paths("gate-robots") == []


def test_an_outlet_is_asked_one_thing_at_a_time(press: Press) -> None:
    for asked in press.asked[0].values():
        for earlier, following in pairwise(sorted(asked, key=lambda each: each.began)):
            assert earlier.ended <= following.began + 0.05


def test_outlets_do_not_wait_for_each_other(press: Press) -> None:
    slow, slower = ([(each.began, each.ended) for each in press.asked[0][name]] for name in ("slow", "slower"))
    assert any(one[0] < other[1] and other[0] < one[1] for one in slow for other in slower)


def test_a_server_that_asks_for_rest_is_left_alone_for_the_rest_of_the_round(press: Press) -> None:
    first, *others = press.paths("busy-pages")
    assert first == "/rss"
    assert len(others) == 1
    states = [press.page("busy-pages", path, 0) for path in ("/1", "/2", "/3")]
    assert [(page["state"], page["attempts"]) for page in states] == [("discovered", 0)] * 3


@pytest.mark.parametrize("name", ["busy-feed", "busy-503", "busy-pages"])
def test_a_server_that_asks_for_rest_is_left_alone_until_then_even_in_a_forced_round(press: Press, name: str) -> None:
    assert press.asked[1][name] == []
    assert press.source(name, number=1).not_before == NOON.replace(hour=13)


def test_what_was_left_for_a_servers_sake_is_fetched_afterwards(press: Press) -> None:
    assert sorted(press.paths("busy-pages", 2)) == ["/1", "/2", "/3", "/rss"]
    for name, paths in (("busy-pages", ("/1", "/2", "/3")), ("busy-feed", ("/1",)), ("busy-503", ("/1",))):
        assert {press.page(name, path)["state"] for path in paths} == {"mention"}
        assert press.source(name).fails == 0
