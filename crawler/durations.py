"""Durations as people write them: "90s", "15m", "2h", "7d"."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([smhd])")


def parse_duration(written: str) -> timedelta:
    """The duration; raises ValueError with what is allowed."""
    found = _DURATION.fullmatch(written.strip())
    if found is None or float(found.group(1)) == 0:
        flaw = "is no duration: write a number" if found is None else "is too short: write a number above 0"
        raise ValueError(f'{written!r} {flaw} and a unit, such as "90s", "15m", "2h" or "7d"')
    return timedelta(**{_UNITS[found.group(2)]: float(found.group(1))})
