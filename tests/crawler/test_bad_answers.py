"""One round over a press where nearly everything is broken: each fault is counted, shown, and hinders nobody else."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import trustme

from crawler.outlets import Outlet
from tests.support.http_server import (
    Answer,
    Site,
    content,
    cut_short,
    dripping,
    gzip_bomb,
    huge,
    redirect,
    reset,
    silent,
    status,
)
from tests.support.press import RSS, XML, article, feed_of, listing, news_sitemap, rss, sitemap_index
from tests.support.rounds import Ended, Stored, job_for, outlet, run, start

TOO_LARGE = "larger than 10 MiB"
NO_ANSWER = "no answer in time"
BROKE_OFF = "the answer broke off"
ENTITIES = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def hidden(code: str) -> str:
    """An article whose JSON-LD hides a character that no database holds."""
    said = f'{{"@type": "NewsArticle", "headline": "Hublot {code} refait surface"}}'
    return article("Hublot refait surface", head=f'<script type="application/ld+json">{said}</script>')


FEEDS: dict[str, tuple[Callable[[Site], Answer], str]] = {
    "json": (
        lambda _: content('{"items": [], "from": "hcaptcha.com"}', "application/json"),
        "this is no RSS or Atom feed",
    ),
    "page": (lambda _: content(article("Bienvenue")), "the feed is an HTML page"),
    "empty": (lambda _: content("", RSS), "the feed is empty"),
    "broken": (
        lambda _: content("<rss><channel><item><title>Hu", RSS),
        "not well-formed XML, line 1: no element found",
    ),
    "missing": (lambda _: status(404), "HTTP 404"),
    "failing": (lambda _: status(500), "HTTP 500"),
    "mute": (lambda _: silent(), NO_ANSWER),
    "bomb": (lambda _: gzip_bomb(30), TOO_LARGE),
    "circle": (lambda site: redirect(site.url("/feed")), "redirected too often"),
}
PAGES: dict[str, tuple[Answer, str, int | None, str]] = {
    "missing-404": (status(404), "discovered", 404, "HTTP 404"),
    "gone-410": (status(410), "gone", 410, "HTTP 410"),
    "failing": (status(500), "discovered", 500, "HTTP 500"),
    "empty": (content(" \n"), "discovered", 200, "the page is empty"),
    "short": (cut_short(article("Hublot")), "discovered", 200, BROKE_OFF),
    "reset": (reset(), "discovered", None, BROKE_OFF),
    "mute": (silent(), "discovered", None, NO_ANSWER),
    "dripping": (dripping(), "discovered", None, NO_ANSWER),
    "circle": (redirect("/page"), "discovered", None, "redirected too often"),
    "to-a-file": (redirect("file:///etc/passwd"), "discovered", 302, "HTTP 302"),
    "huge": (huge(50, announced=True), "no_mention", None, TOO_LARGE),
    "huge-unannounced": (huge(50, announced=False), "no_mention", None, TOO_LARGE),
    "bomb": (gzip_bomb(60), "no_mention", None, TOO_LARGE),
}
READABLE: dict[str, Answer] = {
    "good": content(article("Hublot")),
    "charset": content(article("Hublot"), "text/html; charset=klingon"),
    "half-a-letter": content(hidden("\\ud83d")),
    "zero": content(hidden("\\u0000")),
}


@dataclass
class BadPress:
    stored: Stored
    sites: dict[str, Site] = field(default_factory=dict)
    ended: Ended = field(init=False)
    sources: dict[str, Any] = field(init=False)
    pages: dict[str, Any] = field(init=False)

    def error(self, name: str, path: str) -> str:
        """What the round told while it went on."""
        return str(self.ended.errors()[self.sites[name].url(path)])

    def source(self, name: str, path: str = "/feed") -> Any:
        return self.sources[self.sites[name].url(path)]

    def page(self, name: str, path: str = "/page") -> dict[str, Any]:
        found: dict[str, Any] = self.pages[self.sites[name].url(path)]
        return found


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadPress]:
    with ExitStack() as stack:
        press = BadPress(Stored.in_folder(tmp_path_factory.mktemp("bad")))
        outlets = []

        def site(name: str, **entry: Any) -> Site:
            opened = press.sites[name] = stack.enter_context(Site.open())
            opened["/feed"] = content(feed_of(opened, "/page"), RSS)
            outlets.append(outlet(name, opened, **({"feeds": ["/feed"]} | entry)))
            return opened

        for name, (answer, _) in FEEDS.items():
            opened = site(f"feed-{name}")
            opened["/feed"] = answer(opened)
        for name, (page, *_) in PAGES.items():
            site(f"page-{name}")["/page"] = page
        for name, page in READABLE.items():
            site(name)["/page"] = page
        _odd_sources(site)
        press.ended = run(press.stored.job(outlets, timeout=timedelta(seconds=2)))
        press.sources, press.pages = press.stored.sources(), press.stored.pages()
        yield press


def _odd_sources(site: Callable[..., Site]) -> None:
    site("nothing")["/feed"] = content(rss([]), RSS)
    short = site("short-feed")
    short["/feed"] = cut_short(feed_of(short, "/page", "/perdue")[:-120], RSS, ETag='"short"')
    short["/page"] = content(article("Hublot"))
    links = site("odd-links")
    links["/feed"] = content(rss([("http://[illisible", "x", ""), (links.url("/page"), "y", "")]), RSS)
    links["/page"] = content(article("Hublot"))
    emoji = site("emoji")
    emoji["/feed"] = content(feed_of(emoji, "/page").replace("Article", "&#55357;&#56832;"), RSS)
    emoji["/page"] = content(article("Hublot"))
    bomb = site("entities")
    bomb["/feed"] = content(feed_of(bomb, "/page").replace("<rss", ENTITIES + "<rss").replace("Article", "&b;"), RSS)
    bomb["/page"] = content(article("Hublot"))
    part = site("half-an-index", feeds=[], news_sitemaps=["/index.xml"])
    part["/index.xml"] = content(sitemap_index([(part.url("/a.xml"), "2024-03-01"), (part.url("/b.xml"), "")]), XML)
    part["/a.xml"] = content(news_sitemap([(part.url("/page"), "x", "2024-03-01")]), XML)
    part["/page"] = content(article("Hublot"))
    dead = site("dead-index", feeds=[], news_sitemaps=["/index.xml"])
    dead["/index.xml"] = content(sitemap_index([(dead.url("/a.xml"), ""), (dead.url("/b.xml"), "")]), XML)
    site("breaking")["/feed"] = content(b"<?xml version='1.0' encoding='klingo\xf5'?><rss version='2.0'/>", XML)
    site("no-sitemap", feeds=[], news_sitemaps=["/index.xml"])["/index.xml"] = content(article("Bienvenue"))
    site("no-listing", feeds=[], listings=[("/", None)])["/"] = content("")
    site("no-links", feeds=[], listings=[("/", r"/actu/")])["/"] = content(listing([("/connexion", "Connexion")]))


@pytest.mark.parametrize("name", FEEDS)
def test_a_source_that_cannot_be_read_is_counted_and_said_why(bad: BadPress, name: str) -> None:
    why = FEEDS[name][1]
    assert bad.error(f"feed-{name}", "/feed") == why
    assert (bad.source(f"feed-{name}").fails, bad.source(f"feed-{name}").last_error) == (1, why)


@pytest.mark.parametrize(("name", "hindrance"), [("empty", "empty"), ("json", "unreadable")])
def test_what_a_source_answers_with_instead_is_called_a_wall_only_where_it_is_a_page(
    bad: BadPress, name: str, hindrance: str
) -> None:
    assert bad.source(f"feed-{name}").hindrance == hindrance


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_cannot_be_had_is_counted_and_said_why(bad: BadPress, name: str) -> None:
    _, state, code, why = PAGES[name]
    assert bad.error(f"page-{name}", "/page") == why
    page = bad.page(f"page-{name}")
    assert (page["state"], page["status"], page["error"], page["attempts"]) == (state, code, why, 1)
    assert (page["next_try"] is not None) == (state == "discovered")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_cannot_be_had_is_not_its_sources_fault(bad: BadPress, name: str) -> None:
    assert (bad.source(f"page-{name}").fails, bad.source(f"page-{name}").last_items) == (0, 1)


@pytest.mark.parametrize("name", READABLE)
def test_a_page_that_can_be_read_is_read(bad: BadPress, name: str) -> None:
    assert bad.page(name)["state"] == "mention"


def test_what_no_database_holds_is_left_out_of_the_headline(bad: BadPress) -> None:
    titles = {url: each.title for url, each in bad.stored.mentions().items()}
    for name in ("zero", "half-a-letter"):
        assert "\0" not in titles[bad.sites[name].url("/page")]
        assert titles[bad.sites[name].url("/page")].encode()


@pytest.mark.parametrize("name", ["odd-links", "emoji", "entities"])
def test_a_feed_with_something_odd_in_it_is_still_read(bad: BadPress, name: str) -> None:
    assert bad.source(name).fails == 0
    assert bad.page(name)["state"] == "mention"


def test_a_feed_cut_short_gives_what_has_come_and_is_asked_in_full_next_time(bad: BadPress) -> None:
    assert bad.page("short-feed")["state"] == "mention"
    assert bad.source("short-feed").etag is None


def test_a_source_that_names_nothing_shows_it(bad: BadPress) -> None:
    assert (bad.source("nothing").last_items, bad.source("nothing").fails) == (0, 0)
    assert bad.source("no-links", "/").last_items == 0


def test_an_index_with_a_dead_part_gives_the_others_and_says_which_is_dead(bad: BadPress) -> None:
    assert bad.page("half-an-index")["state"] == "mention"
    assert bad.error("half-an-index", "/index.xml") == f"{bad.sites['half-an-index'].url('/b.xml')}: HTTP 404"
    assert (bad.source("half-an-index", "/index.xml").fails, bad.source("dead-index", "/index.xml").fails) == (0, 1)


def test_what_is_no_sitemap_and_no_listing_is_said(bad: BadPress) -> None:
    why = "this is no sitemap: its root element is <html>"
    assert bad.source("no-sitemap", "/index.xml").last_error == why
    assert bad.source("no-listing", "/").last_error == "the listing cannot be read: the page is empty"


def test_a_source_that_breaks_its_reader_has_failed_and_said_how(bad: BadPress) -> None:
    assert str(bad.source("breaking").last_error).startswith("reading it failed: UnicodeDecodeError")
    assert bad.source("breaking").fails == 1


def test_the_round_goes_on_and_ends_well(bad: BadPress) -> None:
    report, counts = bad.ended.report, bad.ended.report.counts
    assert (report.outcome, report.every_source_failed) == ("done", False)
    assert counts["sources"] == len(bad.sites) == counts["sources ok"] + counts["sources failed"]
    assert counts["sources failed"] == len([each for each in bad.sources.values() if each.fails])
    assert counts["pages failed"] == len([each for each in bad.pages.values() if each["error"]])
    assert report.detail.count("Traceback") == 1, "that of the source that breaks its reader"


@pytest.fixture(scope="module")
def untrusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_that_nobody_signed_is_refused(untrusted: ssl.SSLContext, tmp_path_factory: Any) -> None:
    stored = Stored.in_folder(tmp_path_factory.mktemp("tls"))
    with Site.open(untrusted) as site:
        ended = run(stored.job([outlet("tls", site, feeds=["/feed"])]))
        assert site.requests == []
    assert ended.errors() == {site.url("/feed"): "robots.txt cannot be had: the certificate is not valid"}


LOOPBACK_SPELLINGS = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::ffff:7f00:1]"]


def test_private_networks_are_not_reached_in_any_spelling_and_a_round_of_failures_fails(tmp_path: Any) -> None:
    with Site.open() as site:
        hosts = [f"{spelling}:{site.port}" for spelling in LOOPBACK_SPELLINGS]
        outlets = [
            Outlet(id=f"o{number}", name="Intranet", domain=host, feeds=(f"http://{host}/feed",))
            for number, host in enumerate(hosts)
        ]
        stored = Stored.in_folder(tmp_path)
        assert start(job_for(stored.url, outlets, allow_networks=())).wait() == 1
        assert site.requests == []
    assert {each.fails for each in stored.sources().values()} == {1}
    assert all("private network" in str(each.last_error) for each in stored.sources().values())
