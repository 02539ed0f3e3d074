"""Whether a source is well, by what it answered: pure, on what the database remembers."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from crawler.walls import OF_THE_SITE
from storage.model import Ailment, Source

SAMPLES = 5  # pages in a row that are no article
WALLED = 3  # pages in a row that are one and the same wall: an outlet of few pages is found out too
FEW = 0.25  # of the usual number of items
DAYS = 3  # that make a usual number
LARGE = 8  # items from which a quarter of them is a loss rather than a quiet day
ARTICLE = "article"
ANSWERED = frozenset(["unreadable", "consent", "login", "challenge", "soft_404", "empty"])  # with something else


def assess(source: Source, daily_items: Sequence[int], now: datetime, patience: timedelta) -> Ailment | None:
    """What the source suffers from; None when it is well, or only stumbled.

    `daily_items` are the largest numbers of items of the days of its baseline; `patience` is how long it may fail.
    """
    if source.fails:
        return _failing(source, now, patience)
    usual = round(median(daily_items)) if daily_items else 0
    items = source.last_items
    if items == 0 and (usual > 0 or (source.kind != "news_sitemap" and not any(daily_items))):
        return Ailment("degraded", source.hindrance or "no_items", items=0, usual=usual)
    if items is not None and len(daily_items) >= DAYS and usual >= LARGE and items < FEW * usual:
        return Ailment("degraded", "few_items", items=items, usual=usual)
    return _pages(source.samples)


def _failing(source: Source, now: datetime, patience: timedelta) -> Ailment | None:
    hindrance = source.hindrance or "other"
    if source.failing_since is not None and now - source.failing_since >= patience:
        return Ailment("silent", hindrance, source.status)
    return Ailment("degraded", hindrance, source.status) if hindrance in ANSWERED else None


def _pages(samples: Sequence[str]) -> Ailment | None:
    latest = samples[-WALLED:]
    if len(latest) == WALLED and len(set(latest)) == 1 and latest[0] in OF_THE_SITE:
        return Ailment("degraded", latest[0])
    latest = samples[-SAMPLES:]
    if len(latest) < SAMPLES or ARTICLE in latest:
        return None
    return Ailment("degraded", Counter(latest).most_common(1)[0][0])
