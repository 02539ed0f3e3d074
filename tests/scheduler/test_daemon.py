"""The daemon: its jobs do not wait for each other, survive their errors, and end in order."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.delivering import always
from crawler.child import RoundReport
from scheduler import config
from scheduler.daemon import Daemon
from scheduler.jobs import Jobs
from storage import deliveries
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import DeliveryState
from storage.schema import delivery_attempt
from tests.support.mail_server import SILENCE, Phase, ScriptedServer
from tests.support.newsroom import publish

CONFIGURATION = """
[crawl]
outlets = ["own"]
[[outlets]]
id = "own"
name = "Mon Journal"
domain = "journal.example"
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
connections = 1
sender = "Veilleur <veilleur@fil.example>"
[daemon]
tick = "1s"
"""
READERS = ("anne@fil.example", "ben@fil.example", "chloe@fil.example")


@dataclass(frozen=True, slots=True)
class Watched(Jobs):
    """Jobs whose rounds, plans and ends the test sees or decides."""

    on_crawl: Callable[[], Any] | None = None
    on_plan: Callable[[], Any] | None = None
    on_planned: Callable[[], Any] | None = None

    def has_work(self) -> bool:
        return self.on_crawl is not None

    async def crawl(self, *given: Any, **words: Any) -> RoundReport:
        assert self.on_crawl
        await self.on_crawl()
        return RoundReport("done")

    def plan_due(self, go_on: Callable[[], bool] = always, *, at_once: bool = False) -> Any:
        if self.on_plan:
            self.on_plan()
        planned = super(Watched, self).plan_due(go_on, at_once=at_once)
        if self.on_planned:
            self.on_planned()
        return planned


def jobs(folder: Path, database: Database, server: ScriptedServer, **fields: Any) -> Watched:
    readers = "".join(f'[[subscribers]]\nemail = "{each}"\ndigest = "immediate"\n' for each in READERS)
    file = folder / "veilleur.toml"
    file.write_text(CONFIGURATION.format(port=server.port) + readers)
    made = Watched(config.load(str(file), {}), database, **fields)
    made.register_subscribers()
    return made


LONG = 120  # seconds: for a machine that is slow or has much else to do


def run(watched: Jobs, *, until: Callable[[], bool], then: Callable[[], object] = bool) -> None:
    """Runs the daemon and sends SIGTERM when it is `until`; does what comes `then` when the signal was heeded."""

    async def running() -> None:
        daemon = asyncio.create_task(Daemon(watched).run())
        async with asyncio.timeout(LONG):
            while not until():
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(10):
                await asyncio.sleep(0.01)
            then()
            await daemon

    asyncio.run(running())


def states(database: Database) -> dict[str, DeliveryState]:
    with database.read() as connection:
        return {each.recipient: each.state for each in deliveries.all_deliveries(connection)}


def test_the_mail_under_way_is_finished_and_the_others_wait(tmp_path: Path, database: Database) -> None:
    with ScriptedServer() as server:
        server.hold()
        watched = jobs(tmp_path, database, server)
        publish(database, 1, datetime.now(UTC))
        run(watched, until=lambda: bool(server.mails), then=server.release)
        assert states(database) == dict(
            zip(READERS, [DeliveryState.SENT, DeliveryState.PENDING, DeliveryState.PENDING], strict=True)
        )
        run(watched, until=lambda: len(server.mails) == 3)
    assert sorted(mail.recipient for mail in server.accepted) == [*READERS]
    assert set(states(database).values()) == {DeliveryState.SENT}


def test_a_mail_that_does_not_end_in_time_is_left_in_doubt(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.daemon.PATIENCE", timedelta(seconds=0.2))
    with ScriptedServer() as server:
        server.hold()
        watched = jobs(tmp_path, database, server)
        publish(database, 1, datetime.now(UTC))
        run(watched, until=lambda: bool(server.mails))
        assert states(database)[READERS[0]] is DeliveryState.ATTEMPTING
        replace(watched, now=lambda: datetime.now(UTC) + timedelta(minutes=16)).plan_due()
    assert states(database)[READERS[0]] is DeliveryState.UNKNOWN


def test_a_second_signal_ends_at_once(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.daemon.PATIENCE", timedelta(hours=1))
    with ScriptedServer() as server:
        server.hold()
        watched = jobs(tmp_path, database, server)
        publish(database, 1, datetime.now(UTC))

        async def twice() -> None:
            daemon = asyncio.create_task(Daemon(watched).run())
            async with asyncio.timeout(LONG):
                while not server.mails:
                    await asyncio.sleep(0.01)
                for _ in range(2):
                    os.kill(os.getpid(), signal.SIGTERM)
                    await asyncio.sleep(0.05)
                await daemon

        asyncio.run(twice())


def test_planning_keeps_no_signal_waiting(tmp_path: Path, database: Database) -> None:
    begun, told, answered = threading.Event(), threading.Event(), list[bool]()

    def plans() -> None:
        begun.set()
        answered.append(told.wait(LONG / 2))

    def is_told() -> bool:
        if begun.is_set():
            told.set()
        return begun.is_set()

    with ScriptedServer() as server:
        watched = jobs(tmp_path, database, server, on_plan=plans)
        publish(database, 1, datetime.now(UTC))
        run(watched, until=is_told)
    assert answered[0]


def test_a_slow_round_delays_no_mail_and_is_not_begun_twice_which_is_told_once(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    begun, ended, ticks = [], [], []

    async def slow() -> None:
        begun.append(1)
        try:
            await asyncio.sleep(2 * LONG)
        finally:
            ended.append(1)

    with ScriptedServer() as server:
        watched = jobs(tmp_path, database, server, on_crawl=slow, on_plan=lambda: ticks.append(1))
        publish(database, 1, datetime.now(UTC))
        run(watched, until=lambda: len(server.accepted) == 3 and len(ticks) >= 4)
    assert (begun, ended) == ([1], [1])
    assert caplog.text.count("crawl is still under way") == 1


def test_a_mail_server_that_takes_connections_and_says_nothing_keeps_no_round_back(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.daemon.PATIENCE", timedelta(seconds=0.2))
    rounds = []

    async def quick() -> None:
        rounds.append(1)

    with ScriptedServer() as server:
        server.will(Phase.GREETING, SILENCE)
        watched = jobs(tmp_path, database, server, on_crawl=quick)
        publish(database, 1, datetime.now(UTC))
        run(watched, until=lambda: server.connections == 1 and len(rounds) >= 2)
    assert set(states(database).values()) <= {DeliveryState.PENDING, DeliveryState.ATTEMPTING}
    with database.read() as connection:
        phases = set(connection.execute(select(delivery_attempt.c.phase)).scalars())
    assert phases == {"connect"}


def test_what_a_round_finds_is_mailed_without_waiting_for_the_next_tick(tmp_path: Path, database: Database) -> None:
    async def finds() -> None:
        await asyncio.sleep(0.2)
        publish(database, 1, datetime.now(UTC))
        found.append(asyncio.get_running_loop().time())

    found: list[float] = []
    with ScriptedServer() as server:
        watched = jobs(tmp_path, database, server, on_crawl=finds)
        slow_tick = replace(watched, configuration=replace(watched.configuration, tick=timedelta(hours=1)))
        run(slow_tick, until=lambda: len(server.accepted) == 3)
    assert len(found) == 1


def test_what_a_round_finds_while_digests_are_under_way_is_mailed_by_them(tmp_path: Path, database: Database) -> None:
    planned, round_ended = threading.Event(), threading.Event()

    async def finds() -> None:
        await asyncio.to_thread(planned.wait, LONG)
        publish(database, 1, datetime.now(UTC))
        asyncio.get_running_loop().call_later(0.3, round_ended.set)  # the digests are still at it when this returns

    def wait_for_the_round() -> None:
        planned.set()
        round_ended.wait(LONG)

    with ScriptedServer() as server:
        watched = jobs(tmp_path, database, server, on_crawl=finds, on_planned=wait_for_the_round)
        slow_tick = replace(watched, configuration=replace(watched.configuration, tick=timedelta(hours=1)))
        run(slow_tick, until=lambda: len(server.accepted) == 3)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DatabaseUnavailable("the disk is full"), "digests: the disk is full"),
        (ZeroDivisionError("a bug"), "job digests failed: ZeroDivisionError('a bug')"),
    ],
)
def test_a_job_that_fails_is_told_and_tried_again(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    calls = []

    def fails_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error

    caplog.set_level(logging.INFO)
    with ScriptedServer() as server:
        watched = jobs(tmp_path, database, server, on_plan=fails_once)
        publish(database, 1, datetime.now(UTC))
        run(watched, until=lambda: len(server.accepted) == 3)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    [told] = [record.getMessage() for record in errors if record.name == "scheduler.daemon"]
    assert told.splitlines()[0] == said
