"""A database at the current schema: SQLite always, PostgreSQL where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.support.newsroom import newsroom
from tests.support.postgresql import any_newsroom


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with any_newsroom(request, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """For promises that only SQLite has to keep."""
    with newsroom(tmp_path) as database:
        yield database
