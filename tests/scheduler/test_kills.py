"""A process that is killed anywhere between planning a digest and knowing that it is sent loses nothing, tells nothing
twice, and leaves a doubt on record wherever a mail may be out."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from scheduler import config
from scheduler.jobs import Jobs
from storage import deliveries
from storage.database import Database
from storage.model import DeliveryState
from storage.schema import delivery, delivery_attempt, digest_item, digest_run
from tests.scheduler.conftest import MONDAY
from tests.support.clock import Clock
from tests.support.kills import halted_at, killed_at
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import newsroom, publish

READERS = ("anne@fil.example", "ben@fil.example")
TEXT = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
connections = 1
"""
READER = '[[subscribers]]\nemail = "{}"\ndigest = "daily 07:30"\n'
ARTICLES = 2
CLAIM = "UPDATE delivery, INSERT delivery_attempt"
OUTCOME = "UPDATE delivery, UPDATE delivery_attempt"
SOME = (
    "after INSERT digest_run",
    "after INSERT delivery",
    "after the commit of INSERT mail_epoch",
    f"after the commit of {CLAIM}",
    "after the commit of UPDATE delivery_attempt",
    f"before the commit of {OUTCOME}",
)
ALL = range(1000)


def tick(folder: Path, later: timedelta = timedelta(0)) -> None:
    """One tick of a daemon, an hour after the readers were registered."""
    configuration = config.load(str(folder / "veilleur.toml"), {})
    database = Database(f"sqlite:///{folder}/veilleur.db")
    jobs = Jobs(configuration, database, now=Clock(MONDAY + timedelta(hours=1) + later))
    jobs.plan_due()
    asyncio.run(jobs.deliver())
    database.close()


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as opened:
        yield opened


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, server: ScriptedServer) -> Path:
    """A folder of a watch that has articles and readers, and told nobody yet."""
    folder = tmp_path_factory.mktemp("before")
    text = TEXT.format(port=server.port) + "".join(map(READER.format, READERS))
    (folder / "veilleur.toml").write_text(text, encoding="utf-8")
    with newsroom(folder) as database:
        Jobs(config.load(str(folder / "veilleur.toml"), {}), database, now=Clock(MONDAY)).register_subscribers()
        for number in range(ARTICLES):
            publish(database, number + 1, MONDAY)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.mark.parametrize("moments", [SOME, pytest.param(ALL, marks=pytest.mark.soak)], ids=["some", "all"])
def test_a_kill_at_any_moment_loses_nothing_and_repeats_only_what_is_in_doubt(
    moments: Sequence[int | str], before: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    kills = 0
    for kills, moment in enumerate(moments):
        server.mails.clear()
        folder = tmp_path / str(kills)
        shutil.copytree(before, folder)
        killed = killed_at(moment, tick, folder)
        if killed is None:
            break
        with opened(folder) as database:
            assert no_run_is_half_planned(database), killed
        for later in (timedelta(0), timedelta(minutes=16), timedelta(days=1)):
            tick(folder, later)
        with opened(folder) as database:
            assert is_whole(database), killed
            for reader in READERS:
                copies = [mail.data for mail in server.accepted if mail.recipient == reader]
                assert len(copies) == 1 or (len(copies) == 2 and doubts(database, reader) == 1), killed
                assert len(set(copies)) == 1, killed
    assert kills >= len(SOME) - 1


def test_a_leader_that_slept_past_its_lease_sends_nothing_that_another_sent(
    before: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    server.mails.clear()
    folder = tmp_path / "watch"
    shutil.copytree(before, folder)
    with halted_at(f"after the commit of {CLAIM}", tick, folder) as sleeper:
        tick(folder, timedelta(minutes=16))
        assert sorted(mail.recipient for mail in server.accepted) == [*READERS]
        assert sleeper.pid
        os.kill(sleeper.pid, signal.SIGCONT)
        sleeper.join(30)
        assert sleeper.exitcode == 0
    assert len(server.mails) == len(READERS)
    with opened(folder) as database:
        assert is_whole(database)
        assert [doubts(database, reader) for reader in READERS] == [0, 0]
        with database.read() as connection:
            late = connection.execute(select(delivery_attempt.c.outcome).where(delivery_attempt.c.fence == 1)).scalars()
            assert "late:pending" in set(late)


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/veilleur.db")
    try:
        yield database
    finally:
        database.close()


def no_run_is_half_planned(database: Database) -> bool:
    with database.read() as connection:
        planned = connection.execute(select(digest_run.c.id).where(digest_run.c.state == "planned")).scalars().all()
        frozen = connection.execute(select(digest_item.c.run_id, func.count()).group_by(digest_item.c.run_id)).all()
        waiting = [each.run_id for each in deliveries.all_deliveries(connection)]
    return sorted(waiting) == sorted(planned) and {tuple(row) for row in frozen} == {(run, ARTICLES) for run in planned}


def is_whole(database: Database) -> bool:
    with database.read() as connection:
        told = connection.execute(select(func.count()).select_from(digest_item)).scalar_one()
        states = {each.state for each in deliveries.all_deliveries(connection)}
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        linked = not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return (told, states, sound, linked) == (ARTICLES * len(READERS), {DeliveryState.SENT}, True, True)


def doubts(database: Database, reader: str) -> int:
    """How many tries to write to him are on record as doubtful."""
    of_reader = select(delivery.c.id).where(delivery.c.recipient == reader)
    tries = select(delivery_attempt.c.outcome).where(delivery_attempt.c.delivery_id.in_(of_reader))
    with database.read() as connection:
        return connection.execute(tries).scalars().all().count("unknown")
