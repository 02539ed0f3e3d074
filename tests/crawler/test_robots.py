"""One round over sites whose robots.txt says something, fails or is not there: as RFC 9309 says."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from storage.model import Source
from tests.support.http_server import Answer, Site, content, redirect, reset, status
from tests.support.press import RSS, article, feed_of
from tests.support.rounds import Stored, outlet, run

FORBID_ALL = "User-agent: *\nDisallow: /"
BEYOND = "# " + "x" * 500 * 1024 + "\n" + FORBID_ALL
OURS = "User-agent: Veilleur\nDisallow: /prive/\n\nUser-agent: *\nAllow: /"
TEXT = "text/plain"
SITES: dict[str, Answer] = {
    "ours": content(OURS, TEXT),
    "theirs": content("User-agent: Googlebot\nDisallow: /", TEXT),
    "all": content("\ufeff" + FORBID_ALL, TEXT),
    "404": status(404),
    "403": status(403),
    "429": status(429),
    "500": status(500),
    "broken": reset(),
    "page": content(article("Bienvenue")),
    "huge": content(BEYOND, TEXT),
    "moved": redirect("/regles.txt"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    sites: dict[str, Site]
    sources: dict[str, Source]
    errors: dict[str, str]

    def paths(self, name: str) -> list[str]:
        return self.sites[name].paths()

    def source(self, name: str) -> Source:
        return self.sources[self.sites[name].url("/rss")]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    stored = Stored.in_folder(tmp_path_factory.mktemp("robots"))
    with ExitStack() as stack:
        sites = {name: stack.enter_context(Site.open()) for name in SITES}
        for name, site in sites.items():
            site["/robots.txt"] = SITES[name]
            site["/prive/1"] = site["/public/1"] = content(article("Hublot"))
            site["/rss"] = content(feed_of(site, "/prive/1", "/public/1"), RSS)
        sites["moved"]["/regles.txt"] = content(FORBID_ALL, TEXT)
        ended = run(stored.job([outlet(name, site, feeds=["/rss"]) for name, site in sites.items()]))
        yield Asked(sites, stored.sources(), ended.errors())


@pytest.mark.parametrize("name", ["theirs", "404", "403", "page", "huge"])
def test_what_robots_txt_does_not_forbid_is_fetched(asked: Asked, name: str) -> None:
    assert sorted(asked.paths(name)) == ["/prive/1", "/public/1", "/rss"]


def test_what_robots_txt_forbids_us_is_not_fetched(asked: Asked) -> None:
    assert asked.paths("ours") == ["/rss", "/public/1"]
    assert asked.errors[asked.sites["ours"].url("/prive/1")] == "robots.txt disallows this address"
    assert asked.paths("all") == []
    assert asked.paths("moved") == ["/regles.txt"]
    assert asked.source("all").last_error == "robots.txt disallows this address"


@pytest.mark.parametrize(
    ("name", "why"), [("500", "HTTP 500"), ("429", "HTTP 429"), ("broken", "the answer broke off")]
)
def test_where_robots_txt_cannot_be_had_nothing_is_fetched(asked: Asked, name: str, why: str) -> None:
    assert asked.paths(name) == []
    assert asked.source(name).last_error == f"robots.txt cannot be had: {why}"
    assert asked.source(name).not_before is None, "what robots.txt answers asks for no rest"
