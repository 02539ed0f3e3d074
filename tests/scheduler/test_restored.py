"""An old backup that is restored mails nothing until an operator says so."""

import asyncio
import shutil
from pathlib import Path

import pytest

from scheduler.jobs import Jobs
from storage import epoch, mailing, operating
from storage.database import Database
from storage.operating import Demand
from tests.scheduler.conftest import JobsOf
from tests.support.clock import Clock
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import newsroom, publish

TEXT = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
key_file = "{folder}/veilleur.key"
[[subscribers]]
email = "anne@fil.example"
digest = "daily 08:00"
"""


def tick(jobs: Jobs) -> None:
    jobs.plan_due()
    asyncio.run(jobs.deliver())


def backup(database: Database, folder: Path) -> Path:
    """A copy as an administrator makes it: the database alone."""
    assert database.file is not None
    copy = folder / "backup.db"
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(database.file, copy)
    return copy


def restore(database: Database, copy: Path) -> None:
    assert database.file is not None
    database.close()
    for name in ("-wal", "-shm"):
        database.file.with_name(database.file.name + name).unlink(missing_ok=True)
    shutil.copy(copy, database.file)


def holds(database: Database) -> list[str]:
    with database.read() as connection:
        return [each.reason for each in mailing.holds(connection) if each.kind == "restored"]


def resume(jobs: Jobs) -> None:
    with jobs.database.write() as connection:
        operating.resume_all(connection, Demand("anne", jobs.now()))
    assert jobs.post.epoch is not None
    epoch.adopt(jobs.database, jobs.post.epoch)


def test_an_old_backup_mails_nothing_until_it_is_resumed_and_then_only_what_it_does_not_know_as_sent(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer() as server:
        jobs = jobs_of(text=TEXT.format(port=server.port, folder=tmp_path))
        tick(jobs)
        publish(database, 1, clock())
        clock.forward(hours=1)
        tick(jobs)
        copy = backup(database, tmp_path)
        publish(database, 2, clock())
        clock.forward(days=1)
        tick(jobs)
        assert (len(server.mails), holds(database)) == (2, [])

        restore(database, copy)
        jobs = jobs_of(text=TEXT.format(port=server.port, folder=tmp_path))
        publish(database, 2, clock())
        for _ in range(3):
            clock.forward(minutes=20)
            tick(jobs)
        assert len(server.mails) == 2
        assert "old backup" in holds(database)[0]
        assert caplog.text.count("`veilleur deliveries resume`") == 1
        clock.forward(hours=1)
        tick(jobs)
        assert caplog.text.count("`veilleur deliveries resume`") == 2

        resume(jobs)
        tick(jobs)
        assert (len(server.mails), holds(database)) == (3, [])
        publish(database, 3, clock())
        clock.forward(days=1)
        tick(jobs)
        assert (len(server.mails), holds(database)) == (4, [])


def test_a_database_that_is_new_or_without_its_file_where_mails_went_out_is_held(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    with ScriptedServer() as server:
        jobs = jobs_of(text=TEXT.format(port=server.port, folder=tmp_path))
        empty = shutil.copy(backup(database, tmp_path), tmp_path / "empty.db")
        tick(jobs)
        publish(database, 1, clock())
        clock.forward(hours=1)
        tick(jobs)
        assert len(server.mails) == 1
        current = shutil.copy(backup(database, tmp_path), tmp_path / "current.db")

        assert jobs.post.epoch is not None
        jobs.post.epoch.rename(tmp_path / "elsewhere")
        publish(database, 2, clock())
        clock.forward(days=1)
        tick(jobs)
        assert "is not beside the database" in holds(database)[0]

        (tmp_path / "elsewhere").rename(jobs.post.epoch)
        restore(database, Path(current))
        tick(jobs)
        assert holds(database) == []
        restore(database, Path(empty))
        tick(jobs)
        assert "not the one that mails went out from" in holds(database)[0]
    assert len(server.mails) == 1


def test_a_crash_between_row_and_file_holds_nothing(tmp_path: Path, clock: Clock) -> None:
    with newsroom(tmp_path) as database:
        file = epoch.file_of(database, tmp_path)
        epoch.advance(database, file)
        before = file.read_bytes()
        epoch.advance(database, file)
        file.write_bytes(before)
        assert not epoch.guard(database, file, clock())
        file.write_text("?")
        assert epoch.guard(database, file, clock())
