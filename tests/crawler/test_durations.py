"""Durations as people write them."""

from datetime import timedelta

import pytest

from crawler.durations import parse_duration


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1.5h", timedelta(minutes=90)),
        (" 7 d ", timedelta(days=7)),
    ],
)
def test_a_number_and_a_unit_make_a_duration(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize("written", ["", "15", "m", "15 minutes", "-5m", "1h30m", "5w", "9999999999d", "٣m"])
def test_anything_else_is_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(ValueError, match=r'write a number and a unit, such as "90s", "15m", "2h" or "7d"'):
        parse_duration(written)


@pytest.mark.parametrize("written", ["0s", "0.0 h"])
def test_no_time_at_all_is_told_from_what_is_no_duration(written: str) -> None:
    with pytest.raises(ValueError, match=r"is too short: write a number above 0 and a unit"):
        parse_duration(written)
