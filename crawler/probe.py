"""Trying outlets live for `outlets check`: their sources, and some of the pages that these name; nothing is stored.

The trying itself is done by a child process (crawler.probing), so that this module never imports Scrapy or Twisted.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crawler.conversation import converse
from crawler.outlets import Outlet, Reservation, entry_of, parse_outlets

PATIENCE = 300.0
GRACE = 20.0


@dataclass(frozen=True, slots=True)
class ProbeJob:
    """What to try: outlets with all their sources, and single addresses, whatever these turn out to be.

    `pages` is how many articles of an outlet are read. `known` are the outlets that a single address may belong to.
    """

    outlets: tuple[Outlet, ...]
    urls: tuple[str, ...]
    user_agent: str
    allow_networks: tuple[str, ...] = ()
    tdm: Reservation = "honour"
    pages: int = 3
    known: tuple[Outlet, ...] = ()

    def to_json(self) -> str:
        listed = {name: [entry_of(each) for each in getattr(self, name)] for name in ("outlets", "known")}
        return json.dumps({**{name: getattr(self, name) for name in _PLAIN}, **listed})

    @classmethod
    def from_json(cls, text: str) -> "ProbeJob":
        plain = json.loads(text)
        for name in ("outlets", "known"):
            plain[name] = parse_outlets(plain[name], "probe")
        return cls(**{**plain, "urls": tuple(plain["urls"]), "allow_networks": tuple(plain["allow_networks"])})


_PLAIN = ("urls", "user_agent", "allow_networks", "tdm", "pages")


@dataclass(frozen=True, slots=True)
class TriedSource:
    """What a source answered; `error` is empty when it could be read, `hint` says what may be wrong all the same.
    `elsewhere` are links out of the outlet."""

    outlet: str
    url: str
    kind: str
    items: int = 0
    newest: str | None = None
    elsewhere: int = 0
    redirected: str | None = None
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TriedPage:
    """What a page gave; `wall` says what stands before its text, `error` why there is none, `hint` what may be wrong.

    `answered` is whether a page came back, readable or not.
    """

    outlet: str
    url: str
    title: str = ""
    words: int = 0
    published: str | None = None
    redirected: str | None = None
    reserved: bool = False
    wall: str = ""
    error: str = ""
    hint: str = ""
    answered: bool = False
    feeds: tuple[str, ...] = ()


Tried = TriedSource | TriedPage


def probe(job: ProbeJob, on_result: Callable[[Tried], None]) -> bool:
    """Tries everything in a child process and hands on each result; False when it had to be stopped before its end."""
    return asyncio.run(_probe(job, on_result))


async def _probe(job: ProbeJob, on_result: Callable[[Tried], None]) -> bool:
    try:
        ended = await converse(
            "crawler.probing",
            job.to_json(),
            lambda event: on_result(_result(event)),
            timedelta(seconds=PATIENCE + GRACE),
        )
    except TimeoutError:
        return False
    return ended.status == 0


def _result(event: dict[str, Any]) -> Tried:
    kind = event.pop("event")
    if kind == "source":
        return TriedSource(**event)
    return TriedPage(**{**event, "feeds": tuple(event["feeds"])})
