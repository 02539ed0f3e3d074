"""Mails begin at the rate that is asked, whoever begins them."""

import asyncio
from itertools import pairwise

import pytest

from alerts.pace import Pace


class Time:
    """Goes on while somebody sleeps, and only then."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.mark.parametrize(("rate", "seconds"), [(2.0, 0.5), (1.0, 1.0), (1 / 60, 60.0)])
def test_mails_begin_one_after_the_other_also_over_several_passes(rate: float, seconds: float) -> None:
    time = Time()
    pace = Pace(time.now, time.sleep)

    async def begun() -> list[float]:
        found = []
        for _ in range(4):
            await pace.turn(rate, lambda: True)
            found.append(time.at)
        return found

    moments = [*asyncio.run(begun()), *asyncio.run(begun())]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert moments[0] == 1000.0
    assert gaps == pytest.approx([seconds] * 7)


def test_time_that_nobody_used_is_not_made_up_in_a_burst() -> None:
    time = Time()
    pace = Pace(time.now, time.sleep)
    asyncio.run(pace.turn(1.0, lambda: True))
    time.at += 3600
    for expected in (4600.0, 4601.0):
        asyncio.run(pace.turn(1.0, lambda: True))
        assert time.at == expected


def test_nobody_waits_who_does_not_want_to_go_on_or_without_a_rate() -> None:
    time = Time()
    pace = Pace(time.now, time.sleep)
    for _ in range(3):
        asyncio.run(pace.turn(None, lambda: True))
    asyncio.run(pace.turn(0.001, lambda: True))
    asyncio.run(pace.turn(0.001, lambda: time.at < 1002))
    assert time.at == 1002
