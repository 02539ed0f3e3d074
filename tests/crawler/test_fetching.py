"""Fetching single pages, for `record` and `explain`: the same gate and robots.txt as a round."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.environment import MEMORY_MB
from crawler.extraction.decoding import decode
from crawler.fetch import Fetched, FetchJob, fetch, save
from tests.support.hostile import endless_headers
from tests.support.http_server import Exchange, Site, content, redirect
from tests.support.press import article
from tests.support.processes import children_of

USER_AGENT = "Veilleur/0.1 (+mailto:presse@example.org)"
PATHS = ("/film", "/occupe/suite", "/prive/1", "/absente", "/sans-fin")
NO_PAGES = ("file:///etc/passwd", "http://[illisible", "journal", "http:///", "http://../veilleur.toml")
TEXT = "L’été déjà"


@dataclass(frozen=True, slots=True)
class Desk:
    """What fetching gave, by address; `away` leads to the canary, where nothing may be asked."""

    results: dict[str, Fetched]
    site: Site
    away: str
    canary: Site


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ExitStack() as stack:
        site, leading_away, canary = (stack.enter_context(Site.open()) for _ in range(3))
        site["/robots.txt"] = content("User-agent: *\nDisallow: /prive/", "text/plain")
        site["/film"] = content(article(TEXT).encode("cp1252"), "text/html; charset=windows-1252")
        site["/prive/1"] = content(article("x"))
        site["/occupe/suite"] = content(article("x"))
        site["/sans-fin"] = endless_headers()
        leading_away["/"] = redirect(canary.url("/"))
        away = f"http://localhost:{leading_away.port}/"
        urls = [*NO_PAGES, *map(site.url, PATHS), away]
        into = tmp_path_factory.mktemp("fetched")
        save(into, site.url("/occupe"), b"", None)  # a file, where a page needs a folder
        job = FetchJob(urls, str(into), USER_AGENT, ["127.0.0.0/8"], delay=0)
        yield Desk({each.url: each for each in fetch(job)}, site, away, canary)


def test_a_page_is_saved_so_that_it_reads_the_same_without_its_header(desk: Desk) -> None:
    file = desk.results[desk.site.url("/film")].file
    assert file is not None
    assert file.parts[-2:] == (desk.site.domain, "film")
    assert f"<h1>{TEXT}</h1>" in decode(file.read_bytes())


def test_what_is_not_fetched_is_said_why(desk: Desk) -> None:
    errors = {url: each.error for url, each in desk.results.items() if each.file is None}
    assert errors[desk.site.url("/prive/1")] == "robots.txt disallows this address"
    assert errors[desk.site.url("/absente")] == "HTTP 404"
    assert "is not on a host of its outlet" in errors[desk.away]
    assert all(errors[url].startswith("refused: ") for url in NO_PAGES)
    assert errors[desk.site.url("/sans-fin")] == "its headers do not end"
    assert errors[desk.site.url("/occupe/suite")].startswith("it cannot be saved: ")
    assert len(errors) == 10


def test_nothing_is_asked_that_may_not_be(desk: Desk) -> None:
    assert desk.canary.requests == []
    assert sorted(set(desk.site.paths())) == ["/absente", "/film", "/occupe/suite", "/sans-fin"]
    assert {each.headers["user-agent"] for each in desk.site.requests} == {USER_AGENT}


def test_a_page_whose_charset_needs_no_header_is_saved_as_it_is(tmp_path: Path) -> None:
    body = article(TEXT).encode()
    assert save(tmp_path, "https://journal.example/a", body, "text/html; charset=utf-8").read_bytes() == body
    assert save(tmp_path, "https://journal.example/b", body, None).read_bytes() == body


def test_many_pages_of_a_slow_outlet_are_given_the_time_that_its_pace_takes() -> None:
    one, many = (FetchJob(["https://journal.example/"] * pages, "", USER_AGENT, [], delay=10) for pages in (1, 100))
    assert many.patience - one.patience >= 99 * 1.5 * 10


def test_the_process_that_fetches_has_bounded_memory(tmp_path: Path) -> None:
    limits = list[str]()

    def look(exchange: Exchange) -> None:
        [process] = children_of(os.getpid(), "crawler.fetching")
        limits.extend(re.findall(r"Max address space +(\w+)", Path(f"/proc/{process}/limits").read_text()))
        exchange.send(404)

    with Site.open() as site:
        site["/robots.txt"] = look
        fetch(FetchJob([site.url("/film")], str(tmp_path), USER_AGENT, ["127.0.0.0/8"], delay=0))
    assert limits == [str(MEMORY_MB << 20)]
