"""Dates as pages write them."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.dates import find_date, parse_date


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-03-01T08:00:00Z", datetime(2024, 3, 1, 8, 0, tzinfo=UTC)),
        ("2024-03-01T08:00:00+01:00", datetime(2024, 3, 1, 7, 0, tzinfo=UTC)),
        ("2024-03-01T08:00:00.123+0100", datetime(2024, 3, 1, 7, 0, tzinfo=UTC)),
        ("2024-03-01T08:00", datetime(2024, 3, 1, 7, 0, tzinfo=UTC)),
        ("2024-07-01T08:00", datetime(2024, 7, 1, 6, 0, tzinfo=UTC)),
        ("2024-03-01", datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
        ("20240301", datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
        ("Fri, 01 Mar 2024 08:00:00 +0100", datetime(2024, 3, 1, 7, 0, tzinfo=UTC)),
        ("Fri, 01 Mar 2024 08:00:00 GMT", datetime(2024, 3, 1, 8, 0, tzinfo=UTC)),
        ("2024-03-01 08:00:00+01", datetime(2024, 3, 1, 7, 0, tzinfo=UTC)),
        ("2024-03-01 08:00:00 UTC", datetime(2024, 3, 1, 8, 0, tzinfo=UTC)),
        ("2024-03-01t08:00:00z", datetime(2024, 3, 1, 8, 0, tzinfo=UTC)),
        ("1er mars 2024 à 14 heures 05", datetime(2024, 3, 1, 13, 5, tzinfo=UTC)),
        ("1er mars 2024, 48h avant la sortie", datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
        ("01/03/2024 - 24h de direct", datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
        ("1er mars 2024 à 14h05", datetime(2024, 3, 1, 13, 5, tzinfo=UTC)),
        ("01/03/2024", datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_however_it_is_written(written: str, moment: datetime) -> None:
    assert parse_date(written) == moment


@pytest.mark.parametrize(
    "written", ["", "demain", "2024-13-45", "0001-01-01T00:00:00+14:00", "1970-01-01", "31/02/2024", "9024-03-01"]
)
def test_an_absurd_date_is_none(written: str) -> None:
    assert parse_date(written) is None


def test_the_first_date_of_a_sentence_is_found() -> None:
    found = find_date("Publié le 3 mars 2024 à 14h05, mis à jour le 4 mars 2024")
    assert found is not None
    assert found.astimezone(UTC) == datetime(2024, 3, 3, 13, 5, tzinfo=UTC)
