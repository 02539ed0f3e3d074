"""What the configuration says of the crawl's rhythm: bounds, calendar windows, deadline."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crawler.durations import parse_duration
from crawler.rhythm import Rhythm, Window
from scheduler.errors import ConfigurationError

PARIS = ZoneInfo("Europe/Paris")
SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=2)
DEADLINE = timedelta(minutes=14)
LEAST_DEADLINE = timedelta(minutes=1)


def day(value: object) -> date:
    """A day as TOML has it, or in quotes."""
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f'{str(value)!r} is no day: write one such as "2026-02-25"') from error


def _duration(value: str) -> str:
    parse_duration(value)
    return value


class Days(BaseModel):
    """The days of a calendar window, the last one included."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    first: Annotated[date, BeforeValidator(day)] = Field(alias="from")
    last: Annotated[date, BeforeValidator(day)] = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"to = {self.last} is before from = {self.first}")
        return self


class WindowSection(Days):
    """[[crawl.windows]]: days of Paris."""

    interval: Annotated[str, AfterValidator(_duration)]


def rhythm(interval: str | None, longest: str | None, windows: Sequence[WindowSection], name: str) -> Rhythm:
    """The rhythm that the file `name` asks for; ConfigurationError for bounds in the wrong order."""
    shortest = parse_duration(interval) if interval else SHORTEST
    if longest and parse_duration(longest) < shortest:
        raise ConfigurationError(
            f"{name}: crawl.longest_interval = {longest!r} is shorter than crawl.interval = {interval or '15m'!r}:"
            " write the shortest pause in interval, the longest one in longest_interval"
        )
    most = parse_duration(longest) if longest else max(LONGEST, shortest)
    return Rhythm(shortest, most, tuple(map(_window, windows)))


def deadline(written: str | None, rhythm: Rhythm, interval: str | None, name: str) -> timedelta:
    """How long a round may last: a round that outlasts the interval would keep every source from its own."""
    if written is None:
        return min(DEADLINE, max(rhythm.shortest, LEAST_DEADLINE))
    asked = parse_duration(written)
    if asked > rhythm.shortest:
        raise ConfigurationError(
            f"{name}: crawl.deadline = {written!r} is longer than crawl.interval = {interval or '15m'!r}: a round would"
            " outlast the pause between two; shorten the deadline, or leave it out"
        )
    return asked


def _window(section: WindowSection) -> Window:
    return Window(
        _midnight(section.first), _midnight(section.last + timedelta(days=1)), parse_duration(section.interval)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), PARIS)
