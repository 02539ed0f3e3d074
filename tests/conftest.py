"""What tests of several rooms share: servers, and how invented data is made."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgresql import server

settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("always the same", settings.get_profile("searching"), derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    """New invented data only with `make soak`: a change is not blamed for what chance finds."""
    settings.load_profile("always the same" if config.option.markexpr == "not soak" else "searching")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a database on a PostgreSQL server; the test is skipped where there is none."""
    with server() as url:
        if url is None:
            pytest.skip("no PostgreSQL is installed, and VEILLEUR_TEST_POSTGRESQL names none")
        yield url
