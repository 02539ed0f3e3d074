"""When a server may be asked again: after the rest that it asked for (end to end: test_watching), and in its turn."""

from datetime import timedelta
from itertools import pairwise

import pytest

from crawler.patience import LEAST_DELAY, LONGEST_WAIT, WITHOUT_HEADER, retry_after
from tests.support.held_up_round import HELD_UP
from tests.support.http_server import Asked, Site, content, slowly
from tests.support.press import RSS, article, feed_of
from tests.support.rounds import NOON, Stored, outlet, start

DELAY = timedelta(seconds=HELD_UP / 1.75)  # drawn half as long again, it is still shorter


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (b"120", timedelta(minutes=2)),
        (b" 0 ", timedelta(0)),
        (b"Fri, 01 Mar 2024 13:00:00 GMT", timedelta(hours=1)),
        (b"Fri, 01 Mar 2024 14:00:00 +0100", timedelta(hours=1)),
        (b"Fri, 01 Mar 2024 11:00:00 GMT", timedelta(0)),
        (b"99999999999999999999", LONGEST_WAIT),
        (b"Fri, 01 Mar 2124 11:00:00 GMT", LONGEST_WAIT),
        (None, WITHOUT_HEADER),
        (b"", WITHOUT_HEADER),
        (b"plus tard", WITHOUT_HEADER),
        (b"-5", WITHOUT_HEADER),
        (b"1.5", WITHOUT_HEADER),
        (b"\xb2", WITHOUT_HEADER),
        (b"Fri, 01 Mar 2024 13:00:00", WITHOUT_HEADER),
    ],
)
def test_seconds_or_a_date_and_a_quarter_of_an_hour_when_neither_is_readable(
    header: bytes | None, wait: timedelta
) -> None:
    assert retry_after(header, NOON) == NOON + wait


@pytest.fixture(scope="module")
def asked_while_held_up(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Asked]]:
    """What an outlet that answers slowly, and two that answer at once, were asked by a round that was held up."""
    stored, paths = Stored.in_folder(tmp_path_factory.mktemp("held-up")), [f"/page{number}" for number in range(3)]
    with Site.open() as slow, Site.open() as quick, Site.open() as late:
        sites = {"slow": slow, "quick": quick, "late": late}
        for name, site in sites.items():
            site["/feed"] = content(feed_of(site, *paths), RSS)
            for path in paths:
                site[path] = slowly(content(article("Hublot")), 0.3 if name == "slow" else 0)
        outlets = [outlet(name, site, feeds=["/feed"]) for name, site in sites.items()]
        assert start(stored.job(outlets, delay=DELAY), "tests.support.held_up_round").wait() == 0
        asked = {name: [each for each in site.requests if each.path in paths] for name, site in sites.items()}
    assert {name: len(each) for name, each in asked.items()} == dict.fromkeys(sites, len(paths))
    return asked


def test_an_outlet_is_asked_one_thing_at_a_time_though_scrapy_is_held_up(
    asked_while_held_up: dict[str, list[Asked]],
) -> None:
    for earlier, following in pairwise(asked_while_held_up["slow"]):
        assert earlier.ended <= following.began + 0.05  # the client may have it all before the server notes its end


@pytest.mark.parametrize("name", ["quick", "late"])
def test_an_outlet_keeps_its_delay_though_scrapy_is_held_up(
    asked_while_held_up: dict[str, list[Asked]], name: str
) -> None:
    for earlier, following in pairwise(asked_while_held_up[name]):
        assert following.began - earlier.began > DELAY.total_seconds() * LEAST_DELAY / 4  # which may be noted late
