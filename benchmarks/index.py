"""Judging an article with 10 and with 1,000,000 stored mentions: mention, fingerprints, lookup, comparison, verdict.

The database is filled once, in var/benchmarks, and kept; the stored texts are made of our own articles' sentences,
shuffled, so that their fingerprints are as those of real articles. "The first time" is what it takes before the system
holds the asked part of the database in memory.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from benchmarks.corpus import ROOT, Sample, samples
from benchmarks.rounds import peak_memory
from crawler.job import bundled_topic
from matching.duplicates import Text
from matching.fingerprints import fingerprints
from matching.judge import Judge
from matching.model import Article
from matching.text import sentences
from storage import mentions
from storage.database import Database
from storage.migrate import migrate
from storage.schema import article, article_revision, fingerprint, mention

FOLDER = ROOT / "var" / "benchmarks"
SENTENCES = 9
BATCH = 20_000
WHEN = datetime(2024, 3, 1, tzinfo=UTC)


def filled(size: int) -> Database:
    """A database with that many stored mentions, made when it is not there."""
    database = Database(f"sqlite:///{FOLDER / f'mentions-{size}.db'}")
    migrate(database)
    with database.read() as connection:
        stored = connection.execute(select(func.count()).select_from(fingerprint)).scalar_one()
    if not stored:
        with database.write() as connection:
            _fill(connection, size)
    return database


def _fill(connection: Connection, size: int) -> None:
    """All rows in one transaction; fingerprints are sorted by the database, for a row at a time would take hours."""
    connection.exec_driver_sql("PRAGMA cache_size = -500000")
    connection.exec_driver_sql("CREATE TEMP TABLE staged (hash INTEGER, mention_id INTEGER)")
    texts = _texts(size)
    for first in range(0, size, BATCH):
        _store(connection, first, [next(texts) for _ in range(min(BATCH, size - first))])
    ordered = "INSERT INTO fingerprint SELECT DISTINCT hash, mention_id FROM staged ORDER BY hash, mention_id"
    connection.exec_driver_sql(ordered)
    connection.exec_driver_sql("DROP TABLE staged")


def _texts(size: int) -> Iterator[str]:
    pool = [text[start:end] for text in (each.text for each in samples()) for start, end in sentences(text)]
    chance = random.Random(size)
    for _ in range(size):
        yield " ".join(_varied(sentence, chance) for sentence in chance.sample(pool, SENTENCES))


def _varied(sentence: str, chance: random.Random) -> str:
    """A sentence of the same length and kind of words, which no other article has."""
    words = sentence.split()
    chance.shuffle(words)
    return " ".join(words)


def _store(connection: Connection, first: int, texts: Sequence[str]) -> None:
    numbers = range(first + 1, first + 1 + len(texts))
    rows = [
        {"id": n, "outlet": "bench", "url_key": f"bench/{n}", "url": f"https://bench.example/{n}", "first_seen": WHEN}
        for n in numbers
    ]
    connection.execute(insert(article), rows)
    revision = {"seen_at": WHEN, "title": "Code 8", "lead": "", "published": WHEN, "authors": []}
    connection.execute(
        insert(article_revision),
        [
            {"id": n, "article_id": n, "text": text, "content_hash": str(n), **revision}
            for n, text in zip(numbers, texts, strict=True)
        ],
    )
    judged = {
        "topic": "code8", "verdict": "new", "found_at": WHEN, "score": 1.0, "occurrences": [], "passages": [],
        "resemblance": 0.0, "containment": 0.0, "novelty": 1.0, "added": [],
    }  # fmt: skip
    connection.execute(insert(mention), [{"id": n, "article_id": n, "revision_id": n, **judged} for n in numbers])
    marks = [(mark, n) for n, text in zip(numbers, texts, strict=True) for mark in fingerprints(Text(text).words)]
    connection.exec_driver_sql("INSERT INTO staged VALUES (?, ?)", marks)


def median_ms(database: Database, judge: Judge, articles: Sequence[Sample]) -> float:
    """The median time of a judgement, each article once."""
    times = []
    for sample in articles:
        with database.read() as connection:
            began = time.perf_counter()
            judge.judge(Article("", sample.title, sample.text), partial(mentions.resembling, connection, "code8"))
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def judged_in_a_process(size: int) -> tuple[float, float, float]:
    """Milliseconds, first and later, and megabytes of a process that only judges, with so many mentions stored."""
    code = f"from benchmarks.index import judging; judging({size})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    first, later, memory = map(float, ended.stdout.split())
    return first, later, memory


def judging(size: int) -> None:
    """Every article once, when the system may have nothing of the database in memory, and once more by a new judge."""
    database, articles = filled(size), samples()
    first, later = (median_ms(database, Judge(bundled_topic().parse()), articles) for _ in range(2))
    print(first, later, peak_memory(os.getpid()))  # ru_maxrss would be that of the process which started this one


def measure(sizes: Sequence[int] = (10, 1_000_000)) -> list[str]:
    lines = [
        "| stored mentions | judging, median | the first time | memory of the process | database |",
        "|---|---|---|---|---|",
    ]
    for size in sizes:
        database = filled(size)
        file = Path(str(database.file))
        database.close()
        first, later, memory = judged_in_a_process(size)
        on_disk = f"{file.stat().st_size / 1e6:,.0f} MB"
        lines.append(f"| {size:,} | {later:.2f} ms | {first:.2f} ms | {memory:.0f} MB | {on_disk} |")
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
