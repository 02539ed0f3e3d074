"""What is planned and told, and when: every slot once, every article once, whatever the clock does."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.rhythm import Rhythm
from scheduler.orders import round_of
from storage import deliveries, pages, recording, rounds, sources, subscribers, tries
from storage.database import Database
from storage.model import DeliveryState
from storage.schema import subscriber
from tests.scheduler.conftest import MONDAY, JobsOf
from tests.scheduler.ticks import mailed, states, tick, told_of_one
from tests.support.clock import Clock
from tests.support.newsroom import judge, publish, written

A_DAY = timedelta(days=1)


def test_a_day_has_one_digest_at_its_hour(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of("daily 08:00")
    tick(jobs)
    publish(database, 1, clock())
    publish(database, 2, clock())
    clock.forward(minutes=59, seconds=59)
    assert tick(jobs) == []
    clock.forward(seconds=1)
    assert [each.state for each in tick(jobs)] == [DeliveryState.SENT]
    for _ in range(40):
        clock.forward(minutes=30)
        assert tick(jobs) == []
    assert mailed(tmp_path) == [{1, 2}]


def test_each_reader_has_the_rule_for_mails_in_doubt_that_he_asked_for(jobs_of: JobsOf) -> None:
    one, other = "anne@fil.example", "paul@fil.example"
    policy = jobs_of(text=f'[[subscribers]]\nemail = "{one}"\non_doubt = "hold"\n').policy
    assert (policy.resends(one), policy.resends(other)) == (False, True)


def test_a_digest_tells_only_what_no_earlier_one_told(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("daily 08:00")
    tick(jobs)
    for number in (1, 2, 3):
        publish(database, number, clock())
        clock.forward(days=1)
        tick(jobs)
    assert mailed(tmp_path) == [{1}, {2}, {3}]


def test_a_week_has_one_digest(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of("weekly wed 18:00")
    tick(jobs)
    for number in range(21):
        publish(database, number, clock())
        clock.forward(days=1)
        tick(jobs)
    assert [len(each) for each in mailed(tmp_path)] == [3, 7, 7]


def test_an_hour_has_one_digest(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of("hourly")
    tick(jobs)
    for number in range(6):
        publish(database, number, clock())
        clock.forward(minutes=30)
        tick(jobs)
    assert mailed(tmp_path) == [{0, 1}, {2, 3}, {4, 5}]


def test_an_immediate_reader_is_told_at_the_next_tick(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("immediate")
    tick(jobs)
    publish(database, 1, clock())
    tick(jobs)
    clock.forward(seconds=30)
    tick(jobs)
    publish(database, 2, clock())
    clock.forward(seconds=30)
    tick(jobs)
    assert mailed(tmp_path) == [{1}, {2}]


def test_nothing_new_is_no_mail(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of("daily 08:00")
    for _ in range(3):
        tick(jobs)
        clock.forward(days=1)
    assert mailed(tmp_path) == []
    assert states(database) == ["empty", "empty"]


def test_copies_alone_wait_for_something_new(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of("daily 08:00")
    told_of_one(jobs, database, clock)
    publish(database, 7, clock(), copy_of=1)
    clock.forward(days=1)
    assert tick(jobs) == []
    publish(database, 2, clock())
    clock.forward(days=1)
    tick(jobs)
    assert mailed(tmp_path) == [{1}, {1, 2}]
    last = max(tmp_path.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
    assert b"https://clap7.example/articles/1" in last.read_bytes()


def test_a_slot_missed_while_nobody_ran_is_made_up_once_with_the_older_ones_folded_in(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tick(jobs_of("daily 08:00"))
    for number in (1, 2, 3):
        publish(database, number, clock())
        clock.forward(days=1)
    restarted = jobs_of("daily 08:00")
    for _ in range(5):
        tick(restarted)
        clock.forward(minutes=5)
    assert mailed(tmp_path) == [{1, 2, 3}]
    assert states(database) == ["folded", "folded", "planned"]
    assert re.search(r"2 missed slots are folded into that of 2026-01-\d\d 08:00 Europe/Paris$", caplog.text, re.M)


def test_a_reader_is_not_told_slots_from_before_his_registration(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    publish(database, 1, clock())
    clock.forward(hours=3)
    jobs = jobs_of("daily 08:00")
    assert tick(jobs) == []
    clock.forward(hours=21, minutes=59)
    assert tick(jobs) == []
    clock.forward(minutes=1)
    tick(jobs)
    assert mailed(tmp_path) == [{1}]


def test_a_new_reader_is_told_the_last_week_and_no_more(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    publish(database, 1, clock() - timedelta(days=8))
    publish(database, 2, clock() - timedelta(days=6))
    jobs = jobs_of("daily 08:00")
    tick(jobs)
    clock.forward(hours=2)
    tick(jobs)
    assert mailed(tmp_path) == [{2}]


@pytest.mark.parametrize("jump", [A_DAY, -A_DAY, timedelta(days=-3), timedelta(days=400)])
def test_a_clock_that_jumps_and_comes_back_mails_nothing_twice_and_loses_nothing(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, jump: timedelta
) -> None:
    jobs = jobs_of("daily 08:00")
    tick(jobs)
    for number in range(6):
        publish(database, number, clock())
        clock.forward(hours=12)
        tick(jobs)
        if number == 2:
            clock.at += jump
            tick(jobs)
            tick(jobs)
            clock.at -= jump
            tick(jobs)
    for _ in range(4):
        clock.forward(days=1)
        tick(jobs)
    told = [number for mail in mailed(tmp_path) for number in mail]
    assert sorted(told) == list(range(6))


def test_a_schedule_that_changes_tells_nothing_twice(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    tick(jobs_of("daily 08:00"))
    publish(database, 1, clock())
    clock.forward(hours=2)
    tick(jobs_of("daily 08:00"))
    for schedule in ("daily 07:30", "hourly", "immediate", "weekly mon 08:30", "daily 08:00"):
        tick(jobs_of(schedule))
    assert mailed(tmp_path) == [{1}]


def test_everything_pending_is_mailed_now_when_that_is_asked(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("weekly sun 08:00")
    jobs.register_subscribers()
    publish(database, 1, clock())
    jobs.plan_due(at_once=True)
    asyncio.run(jobs.deliver())
    assert jobs.plan_due(at_once=True) == []
    clock.forward(days=7)
    tick(jobs)
    assert mailed(tmp_path) == [{1}]


def test_every_mail_that_is_due_goes_out_in_one_pass_however_many_there_are(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.jobs.BATCH", 2)
    readers = "".join(f'[[subscribers]]\nemail = "r{number}@fil.example"\n' for number in range(7))
    jobs = jobs_of(text=f'[mail]\noutbox = "{tmp_path}/outbox"\n{readers}')
    tick(jobs)
    publish(database, 1, clock())
    clock.forward(hours=1)
    assert sorted(each.recipient for each in tick(jobs)) == [f"r{number}@fil.example" for number in range(7)]
    assert mailed(tmp_path) == [{1}] * 7


def test_what_an_earlier_life_with_the_same_process_number_left_behind_goes_at_once(
    jobs_of: JobsOf, database: Database, clock: Clock
) -> None:
    earlier = jobs_of("immediate")
    publish(database, 1, clock())
    earlier.plan_due()
    with database.write() as connection:
        [due] = deliveries.due(connection, clock())
        assert tries.claim(connection, [due.id], earlier.policy.owner, clock())
    assert tick(earlier) == []
    assert [each.state for each in tick(jobs_of("immediate"))] == [DeliveryState.SENT]


def test_a_mail_tells_when_the_watch_was_kept(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("daily 08:00")
    tick(jobs)
    with database.write() as connection:
        for _ in range(3):
            rounds.finish(connection, rounds.begin(connection, clock()), outcome="done", now=clock())
    publish(database, 1, clock())
    clock.forward(hours=1)
    tick(jobs)
    [mail] = tmp_path.glob("outbox/*.eml")
    part = message_from_bytes(mail.read_bytes(), policy=default).get_body(("plain",))
    assert part is not None
    assert "3 rondes" in part.get_content()


def test_old_details_are_pruned_and_nothing_told_comes_back(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("daily 08:00")
    told_of_one(jobs, database, clock)
    for days, is_kept in ((13, True), (2, False)):
        clock.forward(days=days)
        jobs.prune()
        with database.read() as connection:
            assert (deliveries.bytes_of(connection, 1) is not None) is is_kept
    clock.forward(days=400)
    jobs.prune()
    tick(jobs)
    assert mailed(tmp_path) == [{1}]


def test_a_subscriber_is_registered_once(jobs_of: JobsOf, database: Database, clock: Clock) -> None:
    for _ in range(3):
        jobs_of("daily 08:00").register_subscribers()
        clock.forward(days=1)
    with database.read() as connection:
        [row] = connection.execute(select(subscriber)).all()
        known = subscribers.would_be(connection, "anne@fil.example", clock())
    assert row.registered_at == known.registered_at == MONDAY
    assert known.since == datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def test_an_article_to_visit_again_is_work_though_no_source_is_due(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    outlet = '[[outlets]]\nid = "clap"\nname = "Clap"\ndomain = "clap.example"\nfeeds = ["https://clap.example/rss"]\n'
    jobs = jobs_of(text=f'[crawl]\noutlets = ["clap"]\n{outlet}')
    assert jobs.has_work()
    with database.write() as connection:
        source = sources.register(connection, "clap", "feed", "https://clap.example/rss")
        week = timedelta(days=7)
        sources.close(connection, source.id, etag=None, last_modified=None, items=1, now=clock(), interval=week)
        [page] = pages.discover(connection, "clap", source.id, [("https://clap.example/1", "clap.example/1")], clock())
        recording.record(
            connection,
            written(1, clock()),
            [judge()],
            outlet="clap",
            url_key="clap.example/1",
            page_id=page.id,
            now=clock(),
            next_visit=clock() + timedelta(hours=1),
        )
    assert not jobs.has_work()
    clock.forward(hours=1)
    assert jobs.has_work()
    never = replace(jobs, configuration=replace(jobs.configuration, revisit=()))
    assert not never.has_work()
    assert not replace(jobs, saved="pages").has_work()  # saved pages tell nothing of what became of the article
    assert round_of(jobs.configuration, jobs.configuration.outlets, clock(), saved="pages").revisit == ()
    hasty = replace(never.configuration, rhythm=Rhythm(timedelta(minutes=15), timedelta(minutes=30)))
    assert replace(jobs, configuration=hasty).has_work()  # whatever an earlier configuration said of the source
    feed_only = replace(jobs.configuration.outlets[0], treatment="feed-only")
    assert not replace(jobs, configuration=replace(jobs.configuration, outlets=(feed_only,))).has_work()
