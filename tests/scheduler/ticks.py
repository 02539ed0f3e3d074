"""A daemon's ticks in tests, and what came of them."""

import asyncio
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from sqlalchemy import select

from alerts.delivering import Delivered
from scheduler.jobs import Jobs
from storage.database import Database
from storage.schema import digest_run
from tests.support.clock import Clock
from tests.support.newsroom import publish


def tick(jobs: Jobs) -> list[Delivered]:
    """What the daemon does every half minute."""
    jobs.plan_due()
    return asyncio.run(jobs.deliver())


def told_of_one(jobs: Jobs, database: Database, clock: Clock, *, days: int = 1) -> None:
    """The reader comes, an article is found, and days later a mail has told him of it."""
    tick(jobs)
    publish(database, 1, clock())
    clock.forward(days=days)
    tick(jobs)


def mailed(folder: Path) -> list[set[int]]:
    """The numbers of the articles in every mail of the outbox, oldest mail first."""
    files = sorted(folder.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [articles_of(file.read_bytes()) for file in files]


def articles_of(mime: bytes) -> set[int]:
    """The numbers of the articles that a mail tells."""
    return {int(number) for number in re.findall(r"nouvelle (\d+)\r?\n", text_of(mime))}


def text_of(mime: bytes) -> str:
    """A mail's plain text."""
    part = message_from_bytes(mime, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def states(database: Database) -> list[str]:
    """Those of all digest runs, the oldest slot first."""
    with database.read() as connection:
        return list(connection.execute(select(digest_run.c.state).order_by(digest_run.c.slot)).scalars())
