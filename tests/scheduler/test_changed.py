"""What became of an article that a reader was told of is news to him too, and told once."""

from pathlib import Path

import pytest
from sqlalchemy import select

from matching.revision import Change
from storage import revisits
from storage.database import Database
from storage.schema import article
from tests.scheduler.conftest import JobsOf
from tests.scheduler.ticks import mailed, text_of, tick, told_of_one
from tests.support.clock import Clock
from tests.support.newsroom import publish


def becomes(database: Database, kind: Change, clock: Clock, *, after: str = "") -> None:
    with database.write() as connection:
        first = connection.execute(select(article.c.id).order_by(article.c.id).limit(1)).scalar_one()
        revisits.log(connection, first, kind, clock(), before="Code 8, article 1", after=after)


def last_mail(folder: Path) -> str:
    newest = max(folder.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return " ".join(text_of(newest.read_bytes()).split())


@pytest.mark.parametrize(("digest", "hours"), [("daily 08:00", 24), ("immediate", 0.1)])
def test_an_article_that_was_withdrawn_is_told_when_there_is_nothing_else(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, digest: str, hours: float
) -> None:
    jobs = jobs_of(digest)
    told_of_one(jobs, database, clock)
    becomes(database, "gone", clock)
    clock.forward(hours=hours)
    tick(jobs)
    assert len(mailed(tmp_path)) == 2
    assert "1 article a changé" in last_mail(tmp_path)
    assert "Article retiré" in last_mail(tmp_path)
    clock.forward(hours=hours)
    tick(jobs)
    assert len(mailed(tmp_path)) == 2


def test_that_an_article_moved_waits_for_other_news(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of()
    told_of_one(jobs, database, clock)
    becomes(database, "moved", clock, after="https://clap.example/ailleurs")
    clock.forward(days=1)
    tick(jobs)
    assert len(mailed(tmp_path)) == 1
    publish(database, 2, clock())
    clock.forward(days=1)
    tick(jobs)
    assert "https://clap.example/ailleurs" in last_mail(tmp_path)


def test_what_changed_right_after_a_weekly_digest_is_told_by_the_next_though_that_is_late(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("weekly mon 08:00")
    told_of_one(jobs, database, clock, days=7)
    becomes(database, "gone", clock)
    clock.forward(days=7, hours=1)
    tick(jobs)
    assert "Article retiré" in last_mail(tmp_path)


def test_what_no_mail_told_for_more_than_a_month_waits_for_other_news(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    """So that who begins to be told of changes alone is not told of those of years."""
    jobs = jobs_of()
    told_of_one(jobs, database, clock)
    becomes(database, "gone", clock)
    clock.forward(days=31)
    tick(jobs)
    assert len(mailed(tmp_path)) == 1
