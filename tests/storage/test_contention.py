"""Many processes on one SQLite file for minutes."""

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from storage.database import Database
from storage.schema import crawl_round
from tests.storage.builders import NOON
from tests.support.kills import PROCESSES
from tests.support.newsroom import newsroom

WRITERS = 8


def write_and_read(url: str, number: int, seconds: float) -> None:
    """Writes a row a transaction after having read, notes how many, and fails when the database is locked."""
    database, written, end = Database(url), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with database.write() as connection:
            connection.execute(select(crawl_round.c.id)).first()
            connection.execute(insert(crawl_round).values(started_at=NOON, outcome=f"writer {number}"))
        written += 1
        with database.read() as connection:
            connection.execute(text("select count(*) from crawl_round")).scalar_one()
    with database.write() as connection:
        connection.execute(insert(crawl_round).values(started_at=NOON, outcome=f"total {number}", pages=written))
    database.close()


@pytest.mark.soak
def test_eight_processes_write_and_read_for_a_minute_without_a_locked_database(tmp_path: Path) -> None:
    with newsroom(tmp_path) as database:
        given = [(database.url, number, 60.0) for number in range(WRITERS)]
        processes = [PROCESSES.Process(target=write_and_read, args=each) for each in given]
        for process in processes:
            process.start()
        for process in processes:
            process.join(120)
        assert [process.exitcode for process in processes] == [0] * WRITERS
        with database.read() as connection:
            rows = Counter(connection.execute(select(crawl_round.c.outcome)).scalars())
            totals = select(crawl_round.c.outcome, crawl_round.c.pages).where(crawl_round.c.pages > 0)
            counted = {row.outcome: row.pages for row in connection.execute(totals)}
        assert counted == {f"total {number}": rows[f"writer {number}"] for number in range(WRITERS)}


@pytest.mark.soak
def test_a_long_reader_holds_no_writer_up_and_the_journal_stops_growing_after_it(tmp_path: Path) -> None:
    with newsroom(tmp_path) as database, newsroom(tmp_path) as other:
        journal = tmp_path / "veilleur.db-wal"
        with other.read() as reading:
            before = reading.execute(select(crawl_round.c.id)).all()
            write(database, 3000)
            assert reading.execute(select(crawl_round.c.id)).all() == before
        grown = journal.stat().st_size
        write(database, 3000)
        assert journal.stat().st_size <= grown + 5_000_000, "what it grew to is used again"


def write(database: Database, count: int) -> None:
    for _ in range(count):
        with database.write() as connection:
            connection.execute(insert(crawl_round).values(started_at=NOON, outcome="x" * 500))
