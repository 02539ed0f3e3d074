"""One gate for addresses: nothing leads a round into a private network, to another port, to a file or to another
outlet, whoever names the address; a canary is never asked, a canary file never read."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.outlets import Outlet
from tests.support.dns import PORT_VARIABLE, name_server
from tests.support.http_server import Answer, Site, content, redirect, status
from tests.support.press import (
    ABOUT_SOMETHING_ELSE,
    RSS,
    XML,
    article,
    feed_of,
    listing,
    news_sitemap,
    rss,
    sitemap_index,
)
from tests.support.rounds import Ended, Stored, later, outlet, run, start

SPELLINGS = (
    "localhost",
    "LOCALHOST.",
    "127.0.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fec0::1]",
    "169.254.169.254",
    "[fd00:ec2::254]",
)
OTHER_SCHEMES = ("file://{file}", "FILE://{file}", "data:text/html,Hublot", "ftp://127.0.0.1:{port}/a", "s3://hublot/a")


def leading_to(address: str, way: str) -> Answer:
    """A page that sends its reader on: by 301, 302, 303, 307, 308, a Refresh header or a meta element."""
    if way.isdecimal():
        return redirect(address, int(way))
    if way == "Refresh":
        return content(article("La fanfare", ABOUT_SOMETHING_ELSE), Refresh=f"0; url={address}")
    return content(
        article("La fanfare", ABOUT_SOMETHING_ELSE, head=f'<meta http-equiv="refresh" content="0; url={address}">')
    )


WAYS = ("301", "302", "303", "307", "308", "Refresh", "meta")


@dataclass
class Watched:
    stored: Stored
    ended: Ended
    site: Site
    canary: Site
    file: Path
    sites: dict[str, Site] = field(default_factory=dict)

    def error(self, path: str) -> str:
        return str(self.stored.pages()[self.site.url(path)]["error"])


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("gate")
    file = folder / "secret.html"
    file.write_text(article("Hublot, le secret"))
    with ExitStack() as stack:
        site, feed, robots, sitemap, canary = (stack.enter_context(Site.open()) for _ in range(5))
        canary.answers = dict.fromkeys(("/", "/rss", "/robots.txt", "/plan.xml", "/secret"), content(article("Hublot")))
        secret = [f"http://{spelling}:{canary.port}/secret" for spelling in SPELLINGS]
        other = [each.format(file=file, port=canary.port) for each in OTHER_SCHEMES]
        for way in WAYS:
            site[f"/{way}"] = leading_to(canary.url("/secret"), way)
        for number, address in enumerate(secret + other):
            site[f"/to-{number}"] = redirect(address)
        site["/relative"] = redirect(f"//{canary.domain}/secret")
        site["/film"] = content(article("Hublot"))
        site["/rss"] = content(rss([(link, "x", "") for link in (*secret, *other, *map(site.url, site.answers))]), RSS)
        site["/"] = content(listing([*((link, "x") for link in (*secret, *other)), ("/film", "Film")]))
        feed["/rss"] = redirect(canary.url("/rss"))
        robots["/robots.txt"], robots["/rss"] = redirect(canary.url("/robots.txt")), content(feed_of(robots, "/1"), RSS)
        sitemap["/index.xml"] = content(sitemap_index([(each, "") for each in secret[:5]]), XML)
        sitemap["/plan.xml"] = content(news_sitemap([(each, "x", "") for each in secret + other]), XML)
        outlets = [
            outlet("site", site, feeds=["/rss"], listings=[("/", r".")]),
            outlet("feed", feed, feeds=["/rss"]),
            outlet("robots", robots, feeds=["/rss"]),
            outlet("sitemap", sitemap, news_sitemaps=["/index.xml", "/plan.xml"]),
        ]
        stored = Stored.in_folder(folder)
        ended = run(stored.job(outlets))
        sites = {"feed": feed, "robots": robots, "sitemap": sitemap}
        yield Watched(stored, ended, site, canary, file, sites)


def test_the_canary_is_never_asked(watched: Watched) -> None:
    assert watched.canary.requests == []
    assert watched.stored.states()[watched.site.url("/film")] == "mention"


def test_the_canary_file_is_never_read(watched: Watched) -> None:
    assert not any("secret" in each.title for each in watched.stored.mentions().values())
    assert list(watched.stored.mentions()) == [watched.site.url("/film")]


def test_no_address_outside_the_outlet_enters_the_frontier(watched: Watched) -> None:
    own = {watched.site.domain, watched.sites["robots"].domain}
    assert {re.split("/+", url)[1] for url in watched.stored.pages()} <= own
    named = len(SPELLINGS) + len(OTHER_SCHEMES)
    assert watched.ended.report.counts["addresses refused"] >= 2 * named


@pytest.mark.parametrize("number", range(len(SPELLINGS)), ids=SPELLINGS)
def test_a_redirect_to_this_machine_is_refused_in_any_spelling(watched: Watched, number: int) -> None:
    assert watched.error(f"/to-{number}").startswith(("refused: ", "HTTP 302"))


@pytest.mark.parametrize("way", ["301", "302", "303", "307", "308"])
def test_a_redirect_to_another_port_is_refused(watched: Watched, way: str) -> None:
    assert watched.error(f"/{way}") == f"refused: {watched.canary.url('/secret')!r} is not on a host of its outlet"


@pytest.mark.parametrize("way", ["Refresh", "meta"])
def test_a_page_that_only_asks_to_go_elsewhere_is_read_as_it_stands(watched: Watched, way: str) -> None:
    page = watched.stored.pages()[watched.site.url(f"/{way}")]
    assert (page["state"], page["status"], page["error"]) == ("no_mention", 200, None)


def test_sources_that_lead_away_have_failed_and_said_so(watched: Watched) -> None:
    sources = watched.stored.sources()
    for name, path in (("feed", "/rss"), ("robots", "/rss"), ("sitemap", "/index.xml")):
        assert "is not on a host of its outlet" in str(sources[watched.sites[name].url(path)].last_error)


def test_a_host_of_the_catalogue_that_is_private_is_not_reached_in_any_spelling(stored: Stored) -> None:
    with Site.open() as canary:
        canary["/rss"] = content(feed_of(canary, "/1"), RSS)
        outlets = [
            Outlet(f"o{number}", "Intranet", f"{host}:{canary.port}", feeds=(f"http://{host}:{canary.port}/rss",))
            for number, host in enumerate(SPELLINGS)
        ]
        run(stored.job(outlets, allow_networks=()))
        assert canary.requests == []
    assert {each.fails for each in stored.sources().values()} == {1}


def test_a_name_that_turns_private_after_a_first_answer_is_refused_when_it_is_connected_to(stored: Stored) -> None:
    """127.0.0.2 stands for the public address: it alone is allowed."""
    with (
        Site.open(host="127.0.0.2") as public,
        Site.open(host="127.0.0.1", port=public.port) as canary,
        name_server({"journal.example": ["127.0.0.2", "127.0.0.1"]}) as names,
    ):
        url = f"http://journal.example:{public.port}"
        for site in (public, canary):
            site["/rss"], site["/1"] = content(rss([(f"{url}/1", "x", "")]), RSS), content(article("Hublot"))
        journal = Outlet("journal", "Journal", f"journal.example:{public.port}", feeds=(f"{url}/rss",))
        job = stored.job([journal], allow_networks=("127.0.0.2/32",), forced=True)
        for order in (job, later(job, hours=1)):
            start(order, "tests.support.resolving_round", {PORT_VARIABLE: str(names.port)}).wait()
        assert public.paths() == ["/rss", "/1"]
        assert canary.requests == []
    assert names.asked == ["journal.example"] * len(names.asked)
    assert len(names.asked) >= 2
    (source,) = stored.sources().values()
    assert "address 127.0.0.1 is in a private network" in str(source.last_error)


def test_no_credential_cookie_or_referrer_travels(stored: Stored) -> None:
    with Site.open() as site, Site.open() as partner:
        site["/rss"] = content(feed_of(site, "/1", "/2"), RSS, Set_Cookie="qui=vous; Path=/")
        site["/1"] = redirect(partner.url("/1"))
        site["/2"] = content(article("Hublot"))
        site["/compte"] = redirect(f"http://qui:motdepasse@{site.domain}/2")
        partner["/1"] = content(article("Hublot"), Set_Cookie="qui=vous")
        run(stored.job([outlet("journal", site, feeds=["/rss"], hosts=(partner.domain,))]))
        asked = [*site.requests, *partner.requests]
        assert partner.paths() == ["/1"]
    sent = {name for each in asked for name in each.headers}
    assert not sent & {"cookie", "authorization", "proxy-authorization", "referer", "from"}


def test_a_redirect_with_a_password_in_it_is_refused_and_the_password_is_not_repeated(stored: Stored) -> None:
    with Site.open() as site:
        site["/rss"], site["/2"] = content(feed_of(site, "/1"), RSS), status(404)
        site["/1"] = redirect(f"http://qui:motdepasse@{site.domain}/2")
        ended = run(stored.job([outlet("journal", site, feeds=["/rss"])]))
        assert site.paths() == ["/rss", "/1"]
    assert "a name and a password" in str(stored.pages()[site.url("/1")]["error"])
    assert "motdepasse" not in str(stored.pages()) + str(ended.events) + ended.report.detail
