"""What a subscriber asked for: filters, alerts beside a digest, windows, reports of nothing; all in one stream."""

import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from matching.model import Article
from scheduler import config
from scheduler.jobs import Jobs
from scheduler.planning import Agenda
from storage import addresses, digests, recording
from storage.database import Database
from storage.model import AddressEvent, EventKind, Run, StoredSubscriber
from storage.schema import digest_run
from tests.scheduler.conftest import MONDAY, JobsOf
from tests.scheduler.ticks import mailed, states, text_of, tick
from tests.support.clock import Clock
from tests.support.newsroom import judge, newsroom, publish

A_DAY = timedelta(days=1)


def configured(folder: Path, *lines: str, email: str = "anne@fil.example") -> str:
    mail = f'[mail]\noutbox = "{folder}/outbox"\n[feed]\nfile = "{folder}/veilleur.atom"\n'
    own = '[[outlets]]\nid = "clap"\nname = "Clap"\ndomain = "clap.example"\nfeeds = ["https://clap.example/rss"]\n'
    return "\n".join([mail, own, "[[subscribers]]", f'email = "{email}"', *lines, ""])


def last_mail(folder: Path) -> str:
    newest = max(folder.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return " ".join(text_of(newest.read_bytes()).split())


def test_an_alert_goes_out_at_once_and_is_counted_and_not_told_again_by_the_digest(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'alerts = "headline"'))
    tick(jobs)
    publish(database, 1, clock())
    publish(database, 2, clock(), headline="Robbie Amell de retour")
    tick(jobs)
    assert mailed(tmp_path) == [{1}]
    assert last_mail(tmp_path).startswith("Veilleur – Alerte – Code 8 : 1 actualité")
    tick(jobs)
    clock.forward(days=1)
    tick(jobs)
    assert len(mailed(tmp_path)) == 2
    assert "articles/1" not in last_mail(tmp_path)
    assert "articles/2" in last_mail(tmp_path)
    assert "1 article vous a déjà été signalé sans attendre" in last_mail(tmp_path)


@pytest.mark.parametrize(("digest", "told"), [("daily 08:00", [{"1", "2"}]), ("immediate", [{"1"}, {"2"}])])
def test_an_alert_tells_what_the_digests_own_filter_leaves_out(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, digest: str, told: list[set[str]]
) -> None:
    jobs = jobs_of(text=configured(tmp_path, f'digest = "{digest}"', 'prominence = "headline"', 'alerts = "any"'))
    tick(jobs)
    publish(database, 1, clock())
    publish(database, 2, clock(), headline="Robbie Amell de retour")
    tick(jobs)
    texts = [text_of(file.read_bytes()) for file in tmp_path.glob("outbox/*.eml")]
    assert sorted([set(re.findall(r"articles/(\d)", text)) for text in texts], key=min) == told


@pytest.mark.parametrize("jump", [A_DAY, -A_DAY])
def test_a_clock_that_jumps_has_alerts_and_digests_tell_everything_once(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, jump: timedelta
) -> None:
    jobs = jobs_of(
        text=configured(tmp_path, 'digest = ["daily 08:00 18:00", "weekly mon 07:30"]', 'alerts = "headline"')
    )
    tick(jobs)
    for number in range(8):
        publish(database, number, clock(), headline="Robbie Amell de retour" if number % 2 else None)
        clock.forward(hours=7)
        tick(jobs)
        if number in (3, 5):
            clock.at += jump if number == 3 else -jump
            tick(jobs)
    clock.forward(days=2)
    tick(jobs)
    mails = [text_of(file.read_bytes()) for file in tmp_path.glob("outbox/*.eml")]
    for number in range(8):
        assert sum(f"https://clap{number}.example/" in each for each in mails) == 1


def test_what_is_found_in_the_last_minutes_of_a_quiet_window_waits_for_the_next_slot(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, "[[subscribers.windows]]", "from = 2026-01-13", "to = 2026-01-14"))
    for _ in range(2):
        tick(jobs)
        clock.forward(hours=1)
    clock.forward(hours=62, minutes=30)  # 23:30 in Paris, on the window's last day
    tick(jobs)
    publish(database, 1, clock())
    clock.forward(hours=1)
    tick(jobs)
    assert mailed(tmp_path) == []
    clock.forward(hours=7, minutes=30)
    tick(jobs)
    assert mailed(tmp_path) == [{1}]


def test_what_a_filter_leaves_out_is_not_told_and_not_when_the_filter_goes_either(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'prominence = "headline"'))
    tick(jobs)
    publish(database, 1, clock())
    publish(database, 2, clock(), headline="Robbie Amell de retour")
    tick(jobs)
    clock.forward(hours=2)
    tick(jobs)
    assert "articles/1" in last_mail(tmp_path)
    assert "articles/2" not in last_mail(tmp_path)
    publish(database, 4, clock(), headline="Robbie Amell de retour")
    tick(jobs)
    jobs = jobs_of(text=configured(tmp_path))
    publish(database, 3, clock(), headline="Robbie Amell de retour")
    clock.forward(days=1)
    tick(jobs)
    assert "articles/3" in last_mail(tmp_path)
    assert "articles/2" not in last_mail(tmp_path)
    assert "articles/4" not in last_mail(tmp_path)


def test_a_reader_whose_digest_cannot_be_planned_keeps_nobody_elses_back(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = digests.plan

    def breaks_on_anne(connection: Connection, subscriber: StoredSubscriber, **given: Any) -> Run | None:
        if subscriber.email.startswith("anne"):
            raise ZeroDivisionError
        return planned(connection, subscriber, **given)

    monkeypatch.setattr(digests, "plan", breaks_on_anne)
    other = '[[subscribers]]\nemail = "ben@fil.example"\ndigest = "immediate"'
    jobs = jobs_of(text=configured(tmp_path, 'digest = "immediate"', other))
    tick(jobs)
    publish(database, 1, clock())
    tick(jobs)
    assert mailed(tmp_path) == [{1}]


def test_what_is_urgent_at_the_tick_of_a_slot_comes_with_the_digest(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'alerts = "headline"'))
    tick(jobs)
    clock.forward(days=1)
    publish(database, 1, clock())
    tick(jobs)
    assert mailed(tmp_path) == [{1}]
    assert "Alerte" not in last_mail(tmp_path)


def test_how_many_the_filter_left_out_is_told_once(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'prominence = "headline"'))
    tick(jobs)
    publish(database, 1, clock())
    for number in (2, 3):
        publish(database, number, clock(), headline="Robbie Amell de retour")
    clock.forward(hours=2)
    tick(jobs)
    assert "Vos filtres ont laissé de côté 2 articles." in last_mail(tmp_path)
    publish(database, 4, clock())
    clock.forward(days=1)
    tick(jobs)
    assert "articles/4" in last_mail(tmp_path)
    assert "Vos filtres" not in last_mail(tmp_path)


@pytest.mark.parametrize(("key", "told"), [('outlets = ["clap"]', True), ('except_outlets = ["clap"]', False)])
def test_outlets_are_chosen_or_excepted(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, key: str, *, told: bool
) -> None:
    jobs = jobs_of("immediate", text=configured(tmp_path, 'digest = "immediate"', key))
    tick(jobs)
    publish(database, 1, clock())
    tick(jobs)
    assert bool(mailed(tmp_path)) == told


@pytest.mark.parametrize(("key", "told"), [('outlets = ["clap"]', True), ('except_outlets = ["clap"]', False)])
def test_a_near_miss_is_told_where_its_outlet_is_chosen(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, key: str, *, told: bool
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'when_empty = "send"', key))
    tick(jobs)
    refused = Article(
        "https://clap.example/1", "Panne", "La chaudière affiche le code 8 en cas de panne.", outlet="clap"
    )
    with database.write() as connection:
        recording.record(connection, refused, [judge()], outlet="clap", url_key=refused.url, page_id=None, now=clock())
    clock.forward(days=1)
    tick(jobs)
    assert ("https://clap.example/1" in last_mail(tmp_path)) == told


def test_a_copy_of_what_the_filter_left_out_is_news(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'digest = "immediate"', 'except_outlets = ["clap"]'))
    tick(jobs)
    publish(database, 1, clock())
    tick(jobs)
    publish(database, 7, clock(), copy_of=1, outlet="ecume")
    tick(jobs)
    assert mailed(tmp_path) == [{1}]
    assert "https://clap7.example/articles/1" in last_mail(tmp_path)


def test_copies_are_counted_on_demand(jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'copies = "counted"'))
    tick(jobs)
    publish(database, 1, clock())
    publish(database, 7, clock(), copy_of=1)
    clock.forward(days=1)
    tick(jobs)
    assert "1 reprise" in last_mail(tmp_path)
    assert "https://clap7.example" not in last_mail(tmp_path)


def test_a_window_makes_a_daily_digest_immediate_and_loses_and_repeats_nothing_at_its_edges(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path) + "[[windows]]\nfrom = 2026-01-14\nto = 2026-01-15\n")
    tick(jobs)
    for number in range(24 * 5):
        publish(database, number, clock())
        clock.forward(hours=1)
        tick(jobs)
    mails = mailed(tmp_path)
    numbers = [number for mail in mails for number in sorted(mail)]
    assert numbers == list(range(numbers[-1] + 1))
    assert sum(len(mail) == 1 for mail in mails) >= 47  # the hours of two days
    assert [len(mail) for mail in mails if len(mail) > 1] == [24, 16, 9]


def test_a_report_of_nothing_is_sent_on_demand(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(text=configured(tmp_path, 'when_empty = "send"'))
    for _ in range(3):
        tick(jobs)
        clock.forward(days=1)
    assert mailed(tmp_path) == [set(), set()]
    assert states(database) == ["planned", "planned"]
    assert "rien de nouveau" in last_mail(tmp_path)
    assert "La veille" in last_mail(tmp_path)


EVERYTHING = """
[[subscribers]]
email = "quotidien@fil.example"
digest = "daily 08:00 18:00"
prominence = "headline"
[[subscribers]]
email = "alerte@fil.example"
digest = "weekly thu 09:00"
alerts = "headline"
[[subscribers]]
email = "aussitot@fil.example"
digest = "immediate"
except_outlets = ["clap"]
[[subscribers]]
email = "heure@fil.example"
digest = "hourly"
timezone = "Asia/Kathmandu"
when_empty = "send"
[[subscribers]]
email = "fenetre@fil.example"
"""
EVERYTHING += "".join(
    f"[[subscribers.windows]]\nfrom = 2026-01-{day}\nto = 2026-01-{day}\n" for day in range(13, 30, 2)
)


def everything_happens(database: Database, clock: Clock, chance: random.Random, number: int) -> None:
    match chance.randrange(20):
        case 0 | 1:
            publish(database, number, clock(), headline=chance.choice([None, "Robbie Amell de retour"]))
        case 2:
            publish(database, number, clock(), copy_of=max(0, number - 2), outlet="ecume")
        case 3:
            clock.forward(hours=chance.choice([-30, -2, 30, 60]))
        case 4:
            with database.write() as connection:
                addresses.unsubscribe(connection, event_of(clock))
        case 5:
            with database.write() as connection:
                addresses.resume(connection, event_of(clock))
    clock.forward(minutes=chance.choice([1, 20, 90]), days={100: 40, 110: -40}.get(number, 0))


def event_of(clock: Clock) -> AddressEvent:
    return AddressEvent("aussitot@fil.example", EventKind.UNSUBSCRIBED, clock(), "operator")


def test_what_is_known_from_tick_to_tick_saves_work_and_decides_nothing(tmp_path: Path) -> None:
    told: dict[bool, list[tuple[Run, tuple[int, ...]]]] = {}
    runs: dict[bool, list[tuple[object, ...]]] = {}
    for forgets in (False, True):
        (folder := tmp_path / str(forgets)).mkdir()
        (folder / "veilleur.toml").write_text(configured(folder) + EVERYTHING)
        clock, chance, told[forgets] = Clock(MONDAY), random.Random(8), []
        with newsroom(folder) as database:
            jobs = Jobs(config.load(str(folder / "veilleur.toml"), {}), database, now=clock)
            for number in range(200):
                everything_happens(database, clock, chance, number)
                jobs = replace(jobs, agenda=Agenda()) if forgets else jobs
                planned = jobs.plan_due()
                with database.read() as connection:
                    told[forgets] += [(each, digests.item_ids(connection, each.id)) for each in planned]
            with database.read() as connection:
                runs[forgets] = [tuple(row[1:4]) for row in connection.execute(select(digest_run))]
    assert told[False] == told[True]
    assert runs[False] == runs[True]
    assert {each.kind for each, _ in told[True]} == {"digest", "alert"}
    assert {state for _, _, state in runs[True]} == {"planned", "empty", "folded"}


def test_a_tick_at_which_nothing_is_due_costs_the_same_for_many_readers_as_for_one(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = []
    for many in (1, 60):
        readers = (f'[[subscribers]]\nemail = "r{each}@fil.example"\nalerts = "headline"\n' for each in range(many))
        jobs = jobs_of(text=configured(tmp_path) + "".join(readers))
        jobs.plan_due()
        statements.clear()
        clock.forward(minutes=1)
        jobs.plan_due()
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_who_wants_to_stop_waits_for_a_hundred_readers_at_most(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    readers = (f'[[subscribers]]\nemail = "r{each}@fil.example"\ndigest = "immediate"\n' for each in range(119))
    jobs = jobs_of(text=configured(tmp_path, 'digest = "immediate"') + "".join(readers))
    publish(database, 1, clock())
    clock.forward(hours=2)
    answers = iter([True, False])
    assert len(jobs.plan_due(lambda: next(answers))) == 100
    assert len(jobs.plan_due()) == 20


def test_what_was_given_up_is_told_again_at_the_same_tick(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of("immediate")
    publish(database, 1, clock())
    assert len(jobs.plan_due()) == 1
    for hours, planned in ((25, 0), (23.5, 1)):
        clock.forward(hours=hours)
        assert len(jobs.plan_due()) == planned
