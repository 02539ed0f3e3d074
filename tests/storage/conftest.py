"""A database at the current schema: SQLite always, PostgreSQL where VEILLEUR_TEST_POSTGRESQL names one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from storage.database import Database
from storage.migrate import migrate
from tests.support.newsroom import newsroom

POSTGRESQL = os.environ.get("VEILLEUR_TEST_POSTGRESQL")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        with newsroom(tmp_path) as database:
            yield database
    else:
        yield from _on_postgresql()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """For promises that only SQLite has to keep."""
    with newsroom(tmp_path) as database:
        yield database


def _on_postgresql() -> Iterator[Database]:
    """A schema of this test process's own, so that processes beside it do not meet."""
    if POSTGRESQL is None:
        pytest.skip("VEILLEUR_TEST_POSTGRESQL names no database")
    schema = f"veilleur_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.execute(text(f"drop schema if exists {schema} cascade"))
        connection.execute(text(f"create schema {schema}"))
    engine.dispose()
    url = make_url(POSTGRESQL).update_query_dict({"options": f"-csearch_path={schema}"})
    database = Database(url.render_as_string(hide_password=False))
    migrate(database)
    yield database
    database.close()
