"""Planning: which digests and alerts of a subscriber are due. The database remembers which were planned."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.streams import Subscriber
from storage import digests, filters
from storage.database import Database
from storage.filters import EVERYTHING
from storage.model import Run, StoredSubscriber

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
GIVE_UP = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans on one database; `now` is the clock."""

    database: Database
    now: Callable[[], datetime]

    def plan(self, subscriber: Subscriber, stored: StoredSubscriber, *, at_once: bool = False) -> list[Run]:
        """The runs that are due and have something to tell: the digest, the newest missed slot with the older ones
        folded into it, and the alert beside it."""
        self._leave_out(subscriber, stored)
        if at_once or subscriber.calendar.at(self.now()).is_immediate:
            runs = [self._digest_now(subscriber, stored)]
        else:
            runs = [self._digest_of_slot(subscriber, stored), self._alert(subscriber, stored)]
        return [run for run in runs if run is not None and run.state == "planned"]

    def _leave_out(self, subscriber: Subscriber, stored: StoredSubscriber) -> None:
        """Filters are heeded when something is found, not when it is told: a filter that is changed floods nobody."""
        if subscriber.wanted == EVERYTHING:
            return
        with self.database.read() as connection:
            found = digests.unwanted(connection, stored, subscriber.topics, subscriber.wanted)
        if found:
            with self.database.write() as connection:
                filters.leave_out(connection, stored.id, found, self.now())

    def _digest_now(self, subscriber: Subscriber, stored: StoredSubscriber) -> Run | None:
        now = self.now()
        with self.database.read() as connection:
            pending = digests.pending(connection, stored, subscriber.topics, wanted=subscriber.wanted)
        if not any(each.verdict == "new" for each in pending):
            return None
        return self._digest(subscriber, stored, now, now)

    def _digest_of_slot(self, subscriber: Subscriber, stored: StoredSubscriber) -> Run | None:
        now = self.now()
        since = max(stored.registered_at, now - LOOK_BACK)
        slots = subscriber.calendar.slots_between(since, now)
        with self.database.read() as connection:
            done = digests.planned_slots(connection, stored.id, since)
        last = max((slot for slot in done if slot <= now), default=since)  # later ones: the clock was ahead once
        missed = [slot for slot in slots if slot not in done and slot > last]
        if not missed:
            return None
        *older, newest = missed
        if older:
            logger.warning("%s: %s missed slots are folded into that of %s", subscriber.email, len(older), newest)
            with self.database.write() as connection:
                digests.fold(connection, stored.id, older, now)
        return self._digest(subscriber, stored, newest, now, reports_nothing=subscriber.reports_nothing)

    def _digest(
        self,
        subscriber: Subscriber,
        stored: StoredSubscriber,
        slot: datetime,
        now: datetime,
        *,
        reports_nothing: bool = False,
    ) -> Run | None:
        following = subscriber.calendar.next_slot(now)
        expires = min(following, now + GIVE_UP) if following else now + GIVE_UP
        with self.database.write() as connection:
            return digests.plan(
                connection,
                stored,
                slot=slot,
                topics=subscriber.topics,
                now=now,
                expires_at=expires,
                wanted=subscriber.wanted,
                reports_nothing=reports_nothing,
            )

    def _alert(self, subscriber: Subscriber, stored: StoredSubscriber) -> Run | None:
        """What the subscriber wants to be told at once, if there is any."""
        if subscriber.urgent is None:
            return None
        now, topics, urgent = self.now(), subscriber.topics, subscriber.urgent
        with self.database.read() as connection:
            pending = digests.pending(connection, stored, topics, wanted=urgent)
        if not any(each.verdict == "new" for each in pending):
            return None
        with self.database.write() as connection:
            return digests.plan_alert(
                connection, stored, topics=topics, now=now, expires_at=now + GIVE_UP, urgent=urgent
            )
