"""The servers that tests of several rooms share."""

from collections.abc import Iterator

import pytest

from tests.support.postgresql import server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a database on a PostgreSQL server; the test is skipped where there is none."""
    with server() as url:
        if url is None:
            pytest.skip("no PostgreSQL is installed, and VEILLEUR_TEST_POSTGRESQL names none")
        yield url
