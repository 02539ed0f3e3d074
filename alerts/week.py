"""The week in numbers: how many mentions appeared on each day, and in which outlets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.entries import Names, moment, outlet
from alerts.model import Day, Week
from storage.model import StoredMention

DAYS = 7
LATE = 12  # from this hour of its slot on, a digest's own day counts


def days_of(slot: datetime, zone: ZoneInfo) -> tuple[date, ...]:
    """The seven days that a digest of that slot looks back on, in the reader's zone."""
    local = slot.astimezone(zone)
    last = local.date() if local.hour >= LATE else local.date() - timedelta(days=1)
    return tuple(last - timedelta(days=back) for back in range(DAYS - 1, -1, -1))


def week_of(found: Sequence[StoredMention], slot: datetime, zone: ZoneInfo, names: Names) -> Week | None:
    """The articles of these mentions that appeared in the week; None when there are none. An article counts on the day
    of its publication, one without a date on the day on which it was found; once, whatever topics it concerns."""
    days = days_of(slot, zone)
    articles = _articles(each for each in found if each.found_at <= slot)
    dated = [(moment(each).astimezone(zone).date(), each) for each in articles]
    of_week = [(day, each) for day, each in dated if days[0] <= day <= days[-1]]
    if not of_week:
        return None
    counts = Counter((day, each.verdict) for day, each in of_week)
    outlets = Counter(outlet(each, names) for _, each in of_week)
    return Week(
        tuple(Day(day, counts[day, "new"], counts[day, "duplicate"]) for day in days),
        tuple(sorted(outlets.items(), key=lambda pair: (-pair[1], pair[0].casefold()))),
    )


def _articles(found: Iterable[StoredMention]) -> Iterable[StoredMention]:
    """A mention of each article: one that is news, if any is, and of equals the first."""
    ordered = sorted(found, key=lambda each: (each.verdict == "new", -each.id))
    return {each.article_id: each for each in ordered}.values()
