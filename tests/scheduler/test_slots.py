"""The instants at which digests are due: one a local day, in every zone, whatever its clocks do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from scheduler.slots import Kind, Rule, Schedule, next_slot, parse_schedule, slot_of_day, slots_between

PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
FIRST, LAST = date(2025, 12, 1), date(2027, 12, 31)
HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
A_DAY = timedelta(days=1)


def rule(kind: Kind, at: time = time(0), weekday: int = 0) -> Schedule:
    return Schedule((Rule(kind, at, weekday),))


def days(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    while first <= last:
        yield first
        first += A_DAY


@cache
def zones() -> list[str]:
    """One zone for each behaviour in these two years: most names share theirs with another."""
    found: dict[object, str] = {}
    for name in sorted(available_timezones()):
        found.setdefault(tuple(_changes(ZoneInfo(name))), name)
    return list(found.values())


def _changes(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta | None]]:
    """The zone's offset, hour by hour on the days that change it."""
    midnights = [datetime(2025, 11, 25, tzinfo=UTC) + number * A_DAY for number in range(770)]
    offsets = [midnight.astimezone(zone).utcoffset() for midnight in midnights]
    yield midnights[0], offsets[0]
    for midnight, (before, after) in zip(midnights, pairwise(offsets), strict=False):
        if before != after:
            hours = [midnight + timedelta(hours=hour) for hour in range(25)]
            yield from ((hour, hour.astimezone(zone).utcoffset()) for hour in hours)


def around_changes(zone: ZoneInfo) -> set[date]:
    """The days in whose neighbourhood the zone's clocks change, and a quiet one."""
    near = {date(2026, 1, 15)}
    for day in days():
        noons = [datetime.combine(day + shift * A_DAY, time(12), zone).utcoffset() for shift in (-1, 2)]
        if noons[0] != noons[1]:
            near.add(day)
    return near


def shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def test_every_day_of_every_zone_has_one_slot_at_every_half_hour() -> None:
    assert len(zones()) > 50
    for name in zones():
        zone = ZoneInfo(name)
        for day in around_changes(zone):
            found = [slot_of_day(day, at, zone) for at in HALF_HOURS]
            slots = [slot for slot in found if slot is not None]
            assert len(slots) == 48, (name, day)
            assert slots == sorted(slots), (name, day)
            for at, slot in zip(HALF_HOURS, slots, strict=True):
                check(slot, datetime.combine(day, at), zone)


@pytest.mark.soak
def test_every_day_of_two_years_has_one_slot_at_every_half_hour_in_every_zone() -> None:
    for name in zones():
        zone = ZoneInfo(name)
        for day in days():
            slots = [slot for at in HALF_HOURS if (slot := slot_of_day(day, at, zone)) is not None]
            assert len(slots) == 48, (name, day)
            for at, slot in zip(HALF_HOURS, slots, strict=True):
                check(slot, datetime.combine(day, at), zone)


def check(slot: datetime, wall: datetime, zone: ZoneInfo) -> None:
    """The slot shows the time for the first time that day, or stands at the first instant after a jump over it."""
    moment, second = shown(slot, zone), timedelta(seconds=1)
    if moment == wall:
        earlier = [slot - timedelta(minutes=each) for each in (30, 60, 90, 120)]  # by which clocks go back
        assert wall not in [shown(each, zone) for each in earlier], (zone, wall)
    else:
        assert shown(slot - second, zone) < wall < moment, (zone, wall)


def test_two_years_of_daily_slots_are_as_many_as_their_days() -> None:
    for name in zones():
        zone = ZoneInfo(name)
        for at in (time(0), time(2, 30), time(23, 30)):
            after = datetime.combine(FIRST, time(0), zone).astimezone(UTC) - timedelta(seconds=1)
            until = slot_of_day(LAST, at, zone)
            assert until is not None
            slots = slots_between(rule("daily", at), zone, after, until)
            assert len(slots) == (LAST - FIRST).days + 1, (name, at)
            assert all(one < other for one, other in pairwise(slots))


def test_a_time_that_the_clock_jumps_over_is_the_first_instant_after() -> None:
    assert slot_of_day(SPRING, time(2, 30), PARIS) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert slot_of_day(SPRING, time(3, 0), PARIS) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert slot_of_day(SPRING, time(3, 30), PARIS) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_the_clock_shows_twice_counts_the_first_time() -> None:
    slots = slots_between(
        rule("daily", time(2, 30)),
        PARIS,
        datetime(2026, 10, 24, 12, tzinfo=UTC),
        datetime(2026, 10, 26, 12, tzinfo=UTC),
    )
    assert slots == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_midnight_loses_no_day_after_the_spring_change() -> None:
    slots = slots_between(
        rule("daily", time(0)),
        PARIS,
        datetime(2026, 3, 27, 23, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 12, tzinfo=UTC),
    )
    assert [shown(slot, PARIS).date().day for slot in slots] == [29, 30, 31]
    weekly = slots_between(
        rule("weekly", time(0)),
        PARIS,
        datetime(2026, 3, 22, tzinfo=UTC),
        datetime(2026, 4, 12, tzinfo=UTC),
    )
    assert [shown(slot, PARIS).date() for slot in weekly] == [date(2026, 3, 23), date(2026, 3, 30), date(2026, 4, 6)]


def test_a_midnight_that_does_not_exist_is_the_days_first_instant() -> None:
    havana = ZoneInfo("America/Havana")
    slot = slot_of_day(date(2026, 3, 8), time(0), havana)
    assert slot is not None
    assert shown(slot, havana) == datetime(2026, 3, 8, 1)


def test_a_day_that_a_zone_left_out_has_no_slot() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert slot_of_day(date(2011, 12, 30), time(8), apia) is None
    slots = slots_between(
        rule("daily", time(8)),
        apia,
        datetime(2011, 12, 29, 0, tzinfo=UTC),
        datetime(2011, 12, 31, 23, tzinfo=UTC),
    )
    assert [shown(slot, apia).date().day for slot in slots] == [29, 31, 1]


def test_a_week_has_one_slot_on_its_day() -> None:
    slots = slots_between(
        parse_schedule("weekly fri 18:15"), PARIS, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)
    )
    assert {(shown(slot, PARIS).strftime("%a %H:%M")) for slot in slots} == {"Fri 18:15"}
    assert len(slots) == 5


def test_an_hour_has_one_slot_also_when_clocks_change() -> None:
    after, until = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC)
    slots = slots_between(rule("hourly"), PARIS, after, until)
    assert [slot.hour for slot in slots] == [23, 0, 1, 2, 3, 4]


def test_the_bounds_are_open_on_the_left_and_closed_on_the_right() -> None:
    daily, eight = rule("daily", time(8)), datetime(2026, 1, 15, 7, tzinfo=UTC)
    assert slots_between(daily, PARIS, eight - A_DAY, eight) == [eight]
    assert slots_between(daily, PARIS, eight, eight) == []
    assert slots_between(daily, PARIS, eight, eight - A_DAY) == []
    assert next_slot(daily, PARIS, eight) == eight + A_DAY
    assert next_slot(daily, PARIS, eight - timedelta(seconds=1)) == eight


def test_an_immediate_schedule_has_no_slots() -> None:
    immediate = parse_schedule("immediate")
    assert slots_between(immediate, PARIS, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == []
    assert next_slot(immediate, PARIS, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        ("immediate", [Rule("immediate")]),
        ("Hourly", [Rule("hourly")]),
        ("daily 08:00", [Rule("daily", time(8))]),
        (" daily  7:05 ", [Rule("daily", time(7, 5))]),
        ("daily 08:00 18:00", [Rule("daily", time(8)), Rule("daily", time(18))]),
        ("weekly Monday 23:59", [Rule("weekly", time(23, 59), 0)]),
        ("weekly sun 00:00", [Rule("weekly", time(0), 6)]),
        (
            "weekly mon, thu 09:00 17:00",
            [Rule("weekly", time(hour), day) for day in (0, 3) for hour in (9, 17)],
        ),
        (["daily 08:00", "weekly fri 17:00"], [Rule("daily", time(8)), Rule("weekly", time(17), 4)]),
        (["hourly", "hourly"], [Rule("hourly")]),
    ],
)
def test_a_schedule_is_read_as_it_is_written(written: str | list[str], rules: list[Rule]) -> None:
    assert parse_schedule(written) == Schedule(tuple(rules))


def test_several_rules_have_all_their_slots_and_none_twice() -> None:
    schedule = parse_schedule(["daily 08:00 18:00", "weekly mon,thu 08:00 12:00"])
    slots = slots_between(schedule, PARIS, datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 1, 14, tzinfo=UTC))
    assert [shown(slot, PARIS).strftime("%a %H:%M") for slot in slots] == [
        *("Mon 08:00", "Mon 12:00", "Mon 18:00"),
        *("Tue 08:00", "Tue 18:00"),
    ]


@pytest.mark.parametrize("written", [["immediate", "daily 08:00"], ["hourly", "immediate"]])
def test_immediate_stands_alone(written: list[str]) -> None:
    with pytest.raises(ValueError, match="write it alone"):
        parse_schedule(written)


def test_no_schedule_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="empty list is no schedule"):
        parse_schedule([])


@pytest.mark.parametrize(
    "written",
    [
        "",
        "daily",
        "daily 24:00",
        "daily 08:60",
        "daily 8h",
        "weekly 08:00",
        "weekly lun 08:00",
        "monthly",
        "daily 08:00 x",
        "daily 08:00, 18:00",
        "weekly mon thu 09:00",
        "weekly mon,, thu 09:00",
        "weekly mon,x 09:00",
    ],
)
def test_a_schedule_that_is_none_is_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(ValueError, match="weekly mon HH:MM") as refused:
        parse_schedule(written)
    assert repr(written) in str(refused.value)
