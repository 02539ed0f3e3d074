"""When a source is asked again: by its own pace, by its server's word, and ever more rarely while it fails."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.outlets import Outlet
from storage.model import Pace, Source

FIRST_BACK_OFF = timedelta(minutes=15)
LONGEST_BACK_OFF = timedelta(hours=24)
LATEST = 10  # publications that make a pace


@dataclass(frozen=True, slots=True)
class Window:
    """A time, from `first` until before `last`, in which sources are asked at least once an `interval`."""

    first: datetime
    last: datetime
    interval: timedelta


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The bounds between which each source has its own interval."""

    shortest: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=2)
    windows: tuple[Window, ...] = ()

    def wait(self, pace: Pace | None, now: datetime, *, fresh: timedelta = timedelta(0)) -> timedelta:
        """How long a source that was read is left alone: half of what passes between two of its publications.

        `fresh` is how long its server says that the answer stays good (Cache-Control); beyond the longest interval it
        is not believed, since many a server says a year of everything.
        """
        usual = self.shortest if pace is None else min(max(gap(pace, now) / 2, self.shortest), self.longest)
        window = self.window(now)
        if window is None:
            return max(usual, min(fresh, self.longest))
        return max(min(usual, window), min(fresh, self.shortest))

    def longest_wait(self, now: datetime) -> timedelta:
        """The longest that `wait` says now, whatever the source."""
        window = self.window(now)
        return max(self.shortest, self.longest if window is None else window)

    def window(self, now: datetime) -> timedelta | None:
        """The shortest interval of the windows that are open."""
        return min((each.interval for each in self.windows if each.first <= now < each.last), default=None)

    def next_change(self, now: datetime) -> datetime | None:
        """When the next window opens: nothing may sleep beyond that."""
        return min((each.first for each in self.windows if each.first > now), default=None)


USUAL = Rhythm()


def rhythm_of(outlet: Outlet, rhythm: Rhythm) -> Rhythm:
    """An outlet's own interval always stands; else the rhythm of all."""
    return rhythm if outlet.interval is None else Rhythm(outlet.interval, outlet.interval)


def longest_waits(outlets: Iterable[Outlet], rhythm: Rhythm, now: datetime) -> Callable[[Source], timedelta]:
    """How long a source that was read may be left alone by what is configured now; without a bound where its outlet is
    none of these."""
    longest = {each.id: rhythm_of(each, rhythm).longest_wait(now) for each in outlets}
    return lambda source: longest.get(source.outlet, timedelta.max)


def gap(pace: Pace, now: datetime) -> timedelta:
    """The mean time between a source's latest publications, which grows while it is silent."""
    return max(now - pace.since, timedelta(0)) / pace.items


def pace_of(published: Iterable[datetime], now: datetime, watched_since: datetime | None) -> Pace | None:
    """The pace of a source by its latest publications; None when nothing is known of it yet.

    A source that published nothing since it is watched has the pace of one publication since then.
    """
    latest = sorted((each for each in published if each <= now), reverse=True)[:LATEST]
    if latest:
        return Pace(latest[-1], len(latest))
    return Pace(watched_since, 1) if watched_since is not None else None


def back_off(fails: int, chance: Callable[[], float]) -> timedelta:
    """How long a source that failed once more is left alone: a quarter of an hour, doubled with each of the `fails`
    before, a day at most; less up to a quarter of it by `chance` (0 to 1), lest all come back at once."""
    longest: timedelta = min(FIRST_BACK_OFF * 2.0 ** min(fails, 10), LONGEST_BACK_OFF)
    return longest * (1 - 0.25 * chance())
