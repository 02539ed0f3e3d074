"""A database with articles in it, each of which names the watched film and repeats no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.job import bundled_topic
from matching.judge import Judge
from matching.model import Article
from storage import mentions, recording
from storage.database import Database
from storage.migrate import migrate

TOPIC = "code8"


@contextmanager
def newsroom(folder: Path) -> Iterator[Database]:
    """A database at the current schema, empty unless there is one already."""
    database = Database(empty_database(folder / "veilleur.db"))
    try:
        yield database
    finally:
        database.close()


def empty_database(file: Path) -> str:
    """The address of the database in the file, empty and at the current schema unless there is one already."""
    if not file.exists():
        file.write_bytes(_empty())
    return f"sqlite:///{file}"


def publish(
    database: Database,
    number: int,
    now: datetime,
    *,
    copy_of: int | None = None,
    outlet: str = "clap",
    headline: str | None = None,
) -> int:
    """Stores article `number`, found now, or a copy of another one elsewhere; the mention's id."""
    article = written(number if copy_of is None else copy_of, now, host=f"clap{number}.example")
    article = replace(article, outlet=outlet, title=headline or article.title)
    with database.write() as connection:
        recording.record(connection, article, [judge()], outlet=outlet, url_key=article.url, page_id=None, now=now)
        return max(each.id for each in mentions.search(connection))


def written(number: int, now: datetime, *, host: str = "clap.example") -> Article:
    """An article whose words no other number shares."""
    words = " ".join(f"mot{number}x{each}" for each in range(80))
    return Article(
        url=f"https://{host}/articles/{number}",
        title=f"Code 8 : le film de Robbie Amell, nouvelle {number}",
        lead="",
        text=f"Le film Code 8 avec Robbie Amell et Stephen Amell revient sur Netflix. {words}.",
        published=now,
        language="fr",
        outlet="clap",
    )


@cache
def judge() -> Judge:
    return Judge(bundled_topic().parse())


@cache
def _empty() -> bytes:
    """A migrated database's file: migrating each test's own would take longer than the tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{file}")
        migrate(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return file.read_bytes()
