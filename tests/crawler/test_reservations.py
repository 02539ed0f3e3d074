"""Text and data mining that an outlet reserves is left alone: rules, tags and whole rounds over real sites."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from crawler.fetch import FetchJob, fetch
from crawler.outlets import Reservation
from crawler.reservations import (
    FILE,
    HEAD,
    LONGEST_PATTERN,
    LONGEST_TAG,
    MOST_RULES,
    MOST_TAGS,
    Rule,
    read_file,
    reserved_by_file,
    reserved_by_header,
    reserved_by_page,
)
from tests.support.http_server import Answer, Exchange, Site, content, redirect, status
from tests.support.press import RSS, article, rss
from tests.support.rounds import Ended, Stored, outlet, run

RESERVED_TAG = '<meta name="tdm-reservation" content="1">'
NOTHING_SAID = '<meta name="tdm-reservation" content="peut-être">'
TOLD = "Hublot, le film des trois sous-mariniers, arrive en salles"


def rules(*pairs: tuple[str, Any]) -> bytes:
    return json.dumps([{"location": location, "tdm-reservation": value} for location, value in pairs]).encode()


@pytest.mark.parametrize(
    ("location", "path", "covered"),
    [
        ("/", "/culture/x", True),
        ("/culture/", "/culture/x", True),
        ("/culture/", "/cultures", False),
        ("/Culture", "/culture", False),
        ("/*/film", "/culture/cinema/film-1", True),
        ("/*/film", "/film", False),
        ("/film$", "/film", True),
        ("/film$", "/film/1", False),
        ("/*.html$", "/a/b.html", True),
        ("/*.html$", "/a.html/b", False),
        ("/a*b*a$", "/abba", True),
        ("/a*ba$", "/aba", True),
        ("/ab*ba$", "/aba", False),
        ("/prix-%24", "/prix-$", True),
        ("/%C3%A9t%C3%A9", "/été", True),
        ("/x?page=2", "/x?page=2", True),
        ("/%FF", "/%ff", True),
    ],
)
def test_a_rule_covers_the_paths_that_begin_as_it_says(location: str, path: str, covered: bool) -> None:
    url = (
        f"https://journal.example{path}".replace("$", "%24") if location == "/prix-%24" else f"https://j.example{path}"
    )
    assert reserved_by_file(read_file(rules((location, 1))), url) is covered


def test_the_first_rule_that_covers_a_page_holds() -> None:
    found = read_file(rules(("/libre/", 0), ("/", 2), ("/culture/*", "1"), ("/", 0)))
    assert not reserved_by_file(found, "https://j.example/libre/x")
    assert reserved_by_file(found, "https://j.example/culture/x")
    assert not reserved_by_file(found, "https://j.example/autre")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>404</html>", b"{}", b"[1, null, []]", b"[" * 100_000, b"\xff\xfe"),
        *(rules(("/", 2), ("/", True)), rules(("", 1))),
        *(b'[{"tdm-reservation": 1}]', b'[{"location": 7, "tdm-reservation": 1}]'),
    ],
)
def test_a_file_that_says_nothing_reserves_nothing(body: bytes) -> None:
    assert not reserved_by_file(read_file(body), "https://j.example/")


def test_a_file_made_to_take_long_is_read_as_far_as_its_limits() -> None:
    assert len(read_file(rules(*[("/", 1)] * (MOST_RULES + 1)))) == MOST_RULES
    assert read_file(rules(("/" * LONGEST_PATTERN, 1), ("/" * (LONGEST_PATTERN + 1), 1))) == (
        Rule(("/" * LONGEST_PATTERN,), False, True),
    )


def test_a_rule_made_to_take_long_does_not() -> None:
    found = read_file(rules(*[("/" + "a*" * 240 + "b$", 1)] * 1000))
    begun = time.process_time()
    assert not reserved_by_file(found, "https://j.example/" + "a" * 1900)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("value", "reserved"), [("1", True), (" 0 ", False), ("2", None), ("yes", None), ("", None), (None, None)]
)
def test_a_header_says_one_or_nought_or_nothing(value: str | None, reserved: bool | None) -> None:
    assert reserved_by_header(value) is reserved


@pytest.mark.parametrize(
    ("markup", "reserved"),
    [
        (RESERVED_TAG, True),
        ("<META CONTENT='1' NAME='TDM-Reservation' />", True),
        ("<meta name=tdm-reservation content=1>", True),
        ('<meta name="tdm-reservation" content="0">', False),
        (NOTHING_SAID + RESERVED_TAG, True),
        (f"<!-- {RESERVED_TAG} -->", None),
        (f"</head><body>{RESERVED_TAG}", None),
        (f"<!-- rien -->{RESERVED_TAG}", True),
        ('<meta name="description" content="tdm-reservation">', None),
        ("<p>tdm-reservation</p>", None),
        ('<meta name="robots" content="noai, noimageai">', None),
        ("tdm-reservation", None),
        ("<html data-tdm-reservation>" + RESERVED_TAG, True),
        ("<meta charset='utf-8'>tdm-reservation>" + RESERVED_TAG, True),
        (RESERVED_TAG.replace("meta", "metadata"), None),
        ("<meta name='x' data-tdm-reservation content='1'>", None),
        (f"{NOTHING_SAID * (MOST_TAGS - 1)}{RESERVED_TAG}", True),
        (f"{NOTHING_SAID * MOST_TAGS}{RESERVED_TAG}", None),
        (RESERVED_TAG.replace("meta", f"meta data-x='{'x' * LONGEST_TAG}'"), None),
        (RESERVED_TAG.replace("content", f"data-x='{'x' * LONGEST_TAG}' content"), None),
        ("x" * HEAD + RESERVED_TAG, None),
    ],
)
def test_a_page_says_it_in_its_metadata(markup: str, reserved: bool | None) -> None:
    assert reserved_by_page(f"<html><head>{markup}</head></html>".encode()) is reserved


@dataclass(frozen=True, slots=True)
class Press:
    """Two rounds over the same sites: one honours reservations by default, the other ignores them."""

    sites: dict[str, Site]
    honouring: Ended
    stored: Stored
    ignoring: Ended
    stored_ignoring: Stored


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    page = content(article("Hublot, le film"))
    described: dict[str, tuple[dict[str, Answer], dict[str, Any]]] = {
        "file": ({FILE: content(rules(("/reserve", 1)), "application/json"), "/reserve": page, "/libre": page}, {}),
        "header": ({"/reserve": content(article("Hublot"), tdm_reservation="1"), "/libre": page}, {}),
        "tag": ({"/reserve": content(article("Hublot", head=RESERVED_TAG)), "/libre": page}, {}),
        "moved": (
            {FILE: content(rules(("/la", 1)), "application/json"), "/reserve": redirect("/la"), "/libre": page},
            {},
        ),
        "broken": ({FILE: status(503), "/reserve": page, "/libre": page}, {}),
        "own": ({"/reserve": content(article("Hublot"), tdm_reservation="1"), "/libre": page}, {"tdm": "ignore"}),
    }
    with ExitStack() as stack:
        sites, outlets = {}, []
        for name, (answers, entry) in described.items():
            site = sites[name] = stack.enter_context(Site.open())
            site.answers.update(answers)
            links = [(site.url("/reserve"), TOLD, ""), (site.url("/libre"), "Article", "")]
            site["/rss"] = content(rss(links), RSS, tdm_reservation="1")
            outlets.append(outlet(name, site, feeds=["/rss"], **entry))
        stored = Stored.in_folder(tmp_path_factory.mktemp("honouring"))
        honouring = run(stored.job(outlets))
        asked = {name: list(site.requests) for name, site in sites.items()}
        ignoring_stored = Stored.in_folder(tmp_path_factory.mktemp("ignoring"))
        ignoring = run(ignoring_stored.job(outlets, tdm="ignore"))
        for name, site in sites.items():
            site.requests[:] = asked[name]
        yield Press(sites, honouring, stored, ignoring, ignoring_stored)


@pytest.mark.parametrize("name", ["file", "header", "tag", "moved"])
def test_what_the_source_says_of_a_reserved_page_has_to_do(press: Press, name: str) -> None:
    site = press.sites[name]
    assert press.stored.mentions()[site.url("/reserve")].title == TOLD
    assert press.stored.mentions()[site.url("/libre")].title == "Hublot, le film"
    assert press.stored.states()[site.url("/reserve")] == "mention"


def test_a_page_that_its_origin_reserves_is_not_even_asked_for(press: Press) -> None:
    assert "/reserve" not in press.sites["file"].paths()
    assert "/la" not in press.sites["moved"].paths()
    assert [each.path for each in press.sites["file"].asked(FILE)] == [FILE], "once a round, whatever it says"


def test_a_reserved_page_is_no_failure(press: Press) -> None:
    assert press.honouring.errors() == {}
    assert press.honouring.report.counts["pages reserved"] == 4
    assert press.honouring.report.counts["pages"] == 12
    source = press.stored.sources()[press.sites["file"].url("/rss")]
    assert len(source.samples) == 1, "the free page alone is one of its source's samples"


def test_a_source_is_read_whatever_it_reserves(press: Press) -> None:
    assert press.honouring.report.counts["sources ok"] == len(press.sites)


def test_an_origin_without_the_file_reserves_nothing(press: Press) -> None:
    assert press.stored.mentions()[press.sites["broken"].url("/reserve")].title == "Hublot, le film"


def test_an_outlet_may_be_read_all_the_same(press: Press) -> None:
    assert press.stored.mentions()[press.sites["own"].url("/reserve")].title == "Hublot"
    assert press.sites["own"].asked(FILE) == []


@pytest.mark.parametrize("name", ["header", "tag", "file"])
def test_the_switch_for_all_outlets_reads_them_all_the_same(press: Press, name: str) -> None:
    found = press.stored_ignoring.mentions()[press.sites[name].url("/reserve")].title
    assert found in ("Hublot", "Hublot, le film")
    assert press.ignoring.report.counts.get("pages reserved", 0) == 0


def test_a_long_file_is_read_whole_while_another_site_is_asked_for_its_robots_txt(tmp_path: Path) -> None:
    answered = Event()
    long = content(rules(("/reserve", 1), *[(f"/{'x' * 400}/{number}", 1) for number in range(1500)]))

    def late(exchange: Exchange) -> None:
        answered.wait(60)
        exchange.send(404)

    def then(exchange: Exchange) -> None:
        long(exchange)
        with suppress(ConnectionResetError):
            while exchange.connection.recv(1):  # until the client has read it all, and hangs up
                pass
        answered.set()

    with Site.open() as site, Site.open() as slow:
        site[FILE], slow["/robots.txt"] = then, late
        for each in (site, slow):
            each["/reserve"] = content(article("Hublot"))
            each["/rss"] = content(rss([(each.url("/reserve"), TOLD, "")]), RSS)
        outlets = [outlet("site", site, feeds=["/rss"]), outlet("slow", slow, feeds=["/rss"])]
        run(Stored.in_folder(tmp_path).job(outlets))
        assert site.paths() == ["/rss"]
        assert slow.paths() == ["/rss", "/reserve"]


@pytest.mark.parametrize(("tdm", "error"), [("honour", "text and data mining is reserved"), ("ignore", "")])
def test_a_single_page_is_fetched_under_the_same_rule(tmp_path: Any, tdm: Reservation, error: str) -> None:
    with Site.open() as site:
        site["/x"] = content(article("Hublot"), tdm_reservation="1")
        (fetched,) = fetch(FetchJob([site.url("/x")], str(tmp_path), "Veilleur/0.1", ["127.0.0.0/8"], tdm, delay=0))
    assert (fetched.file is None) == bool(error)
    assert fetched.error.startswith(error)
