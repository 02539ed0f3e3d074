"""When a source is asked again."""

from datetime import timedelta

import pytest

from crawler.answers import max_age
from crawler.rhythm import LONGEST_BACK_OFF, Rhythm, Window, back_off, gap, pace_of
from storage.model import Pace
from tests.support.rounds import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RHYTHM = Rhythm(15 * MINUTE, 2 * HOUR)
WEEK = Rhythm(15 * MINUTE, 2 * HOUR, (Window(NOON, NOON + 7 * DAY, 5 * MINUTE),))


def every(pause: timedelta, number: int) -> list[timedelta]:
    return [pause * (each + 1) for each in range(number)]


@pytest.mark.parametrize(
    ("pause", "number", "wait"),
    [
        (timedelta(minutes=2), 50, 15 * MINUTE),
        (timedelta(hours=1), 50, 30 * MINUTE),
        (timedelta(hours=1), 2, 30 * MINUTE),
        (timedelta(days=9), 5, 2 * HOUR),
    ],
)
def test_a_source_is_asked_twice_between_two_articles_within_bounds(
    pause: timedelta, number: int, wait: timedelta
) -> None:
    pace = pace_of([NOON - each for each in every(pause, number)], NOON, None)
    assert RHYTHM.wait(pace, NOON) == wait


def test_a_source_that_nothing_is_known_of_is_asked_often() -> None:
    assert pace_of([], NOON, None) is None
    assert RHYTHM.wait(None, NOON) == 15 * MINUTE


def test_a_source_that_published_nothing_since_it_is_watched_is_asked_ever_more_rarely() -> None:
    waits = [RHYTHM.wait(pace_of([], NOON + after, NOON), NOON + after) for after in (MINUTE, HOUR, 2 * HOUR, DAY)]
    assert waits == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]


def test_a_burst_makes_a_quiet_source_asked_often_and_silence_makes_it_rare_again() -> None:
    old = [NOON - DAY * each for each in range(1, 20)]
    burst = [NOON - MINUTE * each for each in range(1, 11)]
    pace = pace_of(old + burst, NOON, None)
    assert pace is not None
    assert gap(pace, NOON) == MINUTE
    assert gap(pace, NOON + DAY) > 2 * HOUR


def test_dates_in_the_future_make_no_pace() -> None:
    assert pace_of([NOON + DAY, NOON - HOUR], NOON, None) == Pace(NOON - HOUR, 1)


def test_a_clock_that_is_set_back_makes_no_wait_longer() -> None:
    assert RHYTHM.wait(Pace(NOON + 400 * DAY, 3), NOON) == 15 * MINUTE


def test_in_a_release_week_every_source_is_asked_often() -> None:
    slow = Pace(NOON - 30 * DAY, 1)
    assert WEEK.wait(slow, NOON - MINUTE) == 2 * HOUR
    assert WEEK.wait(slow, NOON) == 5 * MINUTE
    assert WEEK.wait(slow, NOON + 7 * DAY) == 2 * HOUR
    assert WEEK.next_change(NOON - MINUTE) == NOON
    assert WEEK.next_change(NOON) is None


@pytest.mark.parametrize(
    ("fresh", "usual", "in_the_week"),
    [
        (timedelta(minutes=10), 15 * MINUTE, 10 * MINUTE),
        (timedelta(minutes=40), 40 * MINUTE, 15 * MINUTE),
        (timedelta(days=365), 2 * HOUR, 15 * MINUTE),
    ],
)
def test_what_a_server_says_of_freshness_is_believed_within_bounds(
    fresh: timedelta, usual: timedelta, in_the_week: timedelta
) -> None:
    busy = Pace(NOON, 10)
    assert RHYTHM.wait(busy, NOON, fresh=fresh) == usual
    assert WEEK.wait(busy, NOON, fresh=fresh) == in_the_week


def test_a_failing_source_is_asked_ever_more_rarely_but_once_a_day_at_least() -> None:
    waits = [back_off(fails, lambda: 0.0) for fails in range(14)]
    assert waits[:4] == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_BACK_OFF == DAY
    assert back_off(10**6, lambda: 0.0) == DAY


def test_failing_sources_do_not_come_back_together() -> None:
    assert [back_off(2, lambda chance=chance: chance) for chance in (0.0, 0.5, 1.0)] == [  # type: ignore[misc]
        HOUR,
        HOUR * 0.875,
        HOUR * 0.75,
    ]


@pytest.mark.parametrize(
    ("header", "age", "seconds"),
    [
        (None, None, 0),
        ("max-age=600", None, 600),
        ("public, max-age=600, s-maxage=900", "60", 540),
        ('private,MAX-AGE="120"', None, 120),
        ("max-age=60", "600", 0),
        ("no-cache, max-age=600", None, 0),
        ("max-age=600, no-store", None, 0),
        ("max-age=-1", None, 0),
        ("max-age=99999999999999999999", None, 999_999_999),
        ("max-age = 30", "later", 30),
    ],
)
def test_cache_control_is_read_as_rfc_9111_says(header: str | None, age: str | None, seconds: int) -> None:
    assert max_age(header, age) == timedelta(seconds=seconds)
