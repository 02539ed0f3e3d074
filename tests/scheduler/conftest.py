"""The daemon's work on a database and a clock of the test's own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import config
from scheduler.jobs import Jobs
from storage.database import Database
from tests.support.clock import Clock
from tests.support.newsroom import newsroom

MONDAY = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)  # 07:00 in Paris
JobsOf = Callable[..., Jobs]


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with newsroom(tmp_path) as opened:
        yield opened


@pytest.fixture
def jobs_of(tmp_path: Path, database: Database, clock: Clock) -> JobsOf:
    """Makes jobs from a schedule or from a whole configuration; mails go into tmp_path/outbox."""

    def made(digest: str = "daily 08:00", *, text: str | None = None, environ: dict[str, str] | None = None) -> Jobs:
        file = tmp_path / "veilleur.toml"
        mail = f'[mail]\noutbox = "{tmp_path}/outbox"\nsender = "Veilleur <veilleur@fil.example>"\n'
        mail += f'[feed]\nfile = "{tmp_path}/veilleur.atom"\nentries = 3\n'
        reader = f'[[subscribers]]\nemail = "anne@fil.example"\ndigest = "{digest}"\n'
        file.write_text(mail + reader if text is None else text, encoding="utf-8")
        return Jobs(config.load(str(file), environ or {}), database, now=clock)

    return made
