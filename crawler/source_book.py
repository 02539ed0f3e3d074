"""The round's account of sources: which are due, what they answered, and when everything that they named is settled.

A source's ETag and Last-Modified are remembered only when every page that its listing named is settled or on record
for another try, so that whatever dies in between is found again.
"""

import asyncio
import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from crawler.health import ARTICLE
from crawler.job import RoundJob
from crawler.outlets import Outlet
from crawler.reading.links import Link
from crawler.rhythm import back_off, longest_waits, pace_of, rhythm_of
from crawler.samples import Samples
from crawler.walls import WALLS, in_words
from storage import health, pages, sources
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.migrate import migrate
from storage.model import Pace, Source

logger = logging.getLogger(__name__)

Tell = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class OpenListing:
    """A source that was read while `waiting` of its pages are not settled; `items` None: nothing had changed."""

    source: Source
    etag: str | None
    last_modified: str | None
    items: int | None
    pace: Pace | None
    fresh: timedelta
    hindrance: str | None = None
    damage: str = ""
    waiting: int = 0

    def hint(self) -> str:
        """Why it may name fewer articles than there are."""
        if self.damage or self.items != 0 or self.source.kind == "news_sitemap":
            return self.damage
        if self.hindrance in WALLS:
            return in_words(str(self.hindrance))
        return "a valid feed that names nothing" if self.source.kind == "feed" else "no link in it is an article's"


class SourceBook:
    """One round's view of the sources in the database. `chance` gives numbers from 0 to 1."""

    def __init__(self, job: RoundJob, *, tell: Tell | None = None, chance: Callable[[], float] = random.random) -> None:
        self.job = job
        self.database = Database(job.database)
        migrate(self.database)
        self.outlets = {outlet.id: outlet for outlet in job.outlets}
        self.counts: Counter[str] = Counter()
        self.resting: dict[str, datetime] = {}
        self.waited: defaultdict[str, float] = defaultdict(float)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.timed_out: set[str] = set()
        self.failure: DatabaseUnavailable | None = None
        self.on_failure: Callable[[], object] = _silent
        self._tell = tell or _silent
        self._began = time.monotonic()
        self._chance = chance
        self._open: dict[int, OpenListing] = {}
        self._source_of: dict[int, int] = {}
        self.samples = Samples(self._samples_before)

    def now(self) -> datetime:
        return self.job.now or datetime.now(UTC)

    def close(self) -> None:
        try:
            self._keep_samples()
        finally:
            self.database.close()

    def is_over(self) -> bool:
        """Whether nothing more is to be asked in this round: its time is up, or its account would not be true."""
        return self.failure is not None or time.monotonic() - self._began > self.job.deadline.total_seconds()

    def due_sources(self, kinds: Iterable[str]) -> list[tuple[Outlet, Source]]:
        """The sources of the round's outlets that are to be asked now, registered if they are new."""
        self._began = time.monotonic()
        wanted = set(kinds)
        with self._write() as connection:
            registered = [
                sources.register(connection, outlet.id, kind, url)
                for outlet in self.outlets.values()
                for kind, url in outlet.sources
                if kind in wanted
            ]
        now = self.now()
        longest = longest_waits(self.outlets.values(), self.job.rhythm, now)
        due = sources.due(registered, now, forced=self.job.forced, longest=longest)
        self.counts["sources"] += len(due)
        return [(self.outlets[source.outlet], source) for source in due]

    def listing_unchanged(self, source: Source, *, fresh: timedelta = timedelta(0)) -> None:
        """The source answered 304: nothing new there."""
        pace = source.pace or pace_of((), self.now(), source.first_ok)
        damage = (source.last_error or "") if not source.fails else ""
        self._opened(
            OpenListing(source, source.etag, source.last_modified, items=None, pace=pace, fresh=fresh, damage=damage)
        )

    def source_being_read(self, source: Source) -> None:
        """Puts the source on record as failed until it is read: what kills its reader would kill every round."""
        self._fail(source, "the round ended while this was read", "interrupted")

    def source_was_read(self, source: Source) -> None:
        """Its reader survived."""
        with self._write(durable=False) as connection:
            sources.acquit(connection, source)

    def source_failed(
        self, source: Source, error: str, hindrance: str = "unreadable", status: int | None = None
    ) -> None:
        self.counts["sources failed"] += 1
        self._fail(source, error, hindrance, status)
        self._tell({"event": "source", "outlet": source.outlet, "url": source.url, "error": error})

    def part_failed(self, source: Source, error: str) -> None:
        """A document of a source's index could not be read; the others were."""
        self.counts["source parts failed"] += 1
        logger.warning("source %s %s: %s", source.id, source.url, error)
        self._tell({"event": "source", "outlet": source.outlet, "url": source.url, "error": error})

    def postpone(self, outlet: str, until: datetime) -> None:
        """The outlet's server asked to be left alone until then."""
        self.resting[outlet] = until
        with self._write() as connection:
            sources.postpone(connection, outlet, until)

    def writing(self) -> AbstractContextManager[Connection]:
        """A writing transaction of the round's."""
        return self._write()

    @contextmanager
    def _write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A writing transaction. When the database fails the round is told to stop: its account would not be true.

        What the next round would find out by itself need not be `durable`: nine of ten writings are of that kind, and
        each would wait for the disk.
        """
        try:
            with self.database.write(durable=durable) as connection:
                yield connection
        except DatabaseUnavailable as error:
            self._database_failed(error)
            raise

    def _database_failed(self, error: DatabaseUnavailable) -> None:
        if self.failure is None:
            self.failure = error
            self.on_failure()

    def _samples_before(self, source_id: int) -> tuple[str, ...]:
        """What is remembered of the source's pages; where it cannot be read the round ends, and nothing is doubted."""
        try:
            with self.database.read() as connection:
                return sources.samples(connection, source_id)
        except DatabaseUnavailable as error:
            self._database_failed(error)
            return (ARTICLE,)

    def _keep_samples(self) -> None:
        if self.samples.taken and self.failure is None:
            with self._write(durable=False) as connection:
                for source_id, kinds in self.samples.taken.items():
                    sources.keep_samples(connection, source_id, kinds)

    def _fail(self, source: Source, error: str, hindrance: str, status: int | None = None) -> None:
        wait = back_off(source.fails, self._chance)
        with self._write(durable=False) as connection:
            sources.fail(connection, source, error=error, hindrance=hindrance, status=status, now=self.now(), wait=wait)

    def _pace(self, connection: Connection, source: Source, by_key: dict[str, Link]) -> Pace | None:
        """How often the source publishes, by the dates that it gives, else by when its pages were first seen."""
        published = [link.published for link in by_key.values() if link.published is not None]
        if source.first_ok is not None and len(published) < len(by_key):
            undated = [key for key, link in by_key.items() if link.published is None]
            seen = pages.first_seen(connection, undated)
            published += [moment for moment in seen if moment > source.first_ok]
        return pace_of(published, self.now(), source.first_ok)

    def _opened(self, listing: OpenListing) -> None:
        self._open[listing.source.id] = listing
        self._close_if_settled(listing)

    def _settled(self, page_id: int) -> None:
        listing = self._open.get(self._source_of.pop(page_id, -1))
        if listing is not None:
            listing.waiting -= 1
            self._close_if_settled(listing)

    def _close_if_settled(self, listing: OpenListing) -> None:
        if listing.waiting or self._open.pop(listing.source.id, None) is None:
            return
        source = listing.source
        with self._write(durable=False) as connection:
            sources.close(
                connection,
                source.id,
                etag=listing.etag,
                last_modified=listing.last_modified,
                items=listing.items,
                now=self.now(),
                interval=self._interval(listing),
                pace=listing.pace,
                hindrance=listing.hindrance,
                damage=listing.damage,
            )
            items = listing.items if listing.items is not None else source.last_items
            if items is not None:
                health.count_items(connection, source.id, items, self.now())
        self.counts["sources ok"] += 1
        event: dict[str, Any] = {"event": "source", "outlet": source.outlet, "url": source.url}
        event |= {"items": listing.items if listing.items is not None else -1}
        self._tell(event | ({"hint": hint} if (hint := listing.hint()) else {}))

    def _interval(self, listing: OpenListing) -> timedelta:
        """The source's pace and its server's word, within the outlet's bounds."""
        now = self.now()
        rhythm = rhythm_of(self.outlets[listing.source.outlet], self.job.rhythm)
        wait = rhythm.wait(listing.pace, now, fresh=listing.fresh)
        opens = rhythm.next_change(now)
        return min(wait, opens - now) if opens else wait


def _silent(*event: object) -> None:
    pass
