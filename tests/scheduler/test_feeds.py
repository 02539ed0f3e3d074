"""The Atom file beside the mails, and the picture in those of a week."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import feedparser
import pytest

from storage.database import Database
from tests.scheduler.conftest import JobsOf
from tests.support.clock import Clock
from tests.support.newsroom import publish


def feed_entries(folder: Path) -> list[Any]:
    parsed = feedparser.parse((folder / "veilleur.atom").read_bytes())
    assert not parsed.bozo
    return list(parsed.entries)


def test_the_feed_holds_the_latest_news_and_gives_none_another_id(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs, seen = jobs_of(), dict[str, str]()
    for number in range(1, 6):
        publish(database, number, clock())
        publish(database, 20 + number, clock(), copy_of=number)
        jobs.write_feed()
        for each in feed_entries(tmp_path):
            assert seen.setdefault(each.title, each.id) == each.id
        clock.forward(hours=1)
    assert [each.title[-9:] for each in feed_entries(tmp_path)] == [f"nouvelle {number}"[-9:] for number in (5, 4, 3)]
    assert len(set(seen.values())) == 5
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_feed_that_cannot_be_written_is_told_and_hinders_nothing(
    jobs_of: JobsOf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "veilleur.atom").mkdir()
    jobs_of().write_feed()
    assert "see feed.file" in caplog.text


@pytest.mark.parametrize(("schedule", "pictures"), [("weekly mon 09:00", 1), ("daily 09:00", 0)])
def test_a_weekly_mail_carries_a_picture(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, schedule: str, pictures: int
) -> None:
    jobs = jobs_of(schedule)
    jobs.plan_due()
    publish(database, 1, clock() - timedelta(days=2))
    clock.forward(hours=3)
    jobs.plan_due()
    asyncio.run(jobs.deliver())
    [file] = tmp_path.glob("outbox/*.eml")
    kinds = [part.get_content_type() for part in message_from_bytes(file.read_bytes(), policy=default).walk()]
    assert kinds.count("image/png") == pictures
    assert file.with_suffix(".html").read_text("utf-8").count("data:image/png") == pictures
