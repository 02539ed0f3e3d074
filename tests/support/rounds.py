"""Running real rounds against sites of the test, and looking at what they left in the database."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from crawler.child import RoundReport, run_round
from crawler.conversation import Event
from crawler.job import RoundJob, TopicSource
from crawler.outlets import Listing, Outlet
from storage import mentions, sources
from storage.database import Database
from storage.model import Source, StoredMention
from storage.schema import page
from tests.support.http_server import Site
from tests.support.newsroom import empty_database

ROOT = Path(__file__).parents[2]
NOON = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)


HUBLOT = TopicSource(
    "hublot.toml", 'id = "hublot"\nname = "Hublot"\n[[works]]\nid = "film"\ntitle = "Hublot"\nyears = [2024]\n', {}
)


def outlet(
    name: str,
    site: Site,
    *,
    feeds: Sequence[str] = (),
    news_sitemaps: Sequence[str] = (),
    listings: Sequence[tuple[str, str | None]] = (),
    **entry: Any,
) -> Outlet:
    """An outlet whose sources are these paths of a site."""
    return Outlet(
        id=name,
        name=name.title(),
        domain=site.domain,
        feeds=tuple(map(site.url, feeds)),
        news_sitemaps=tuple(map(site.url, news_sitemaps)),
        listings=tuple(Listing(site.url(path), pattern) for path, pattern in listings),
        **entry,
    )


def job_for(database: str, outlets: Iterable[Outlet], **order: Any) -> RoundJob:
    """A round's order on loopback, without delays between requests, at noon."""
    usual: dict[str, Any] = {
        "contact": "mailto:presse@example.org",
        "allow_networks": LOOPBACK,
        "delay": timedelta(0),
        "deadline": timedelta(seconds=60),
        "now": NOON,
    }
    return RoundJob(database, tuple(outlets), (HUBLOT,), **(usual | order))


@dataclass(frozen=True, slots=True)
class Ended:
    """A round that was run, with everything that it told."""

    report: RoundReport
    events: list[Event] = field(repr=False)

    def errors(self) -> dict[str, str]:
        """What was said of each address that failed."""
        return {event["url"]: event["error"] for event in self.events if "error" in event}

    def verdicts(self) -> dict[str, list[str]]:
        return {event["url"]: event["verdicts"] for event in self.events if "verdicts" in event}


def run(job: RoundJob) -> Ended:
    """Runs a round as the daemon does: in its child process."""
    events: list[Event] = []
    return Ended(asyncio.run(run_round(job, events.append)), events)


def start(
    job: RoundJob, module: str = "crawler.round", environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Starts a round's process and leaves it alone; the test waits for it or kills it."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdin is not None
    process.stdin.write(job.to_json().encode())
    process.stdin.close()
    return process


@dataclass(frozen=True, slots=True)
class Stored:
    """What the rounds left in a database."""

    url: str

    @classmethod
    def in_folder(cls, folder: Path) -> "Stored":
        """The database in the folder, empty unless there is one already."""
        return cls(empty_database(folder / "watch.db"))

    def job(self, outlets: Iterable[Outlet], **order: Any) -> RoundJob:
        return job_for(self.url, outlets, **order)

    def sources(self) -> dict[str, Source]:
        """The sources by address."""
        database = Database(self.url)
        with database.read() as connection:
            found = {each.url: each for each in sources.all_sources(connection)}
        database.close()
        return found

    def pages(self) -> dict[str, dict[str, Any]]:
        """The pages' rows by address."""
        database = Database(self.url)
        with database.read() as connection:
            found = {row["url"]: dict(row) for row in connection.execute(select(page)).mappings()}
        database.close()
        return found

    def states(self) -> dict[str, str]:
        return {url: row["state"] for url, row in self.pages().items()}

    def count(self, table: Table) -> int:
        database = Database(self.url)
        with database.read() as connection:
            rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        database.close()
        return rows

    def mentions(self) -> dict[str, StoredMention]:
        """The mentions by the address of their article."""
        database = Database(self.url)
        with database.read() as connection:
            found = {each.url: each for each in mentions.search(connection)}
        database.close()
        return found


def later(job: RoundJob, **by: float) -> RoundJob:
    """The same order, some time later."""
    assert job.now is not None
    return replace(job, now=job.now + timedelta(**by))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a round's process took."""

    status: int
    peak_mib: int
    seconds: float


def measured(job: RoundJob) -> Cost:
    """Runs a round in its process and watches its memory: ru_maxrss would tell that of this process, if larger."""
    began, peak = time.monotonic(), 0
    process = start(job)
    told = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", told.read_text())
        peak = max(peak, int(found[1]) // 1024 if found else 0)
        time.sleep(0.02)
    return Cost(process.returncode, peak, time.monotonic() - began)
