"""A whole watch, from pages on a site to mails in boxes, is killed (SIGKILL) two hundred times at random moments in one
folder. After each kill nothing is lost, nothing is told twice, every second copy has a doubt on record, the database is
sound, and the queue drains without anybody's help. Its figures go into var/soak/report.txt."""

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select, update

from scheduler import cli, config
from scheduler.jobs import Jobs
from storage import deliveries
from storage.migrate import migrate
from storage.model import DeliveryState
from storage.schema import delivery, delivery_attempt, page, source
from tests.end_to_end.house import PASSWORD, House
from tests.support.kills import PROCESSES
from tests.support.mail_server import Phase, ScriptedServer, says
from tests.support.newsroom import written
from tests.support.rounds import ROOT
from tests.support.site import serve

ROUNDS = int(os.environ.get("VEILLEUR_SOAK_ROUNDS", "200"))
SEED = int(os.environ.get("VEILLEUR_SOAK_SEED", "8"))
READERS = tuple(f"{name}@fil.example" for name in ("anne", "ben", "chloe", "denis"))
READER = 'email = "{}"\ndigest = "immediate"\nlanguage = "{}"'
LONGEST = 4.5  # seconds of a daemon's life
AMONG_MAILS = 0.6
ON_THE_FEED = 12


def watch(folder: str) -> None:
    """`veilleur run` in that folder, in a process group of its own."""
    os.setpgid(0, 0)
    os.chdir(folder)
    os.environ["VEILLEUR_SMTP_PASSWORD"] = PASSWORD
    sys.stderr = open("daemon.log", "a", encoding="utf-8")  # noqa: SIM115
    sys.argv = ["veilleur", "run"]
    cli.main()


@dataclass
class Soak:
    """A house under fire, and what is counted."""

    house: House
    server: ScriptedServer
    chance: random.Random
    published: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def publish(self) -> None:
        """News that name the film, each unlike every other."""
        for _ in range(self.chance.choice((1, 1, 2))):
            number = len(self.published) + 1
            article = written(number, datetime.now(UTC))
            self.published.append(self.house.publish(f"nouvelle{number}", article.title, article.text))
        del self.house.items[:-ON_THE_FEED]

    def kill(self) -> None:
        """Starts the daemon and kills it: while it finds news, or while it mails what was found before."""
        is_among_mails, is_whole_group = self.chance.random() < AMONG_MAILS, self.chance.random() < 0.5
        if is_among_mails:
            with self._jobs() as jobs:
                asyncio.run(jobs.crawl())
        for _ in range(self.chance.randrange(4)):
            self.server.will(Phase.DOT, says("250 2.0.0 queued", waits=self.chance.uniform(0, 0.3)))
        said = len(self.server.commands)
        commands, wait = self.chance.randint(1, 24), self.chance.uniform(0, LONGEST)
        process: BaseProcess = PROCESSES.Process(target=watch, args=(str(self.house.folder),))
        process.start()
        assert process.pid
        end = time.monotonic() + (LONGEST if is_among_mails else wait)
        while time.monotonic() < end and not (is_among_mails and len(self.server.commands) >= said + commands):
            assert process.is_alive(), self.house.log[-2000:]
            time.sleep(0.002)
        if is_among_mails:
            time.sleep(self.chance.uniform(0, 0.05))
        if is_whole_group:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()
        self.counts["kills of the daemon and its round" if is_whole_group else "kills of the daemon alone"] += 1
        self.counts["of these, while mails went out"] += len(self.server.commands) > said
        self.server.script.clear()

    @contextmanager
    def _jobs(self) -> Iterator[Jobs]:
        """What a daemon works with."""
        file = self.house.folder / "veilleur.toml"
        with self.house.database() as database:
            migrate(database)
            jobs = Jobs(config.load(str(file), {"VEILLEUR_SMTP_PASSWORD": PASSWORD}), database)
            jobs.register_subscribers()
            yield jobs

    def drain(self) -> None:
        """What the next daemon does, when all pauses are over."""
        with self._jobs() as jobs:
            for _ in range(4):
                self._end_pauses(jobs)
                jobs.plan_due()
                asyncio.run(jobs.deliver())
                with jobs.database.read() as connection:
                    waiting = deliveries.waiting(connection)
                is_told = all(len(self.told(each)) >= len(self.published) for each in READERS)
                if is_told and not waiting:
                    return
                if not is_told:
                    asyncio.run(jobs.crawl())

    def _end_pauses(self, jobs: Jobs) -> None:
        now = datetime.now(UTC)
        with jobs.database.write() as connection:
            connection.execute(update(page).where(page.c.next_try > now).values(next_try=now))
            connection.execute(update(source).values(next_due=now, not_before=None))
            connection.execute(update(delivery).where(delivery.c.next_at > now).values(next_at=now))

    def told(self, reader: str) -> list[str]:
        """What the mails that he has told as news, each mail counted once."""
        mails = {_message_id(mail.data): mail.data for mail in self.server.accepted if mail.recipient == reader}
        return [url for data in mails.values() for url in _news(data)]

    def check(self) -> None:
        with self.house.database() as database, database.read() as connection:
            rows = connection.execute(select(delivery.c.id, delivery.c.message_id, delivery.c.state)).all()
            tries = connection.execute(select(delivery_attempt.c.delivery_id, delivery_attempt.c.outcome)).all()
        doubts = Counter(each.delivery_id for each in tries if each.outcome == "unknown")
        for reader in READERS:
            news = self.told(reader)
            assert sorted(set(news)) == sorted(self.published), "I1: no article is lost"
            assert len(news) == len(set(news)), "I2: none is told twice"
        copies = defaultdict[str, list[bytes]](list)
        for mail in self.server.mails:
            copies[_message_id(mail.data)].append(mail.data)
        known = {each.message_id: each.id for each in rows}
        assert copies.keys() == known.keys(), "I3: one mail a slot"
        for message_id, alike in copies.items():
            assert len(alike) <= 1 + min(1, doubts[known[message_id]]), "I3: a second copy only after a doubt"
            assert len(set(alike)) == 1, "I3: copies are identical"
        assert self.house.is_sound(), "I4: the database is sound"
        assert {each.state for each in rows} <= {DeliveryState.SENT}, "I5: the queue drains"
        self.counts |= Counter(
            {
                "articles": len(self.published),
                "mails": len(known),
                "doubts on record": sum(doubts.values()),
                "second copies": sum(len(alike) - 1 for alike in copies.values()),
            }
        )


def _message_id(mime: bytes) -> str:
    found = re.search(rb"^Message-ID: (\S+)", mime, re.M)
    assert found
    return found[1].decode()


def _news(mime: bytes) -> set[str]:
    """The addresses of articles that a mail tells (its parts name each at least once)."""
    whole = mime.replace(b"=\r\n", b"").decode("ascii")
    return set(re.findall(r"http://127\.0\.0\.1:\d+/nouvelle\d+\.html", whole))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.chdir(tmp_path)  # the database is below the working directory
    with serve(tmp_path / "site") as site:
        yield House(tmp_path, site)


@pytest.mark.soak
def test_a_watch_that_is_killed_two_hundred_times_keeps_all_five_promises(house: House) -> None:
    began = time.monotonic()
    with ScriptedServer(password=PASSWORD) as server:
        readers = [READER.format(each, ("fr", "en")[number % 2]) for number, each in enumerate(READERS)]
        house.configure(server.port, *readers, interval="1s")
        soak = Soak(house, server, random.Random(SEED))
        for number in range(ROUNDS):
            soak.publish()
            soak.kill()
            soak.drain()
            try:
                soak.check()
            except AssertionError as broken:
                raise AssertionError(f"kill {number + 1}, seed {SEED}: {broken}") from broken
            soak.counts["seconds"] = round(time.monotonic() - began)
            report(number + 1, soak.counts)


def report(kills: int, counts: Counter[str]) -> None:
    told = "".join(f"{count:>8,}  {what}\n" for what, count in counts.items())
    file = ROOT / "var" / "soak" / "report.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = f"{kills} random kills of a whole watch (seed {SEED}), five promises kept after each"
    file.write_text(f"{head}\n{told}", encoding="utf-8")
