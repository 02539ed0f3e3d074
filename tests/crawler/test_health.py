"""Whether a source is well, by what it answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.health import assess
from storage.model import Ailment, Source
from tests.support.rounds import NOON

DAY = timedelta(days=1)
WELL = Source(
    id=1,
    outlet="journal",
    kind="feed",
    url="https://journal.example/rss",
    etag=None,
    last_modified=None,
    next_due=NOON,
    not_before=None,
    fails=0,
    last_tried=NOON,
    last_ok=NOON,
    last_items=30,
    last_error=None,
    samples=("article",) * 10,
)
MONTH = [30] * 20


def ailment(*, days: list[int] = MONTH, **state: Any) -> Ailment | None:
    return assess(replace(WELL, **state), days, NOON, DAY)


def failing(since: timedelta, hindrance: str = "timeout", status: int | None = None) -> dict[str, Any]:
    return {"fails": 3, "failing_since": NOON - since, "hindrance": hindrance, "status": status}


def test_a_source_that_answers_as_ever_is_well() -> None:
    assert ailment() is None
    assert ailment(samples=()) is None
    assert ailment(last_items=None, days=[], samples=()) is None


def test_a_source_may_fail_for_a_while() -> None:
    assert ailment(**failing(DAY - timedelta(seconds=1))) is None
    assert ailment(**failing(DAY)) == Ailment("silent", "timeout")
    assert ailment(**failing(9 * DAY, "http", 503)) == Ailment("silent", "http", 503)


@pytest.mark.parametrize("hindrance", ["unreadable", "consent", "login", "challenge", "soft_404", "empty"])
def test_a_source_that_answers_with_something_else_is_degraded_at_once_and_silent_in_time(hindrance: str) -> None:
    assert ailment(**failing(timedelta(0), hindrance)) == Ailment("degraded", hindrance)
    assert ailment(**failing(DAY, hindrance)) == Ailment("silent", hindrance)


@pytest.mark.parametrize(
    ("items", "days", "found"),
    [
        (0, MONTH, Ailment("degraded", "no_items", items=0, usual=30)),
        (0, [30], Ailment("degraded", "no_items", items=0, usual=30)),
        (0, [0, 0, 0, 0, 5], None),
        (0, [0, 0], Ailment("degraded", "no_items", items=0, usual=0)),
        (7, MONTH, Ailment("degraded", "few_items", items=7, usual=30)),
        (8, MONTH, None),
        (7, [30, 30], None),
        (1, [7] * 20, None),
        (7, [*MONTH, *[7] * 21], None),
    ],
)
def test_a_source_that_names_far_less_than_it_used_to_is_degraded(
    items: int, days: list[int], found: Ailment | None
) -> None:
    assert ailment(last_items=items, days=days) == found


def test_a_news_sitemap_may_be_empty_from_the_first_day() -> None:
    assert ailment(kind="news_sitemap", last_items=0, days=[0, 0]) is None
    assert ailment(kind="news_sitemap", last_items=0, days=[9, 9, 0]) is not None


def test_what_a_source_that_names_nothing_answered_is_said() -> None:
    assert ailment(last_items=0, hindrance="consent") == Ailment("degraded", "consent", items=0, usual=30)


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        (("consent",) * 5, Ailment("degraded", "consent")),
        (("article",) * 5 + ("empty", "login", "login", "empty", "login"), Ailment("degraded", "login")),
        (("consent",) * 3, Ailment("degraded", "consent")),
        (("article",) * 5 + ("challenge",) * 3, Ailment("degraded", "challenge")),
        (("consent",) * 2, None),
        (("consent", "consent", "challenge"), None),
        (("login",) * 4, None),
        (("consent",) * 9 + ("article",), None),
        (("http",) * 5, Ailment("degraded", "http")),
    ],
)
def test_a_source_whose_latest_pages_are_no_articles_is_degraded(
    samples: tuple[str, ...], found: Ailment | None
) -> None:
    assert ailment(samples=samples) == found
