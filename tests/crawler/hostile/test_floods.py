"""Answers made to fill memory or time: each is refused with a reason, in bounds, and hinders no other outlet."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.support.hostile import (
    PACKERS,
    bomb,
    drip,
    dripping_head,
    endless_chunks,
    endless_continuation,
    endless_greetings,
    endless_headers,
    endless_line,
    long_headers,
    raw,
)
from tests.support.http_server import Answer, Site, content, cut_short, huge
from tests.support.press import RSS, article, feed_of
from tests.support.rounds import Cost, Stored, measured, outlet

TIMEOUT = timedelta(seconds=2)
TOO_LARGE = "larger than 10 MiB"
NO_ANSWER = "no answer in time"
BROKE_OFF = "the answer broke off"
NO_END = "its headers do not end"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

MORE = ("/1", "/2", "/3", "/4")
PAGES: dict[str, tuple[Answer, str]] = {
    **{f"bomb-{number}": (bomb(encoding), TOO_LARGE) for number, encoding in enumerate(PACKERS)},
    "gibibyte": (huge(1024, announced=True), TOO_LARGE),
    "gibibyte-unannounced": (huge(1024, announced=False), TOO_LARGE),
    "gibibyte-in-chunks": (endless_chunks(), TOO_LARGE),
    "drip": (drip(), NO_ANSWER),
    "dripping-head": (dripping_head(), NO_ANSWER),
    "endless-headers": (endless_headers(), NO_END),
    "endless-continuation": (endless_continuation(), NO_END),
    "endless-greetings": (endless_greetings(), NO_END),
    "endless-line": (endless_line(), BROKE_OFF),
    "short": (cut_short(article("Hublot")), BROKE_OFF),
    "no-http": (raw(b"Bonjour !\r\n\r\n"), BROKE_OFF),
    "absurd-length": (raw(HEAD + b"Content-Length: -1\r\n\r\nHublot"), BROKE_OFF),
    "absurd-chunk": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nHublot"), BROKE_OFF),
}


@dataclass
class Flooded:
    cost: Cost
    pages: dict[str, dict[str, Any]]
    sites: dict[str, Site] = field(default_factory=dict)

    def page(self, name: str) -> dict[str, Any]:
        return self.pages[self.sites[name].url("/page")]


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    stored = Stored.in_folder(tmp_path_factory.mktemp("floods"))
    with ExitStack() as stack:
        sites: dict[str, Site] = {}
        for name, (answer, _) in {**PAGES, "good": (content(article("Hublot")), "")}.items():
            site = sites[name] = stack.enter_context(Site.open())
            site["/page"] = answer
            site["/feed"] = content(feed_of(site, "/page", *MORE if name == "good" else ()), RSS)
        for path in MORE:
            sites["good"][path] = long_headers(b"<p>Rien.</p>", 100)
        outlets = [outlet(name, site, feeds=["/feed"]) for name, site in sites.items()]
        cost = measured(stored.job(outlets, timeout=TIMEOUT))
        yield Flooded(cost, stored.pages(), sites)


@pytest.mark.parametrize("name", PAGES)
def test_it_is_refused_and_said_why(flooded: Flooded, name: str) -> None:
    assert flooded.page(name)["error"] == PAGES[name][1]


@pytest.mark.parametrize("name", ["drip", "dripping-head"])
def test_a_drip_is_not_waited_for(flooded: Flooded, name: str) -> None:
    first, second = flooded.sites[name].asked("/page")
    assert TIMEOUT.total_seconds() - 0.5 < second.began - first.began < TIMEOUT.total_seconds() + 3


def test_the_rounds_process_stays_small_and_ends(flooded: Flooded) -> None:
    assert flooded.cost.status == 0
    assert flooded.cost.peak_mib < 400
    assert flooded.cost.seconds < 30


def test_the_outlet_beside_them_is_read(flooded: Flooded) -> None:
    assert flooded.page("good")["state"] == "mention"


def test_the_headers_of_several_answers_on_one_connection_are_not_added_up(flooded: Flooded) -> None:
    assert [len(flooded.sites["good"].asked(path)) for path in MORE] == [1] * len(MORE), "none is tried again"
