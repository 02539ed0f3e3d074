"""A digest to 10,000 subscribers, to a mail server on loopback that takes all (`benchmarks/sink.py`, another process).

Beside it, in turns, a bare aiosmtplib loop that sends the same bytes over as many connections and writes down nothing.
Both are counted from the first MAIL that the server reads to the last mail's last byte. Veilleur commits each claim,
each line of doubt and each outcome to SQLite (synchronous=FULL), several mails a commit.
"""

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from aiosmtplib import SMTP
from sqlalchemy import select

from alerts.digests import render_delivery
from alerts.sharing import Shared
from scheduler import config
from scheduler.jobs import Jobs
from storage import deliveries
from storage.database import Database
from storage.schema import delivery, delivery_mail
from tests.support.clock import Clock
from tests.support.newsroom import newsroom, publish

MAILS = int(os.environ.get("VEILLEUR_MAILS", "10000"))
CONNECTIONS = 20
TURNS = 3
SENDER = "veilleur@fil.example"
BEGAN = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
SLOT = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sink:
    """The mail server's process."""

    process: subprocess.Popen[str]
    port: int

    def rate(self) -> float:
        """Mails a second since this was asked last."""
        self.process.send_signal(signal.SIGUSR1)
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        if told["mails"] != MAILS:
            raise RuntimeError(f"the server got {told['mails']} mails of {MAILS}")
        return float(told["mails"]) / float(told["last"] - told["first"])


def measure() -> list[str]:
    with tempfile.TemporaryDirectory() as made, sink() as server:
        folder = Path(made)
        write_configuration(folder, server.port)
        planning, rendering = prepare(folder)
        turns = [turn(folder, server) for _ in range(TURNS)]
    ours, bare, memory = (statistics.median(figures) for figures in zip(*turns, strict=True))
    return [
        f"| what | mails/s (median of {TURNS} turns, {CONNECTIONS} connections) |",
        "|---|---|",
        f"| bare aiosmtplib | {bare:,.0f} |",
        f"| Veilleur, every row committed | {ours:,.0f} |",
        f"| ratio | {ours / bare:.2f} |",
        "",
        f"Planning {MAILS:,} digests took {planning:,.0f} s, rendering them {rendering:,.0f} s. "
        f"Memory of the sending process at its peak: {memory:,.0f} MB.",
    ]


def turn(folder: Path, server: Sink) -> tuple[float, float, float]:
    """Mails a second by Veilleur and by the bare loop, and Veilleur's megabytes."""
    for name in ("veilleur.db", "veilleur.db.epoch"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder / "prepared.db", folder / "veilleur.db")
    memory = float(run("ours", folder, server.port))
    ours = server.rate()
    run("bare", folder, server.port)
    return ours, server.rate(), memory


def run(what: str, folder: Path, port: int) -> str:
    command = [sys.executable, "-m", "benchmarks.mails", what, str(folder), str(port)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=900).stdout


@contextmanager
def sink() -> Iterator[Sink]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Sink(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait(10)


def write_configuration(folder: Path, port: int) -> None:
    server = f'transport = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nconnections = {CONNECTIONS}\n'
    readers = "".join(f'[[subscribers]]\nemail = "reader{number}@fil.example"\n' for number in range(MAILS))
    database = f'[database]\nurl = "sqlite:///{folder}/veilleur.db"\n'
    mail = f'[mail]\nsender = "Veilleur <{SENDER}>"\nkey_file = "{folder}/veilleur.key"\n{server}'
    (folder / "veilleur.toml").write_text(database + mail + readers, encoding="utf-8")


def prepare(folder: Path) -> tuple[float, float]:
    """Plans and renders everybody's digest; the seconds that each took."""
    with newsroom(folder) as database:
        clock = Clock(BEGAN)
        jobs = Jobs(config.load(str(folder / "veilleur.toml"), {}), database, now=clock)
        for number in range(5):
            publish(database, number, BEGAN)
        jobs.register_subscribers()
        clock.at = SLOT
        before = time.perf_counter()
        jobs.plan_due()
        planning = time.perf_counter() - before
        before = time.perf_counter()
        render(jobs)
        rendering = time.perf_counter() - before
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(folder / "veilleur.db", folder / "prepared.db")
    return planning, rendering


def render(jobs: Jobs) -> None:
    readers = {each.email: each.reader for each in jobs.configuration.subscribers}
    with jobs.database.write() as connection:
        desk = replace(jobs.signing_desk, shared=Shared())
        for each in deliveries.due(connection, jobs.now(), limit=None, is_rendered=False):
            render_delivery(connection, desk, readers[each.recipient], each, jobs.now())


def send_ours(folder: Path) -> None:
    """As the daemon does at a tick; prints megabytes."""
    database = Database(f"sqlite:///{folder}/veilleur.db")
    jobs = Jobs(config.load(str(folder / "veilleur.toml"), {}), database, now=Clock(SLOT))
    asyncio.run(jobs.deliver())
    with open("/proc/self/status", encoding="ascii") as opened:
        print(next(int(line.split()[1]) / 1024 for line in opened if line.startswith("VmHWM")))


async def send_bare(folder: Path, port: int) -> None:
    """As many connections, each with the next mail of all as soon as it has sent one."""
    database = Database(f"sqlite:///{folder}/prepared.db")
    query = select(delivery.c.recipient, delivery_mail.c.mime).join(
        delivery_mail, delivery_mail.c.delivery_id == delivery.c.id
    )
    with database.read() as connection:
        mails = iter(connection.execute(query).all())

    async def work() -> None:
        smtp = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await smtp.connect()
        for recipient, mime in mails:
            await smtp.sendmail(SENDER, [recipient], mime)
        await smtp.quit()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours", place, _]:
            send_ours(Path(place))
        case ["bare", place, number]:
            asyncio.run(send_bare(Path(place), int(number)))
        case _:
            print("\n".join(measure()))
