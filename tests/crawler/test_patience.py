"""When a server that asked for rest may be asked again (end to end: test_watching)."""

from datetime import timedelta

import pytest

from crawler.patience import LONGEST_WAIT, WITHOUT_HEADER, retry_after
from tests.support.rounds import NOON


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
