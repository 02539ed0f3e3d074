"""Slots: the instants at which a subscriber's digest is due.

APScheduler's CronTrigger runs 02:30 twice when clocks go back, and a daily job between 00:00 and 00:59 loses the day
after they go forward; so slots are computed here: exactly one a local day and time of day, at the first instant that
the day's clock shows the time, or, where the clock jumps over it, at the first instant after the jump.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["immediate", "hourly", "daily", "weekly"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALLOWED = (
    '"immediate", "hourly", "daily HH:MM" or "weekly mon HH:MM", with several times ("daily 08:00 18:00") or days'
    ' ("weekly mon,thu 09:00")'
)
_TIMES = r"(?:\s+\d{1,2}:\d{2})+"
_DAILY = re.compile(rf"daily({_TIMES})")
_WEEKLY = re.compile(rf"weekly\s+([a-z]+(?:\s*,\s*[a-z]+)*)({_TIMES})")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """When digests are due; `weekday` counts from Monday, 0."""

    kind: Kind
    at: time = time(0)
    weekday: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a subscriber asked for: the slots of all rules together; "immediate" is a rule that stands alone."""

    rules: tuple[Rule, ...]

    @property
    def is_immediate(self) -> bool:
        return self.rules[0].kind == "immediate"

    @property
    def is_weekly(self) -> bool:
        return all(rule.kind == "weekly" for rule in self.rules)


def parse_schedule(written: str | Sequence[str]) -> Schedule:
    """Reads a schedule, or a list of them, as the configuration writes it; raises ValueError with what is allowed."""
    lines = [written] if isinstance(written, str) else written
    if not lines:
        raise ValueError(f"an empty list is no schedule: allowed are {ALLOWED}")
    rules = tuple(dict.fromkeys(rule for line in lines for rule in _rules(line)))
    if len(rules) > 1 and any(rule.kind == "immediate" for rule in rules):
        raise ValueError(f'{written!r}: with "immediate" nothing is left for another schedule: write it alone')
    return Schedule(rules)


def checked_schedule(value: object) -> object:
    """What stands for a schedule in the configuration, checked; raises ValueError with what is allowed."""
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(each, str) for each in lines):
        raise ValueError(f"write a schedule in quotes, or a list of them: allowed are {ALLOWED}")
    parse_schedule(lines)
    return value


def _rules(written: str) -> list[Rule]:
    text = written.strip().lower()
    if text in ("immediate", "hourly"):
        return [Rule("immediate" if text == "immediate" else "hourly")]
    try:
        if found := _DAILY.fullmatch(text):
            return [Rule("daily", at) for at in _times(found[1])]
        if found := _WEEKLY.fullmatch(text):
            days = [_weekday(day.strip()) for day in found[1].split(",")]
            return [Rule("weekly", at, day) for day in days for at in _times(found[2])]
    except ValueError:
        pass
    raise ValueError(f"{written!r} is no schedule: allowed are {ALLOWED}")


def _times(written: str) -> list[time]:
    return [time(int(hour), int(minute)) for hour, minute in (each.split(":") for each in written.split())]


def _weekday(written: str) -> int:
    """Three letters count, as they always did."""
    return WEEKDAYS.index(written[:3])


def slots_between(schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """The slots in (after, until], ascending, in UTC; none for an immediate schedule."""
    found = {slot for rule in schedule.rules for slot in _slots(rule, zone, after, until) if after < slot <= until}
    return sorted(found)


def next_slot(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first slot after an instant; None for an immediate schedule."""
    return next(iter(slots_between(schedule, zone, after, after + timedelta(days=9))), None)


def _slots(rule: Rule, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    if rule.kind == "immediate":
        return iter(())
    return _hours(after, until) if rule.kind == "hourly" else _days(rule, zone, after, until)


def _hours(after: datetime, until: datetime) -> Iterator[datetime]:
    slot = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while slot <= until:
        yield slot
        slot += timedelta(hours=1)


def _days(rule: Rule, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    day = after.astimezone(zone).date() - ONE_DAY
    last = until.astimezone(zone).date() + ONE_DAY
    while day <= last:
        if rule.kind == "daily" or day.weekday() == rule.weekday:
            slot = slot_of_day(day, rule.at, zone)
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
