"""Slots: the instants at which a subscriber's digest is due.

APScheduler's CronTrigger runs 02:30 twice when clocks go back, and a daily job between 00:00 and 00:59 loses the day
after they go forward; so slots are computed here: exactly one a local day, at the first instant that the day's clock
shows the time, or, where the clock jumps over it, at the first instant after the jump.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["immediate", "hourly", "daily", "weekly"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALLOWED = '"immediate", "hourly", "daily HH:MM" or "weekly mon HH:MM"'
_DAILY = re.compile(r"daily\s+(\d{1,2}):(\d{2})")
_WEEKLY = re.compile(r"weekly\s+(\w{3})\w*\s+(\d{1,2}):(\d{2})")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When digests are due; `weekday` counts from Monday, 0."""

    kind: Kind
    at: time = time(0)
    weekday: int = 0


def parse_schedule(written: str) -> Schedule:
    """Reads a schedule as the configuration writes it; raises ValueError with what is allowed."""
    text = written.strip().lower()
    if text in ("immediate", "hourly"):
        return Schedule("immediate" if text == "immediate" else "hourly")
    try:
        if found := _DAILY.fullmatch(text):
            return Schedule("daily", time(int(found[1]), int(found[2])))
        if found := _WEEKLY.fullmatch(text):
            return Schedule("weekly", time(int(found[2]), int(found[3])), WEEKDAYS.index(found[1]))
    except ValueError:
        pass
    raise ValueError(f"{written!r} is no schedule: allowed are {ALLOWED}")


def slots_between(schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """The slots in (after, until], ascending, in UTC; none for an immediate schedule."""
    if schedule.kind == "immediate":
        return []
    found = _hours(after, until) if schedule.kind == "hourly" else _days(schedule, zone, after, until)
    return sorted({slot for slot in found if after < slot <= until})


def next_slot(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first slot after an instant; None for an immediate schedule."""
    return next(iter(slots_between(schedule, zone, after, after + timedelta(days=9))), None)


def _hours(after: datetime, until: datetime) -> Iterator[datetime]:
    slot = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while slot <= until:
        yield slot
        slot += timedelta(hours=1)


def _days(schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    day = after.astimezone(zone).date() - ONE_DAY
    last = until.astimezone(zone).date() + ONE_DAY
    while day <= last:
        if schedule.kind == "daily" or day.weekday() == schedule.weekday:
            slot = slot_of_day(day, schedule.at, zone)
            if slot is not None:
                yield slot
        day += ONE_DAY


def slot_of_day(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The instant, in UTC, at which a local day's clock first shows `at`; None for a day that a zone left out."""
    if _instant(datetime.combine(day, time(0)), zone) == _instant(datetime.combine(day + ONE_DAY, time(0)), zone):
        return None
    return _instant(datetime.combine(day, at), zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # The clock jumped over this time: the two folds lie around the jump (PEP 495); find it to the second.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early
    jumped = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle in (before, after):
            break
        if middle.astimezone(zone).utcoffset() == jumped:
            after = middle
        else:
            before = middle
    return after
