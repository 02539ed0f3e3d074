"""A clock that the test sets."""

from datetime import datetime, timedelta


class Clock:
    """Stands still until the test moves it; call it as `now`."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        """Moves by a timedelta's words; negative ones set the clock back."""
        self.at += timedelta(**by)
        return self.at
