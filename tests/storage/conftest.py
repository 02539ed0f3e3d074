"""A database at the current schema: SQLite always, PostgreSQL where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.support import postgresql
from tests.support.newsroom import newsroom


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = newsroom(tmp_path)
    else:
        opened = postgresql.newsroom(request.getfixturevalue("postgresql"))
    with opened as database:
        yield database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """For promises that only SQLite has to keep."""
    with newsroom(tmp_path) as database:
        yield database
