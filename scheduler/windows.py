"""Calendar windows: days on which digests have another schedule, a release week say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from scheduler.errors import ConfigurationError
from scheduler.rhythm import Days
from scheduler.slots import ONE_DAY, Schedule, checked_schedule, next_slot, parse_schedule, slot_of_day, slots_between


class DigestWindowSection(Days):
    """[[windows]] and [[subscribers.windows]]: days of the reader's zone."""

    digest: Annotated[str | list[str], BeforeValidator(checked_schedule)] = "immediate"


@dataclass(frozen=True, slots=True)
class Window:
    """Another schedule from an instant on until another."""

    begin: datetime
    end: datetime
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Calendar:
    """A subscriber's schedule with its windows; where his own meet those for all, his own count.

    A slot belongs to the schedule of its instant. What was found is pending until some run tells it, whatever the
    schedule was, so at a window's edges nothing is lost and nothing told twice.
    """

    usual: Schedule
    zone: ZoneInfo
    windows: tuple[Window, ...] = ()

    def at(self, moment: datetime) -> Schedule:
        found = (each.schedule for each in self.windows if each.begin <= moment < each.end)
        return next(found, self.usual)

    def slots_between(self, after: datetime, until: datetime) -> list[datetime]:
        """The slots in (after, until], ascending, in UTC."""
        schedules = {self.usual, *(each.schedule for each in self.windows)}
        found = {
            slot
            for schedule in schedules
            for slot in slots_between(schedule, self.zone, after, until)
            if self.at(slot) == schedule
        }
        return sorted(found)

    def next_turn(self, after: datetime) -> datetime:
        """Until when no slot comes and no window begins or ends; a day ahead at most."""
        edges = [edge for each in self.windows for edge in (each.begin, each.end) if edge > after]
        ahead = after + ONE_DAY
        return min([*edges, *self.slots_between(after, ahead)[:1], ahead])

    def next_slot(self, after: datetime) -> datetime | None:
        """The first slot of the schedule that holds after an instant; None while digests are immediate."""
        return next_slot(self.at(after), self.zone, after)


def calendar(usual: Schedule, zone: ZoneInfo, sections: Sequence[DigestWindowSection]) -> Calendar:
    """The calendar of a subscriber."""
    return Calendar(usual, zone, tuple(_window(each, zone) for each in sections))


def check_overlaps(sections: Sequence[DigestWindowSection], place: str) -> None:
    """Raises ConfigurationError for days that two windows of one table claim."""
    for number, each in enumerate(sections):
        for earlier, other in enumerate(sections[:number]):
            if each.first <= other.last and other.first <= each.last:
                raise ConfigurationError(
                    f"{place}[{number}]: {each.first} to {each.last} overlaps {place.rpartition(' ')[2]}[{earlier}],"
                    f" {other.first} to {other.last}: a day has one schedule; change the days of one of them"
                )


def _window(section: DigestWindowSection, zone: ZoneInfo) -> Window:
    return Window(
        _day_begins(section.first, zone), _day_begins(section.last + ONE_DAY, zone), parse_schedule(section.digest)
    )


def _day_begins(first: date, zone: ZoneInfo) -> datetime:
    begins = slot_of_day(first, time(0), zone)
    return begins if begins is not None else _day_begins(first + ONE_DAY, zone)
