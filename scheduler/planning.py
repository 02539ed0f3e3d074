"""Planning: which digests and alerts of a subscriber are due. The database remembers which were planned."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from scheduler.streams import Subscriber
from scheduler.terminal import counted
from scheduler.windows import Calendar
from storage import changes, digests, filters, subscribers, untold
from storage.database import Database
from storage.errors import StorageError
from storage.mentions import Shelf
from storage.model import EVERYTHING, Filter, Run, StoredSubscriber
from storage.portions import portions

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
REMEMBERED = timedelta(days=30)  # while what became of an article is a reason for a mail: longer than from week to week
GIVE_UP = timedelta(hours=48)
A_TRANSACTION = 100  # readers whose runs are planned in one, which keeps other writers waiting


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscriber of the configuration with its row."""

    wants: Subscriber
    stored: StoredSubscriber


@dataclass(frozen=True, slots=True)
class Asked:
    """When a reader's streams were looked at last, what was stored then, and until when nothing but news comes."""

    at: datetime
    mark: tuple[int, ...]
    quiet_until: datetime


@dataclass(slots=True)
class Agenda:
    """What is known of the readers from tick to tick, so that nobody is looked at before something can be due for him.
    It saves work and decides nothing: with an empty one the same runs are planned."""

    readers: Sequence[Reader] | None = None
    asked: dict[int, Asked] = field(default_factory=dict)

    def is_due(self, reader: Reader, now: datetime, mark: tuple[int, ...]) -> bool:
        """Whether a slot has come, or something was stored of which this reader is told beside his slots."""
        last = self.asked.get(reader.stored.id)
        if last is None or not last.at <= now < last.quiet_until:
            return True
        wants = reader.wants
        is_told_at_once = wants.urgent is not None or wants.calendar.at(now).is_immediate
        return last.mark != mark and (is_told_at_once or wants.wanted != EVERYTHING)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans on one database; `now` is the clock."""

    database: Database
    now: Callable[[], datetime]
    agenda: Agenda = field(default_factory=Agenda)

    def plan(self, readers: Sequence[Reader], go_on: Callable[[], bool], *, at_once: bool = False) -> list[Run]:
        """The runs that are due and have something to tell: the digest, the newest missed slot with the older ones
        folded into it, and the alert beside it. When `go_on` says no, the other readers wait for the next time."""
        now, planned = self.now(), list[Run]()
        with self.database.read() as connection:
            mark = untold.news_mark(connection)
            left = subscribers.suppressed_among(connection, [each.wants.email for each in readers])
        here = [each for each in readers if each.wants.email.lower() not in left]
        due = [each for each in here if at_once or self.agenda.is_due(each, now, mark)]
        turns: dict[Calendar, datetime] = {}
        for portion in portions(due, A_TRANSACTION):
            if not go_on():
                break
            planned += self._planned(portion, now, at_once=at_once)
            for each in portion:
                calendar = each.wants.calendar
                if calendar not in turns:
                    turns[calendar] = calendar.next_turn(now)
                self.agenda.asked[each.stored.id] = Asked(now, mark, turns[calendar])
        return planned

    def _planned(self, readers: Sequence[Reader], now: datetime, *, at_once: bool) -> list[Run]:
        """The runs of these readers; a bug that one of them meets keeps nobody else's back."""
        try:
            with self.database.write() as connection:
                return _Sitting(connection, now, readers, at_once=at_once).runs()
        except (StorageError, SQLAlchemyError):
            raise
        except Exception:
            if len(readers) > 1:
                return [run for each in readers for run in self._planned([each], now, at_once=at_once)]
            logger.exception("%s: nothing can be planned", readers[0].wants.email)
            return []


class _Sitting:
    """One transaction in which some readers' runs are planned."""

    def __init__(self, connection: Connection, now: datetime, readers: Sequence[Reader], *, at_once: bool) -> None:
        self._connection, self._now, self._at_once = connection, now, at_once
        # Read anew: who left and came back is told the news since another moment.
        rows = subscribers.register_all(connection, [each.wants.email for each in readers], now)
        self._readers = [Reader(each.wants, row) for each, row in zip(readers, rows, strict=True)]
        self._shelf = Shelf()
        self._changed_after = changes.newest_before(connection, now - REMEMBERED)
        self._done = digests.planned_slots_of(connection, [each.stored.id for each in readers], now - LOOK_BACK)

    def runs(self) -> list[Run]:
        found = [run for each in self._readers for run in self._of(each)]
        return [run for run in found if run is not None and run.state == "planned"]

    def _of(self, reader: Reader) -> list[Run | None]:
        """The alert comes first: it has a filter of its own, and may take what the digest's filter leaves out; but not
        what a digest of this moment takes."""
        is_at_once = self._at_once or reader.wants.calendar.at(self._now).is_immediate
        missed = [] if is_at_once else self._missed_slots(reader)
        alert = self._alert(reader, taken=reader.wants.wanted if is_at_once or missed else None)
        self._leave_out(reader)
        if not is_at_once:
            return [self._digest_of_slots(reader, missed), alert]
        return [self._digest_now(reader, self._now if alert is None else self._now + timedelta.resolution), alert]

    def _leave_out(self, reader: Reader) -> None:
        """Filters are heeded when something is found, not when it is told: a filter that is changed floods nobody."""
        wants, stored = reader.wants, reader.stored
        if wants.wanted != EVERYTHING:
            found = untold.unwanted(self._connection, stored, wants.topics, wants.wanted, self._shelf)
            filters.leave_out(self._connection, stored.id, found, self._now)

    def _digest_now(self, reader: Reader, slot: datetime) -> Run | None:
        wants = reader.wants
        pending = untold.pending(self._connection, reader.stored, wants.topics, wanted=wants.wanted, shelf=self._shelf)
        is_new = any(each.verdict == "new" for each in pending)
        if not is_new and not changes.is_reason(self._connection, reader.stored, wants.topics, self._changed_after):
            return None
        return self._digest(reader, slot)

    def _missed_slots(self, reader: Reader) -> list[datetime]:
        """The slots that have come and were not planned, ascending."""
        now, stored = self._now, reader.stored
        since = max(stored.registered_at, now - LOOK_BACK)
        slots = reader.wants.calendar.slots_between(since, now)
        done = {slot for slot in self._done[stored.id] if slot >= since}
        last = max((slot for slot in done if slot <= now), default=since)  # later ones: the clock was ahead once
        return [slot for slot in slots if slot not in done and slot > last]

    def _digest_of_slots(self, reader: Reader, missed: Sequence[datetime]) -> Run | None:
        """The digest of the newest of these slots, which tells what the older ones were to tell."""
        if not missed:
            return None
        *older, newest = missed
        if older:
            email, slot = reader.stored.email, reader.wants.slot(newest)
            folded = counted(len(older), "missed slot is", "missed slots are")
            logger.warning("%s: %s folded into that of %s", email, folded, slot)
            digests.fold(self._connection, reader.stored.id, older, self._now)
        return self._digest(reader, newest, reports_nothing=reader.wants.reports_nothing)

    def _digest(self, reader: Reader, slot: datetime, *, reports_nothing: bool = False) -> Run | None:
        wants, now = reader.wants, self._now
        following = wants.calendar.next_slot(now)
        return digests.plan(
            self._connection,
            reader.stored,
            slot=slot,
            topics=wants.topics,
            now=now,
            expires_at=min(following, now + GIVE_UP) if following else now + GIVE_UP,
            wanted=wants.wanted,
            reports_nothing=reports_nothing,
            shelf=self._shelf,
            changed_after=self._changed_after,
        )

    def _alert(self, reader: Reader, taken: Filter | None) -> Run | None:
        """What the subscriber wants to be told at once, if there is any besides what a digest has `taken`."""
        wants, now = reader.wants, self._now
        if wants.urgent is None:
            return None
        return digests.plan_alert(
            self._connection,
            reader.stored,
            topics=wants.topics,
            now=now,
            expires_at=now + GIVE_UP,
            urgent=wants.urgent,
            taken=taken,
            shelf=self._shelf,
        )
