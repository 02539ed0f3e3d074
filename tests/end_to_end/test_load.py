"""A digest to thousands of readers by a daemon that is killed ten times: nobody is missed, nobody gets two unrecorded.

VEILLEUR_LOAD is how many readers: 10,000 by default. Its figures go into var/soak/report-load.txt.
"""

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from scheduler import config
from scheduler.jobs import Jobs
from storage.database import Database
from storage.schema import delivery, delivery_attempt
from tests.end_to_end.house import VEILLEUR
from tests.support.clock import Clock
from tests.support.mail_server import Mail, ScriptedServer
from tests.support.newsroom import newsroom, publish
from tests.support.rounds import ROOT

READERS = int(os.environ.get("VEILLEUR_LOAD", "10000"))
KILLS = 10
CONFIGURATION = """
[crawl]
outlets = []
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Veilleur <veilleur@fil.example>"
connections = 8
[daemon]
tick = "1s"
"""


@dataclass
class Counting(ScriptedServer):
    """Keeps a digest of each mail, not the mail."""

    def keep(self, mail: Mail) -> None:
        super().keep(replace(mail, data=hashlib.sha256(mail.data).digest()))


@pytest.mark.soak
def test_thousands_of_readers_and_ten_kills_miss_nobody_and_repeat_only_doubts(tmp_path: Path) -> None:
    chance = random.Random(8)
    (tmp_path / "var").mkdir()
    with newsroom(tmp_path / "var") as database, Counting() as server:
        readers = "".join(
            f'[[subscribers]]\nemail = "r{n}@fil.example"\ndigest = "immediate"\n' for n in range(READERS)
        )
        (tmp_path / "veilleur.toml").write_text(CONFIGURATION.format(port=server.port) + readers)
        publish(database, 1, datetime.now(UTC))
        began = time.monotonic()
        for kill in range(KILLS):
            share = READERS * (kill + 1) // (KILLS + 2)
            _killed(
                tmp_path, server, min_mails=share if kill else 0, after=chance.uniform(0, 0.4 * min(1, READERS / 4000))
            )
        _finish(tmp_path, database)
        seconds = time.monotonic() - began
        _check(database, server)
        _report(database, server, seconds)


def _killed(folder: Path, server: Counting, min_mails: int, after: float) -> None:
    """A life of the daemon that ends some moments after so many mails came; the first one ends while it plans."""
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen([VEILLEUR, "run"], cwd=folder, stderr=log)
    try:
        with suppress(AssertionError):
            server.wait_for_mails(min_mails, within=300)
        time.sleep(after if min_mails else 3)
        assert process.poll() is None, (folder / "daemon.log").read_text("utf-8")[-2000:]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)


def _finish(folder: Path, database: Database) -> None:
    """What is left, and after a while the repeats of what was in doubt."""
    previous = Path.cwd()
    os.chdir(folder)
    try:
        clock = Clock(datetime.now(UTC))
        jobs = Jobs(config.load("veilleur.toml", {}), database, now=clock)
        for _ in range(3):
            jobs.plan_due()
            asyncio.run(jobs.deliver())
            clock.at += timedelta(minutes=20)
    finally:
        os.chdir(previous)


def _report(database: Database, server: Counting, seconds: float) -> None:
    got = Counter(mail.recipient for mail in server.mails)
    with database.read() as connection:
        states = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state)).all()
        tries = connection.execute(select(func.count()).select_from(delivery_attempt)).scalar_one()
    repeated = sum(1 for count in got.values() if count > 1)
    counted = {"mails": len(server.mails), "readers who got two": repeated, "tries": tries}
    counted |= {f"deliveries {state}": count for state, count in states} | {"seconds": round(seconds)}
    told = "".join(f"{count:>8,}  {what}\n" for what, count in counted.items())
    file = ROOT / "var" / "soak" / "report-load.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = f"{KILLS} random kills of a daemon while it mails a digest to {READERS:,} readers, nobody missed"
    file.write_text(f"{head}\n{told}", encoding="utf-8")


def _check(database: Database, server: Counting) -> None:
    got = Counter(mail.recipient for mail in server.mails)
    with database.read() as connection:
        rows = connection.execute(select(delivery.c.recipient, delivery.c.state, delivery.c.doubt_resends)).all()
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert len(rows) == READERS
    assert {row.state for row in rows} == {"sent"}
    doubted = {row.recipient for row in rows if row.doubt_resends}
    assert set(got) == {row.recipient for row in rows}
    assert max(got.values()) <= 2
    assert {reader for reader, count in got.items() if count > 1} <= doubted
    assert len({mail.data for mail in server.mails}) == READERS, "a repeat has the very bytes of the first"
