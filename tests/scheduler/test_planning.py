"""What a subscriber asked for: filters, alerts beside a digest, windows, reports of nothing; all in one stream."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from tests.scheduler.conftest import JobsOf
from tests.scheduler.test_jobs import mailed, states, text_of, tick
from tests.support.clock import Clock
from tests.support.newsroom import publish

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
    tick(jobs)
    clock.forward(days=1)
    tick(jobs)
    assert len(mailed(tmp_path)) == 2
    assert "articles/1" not in last_mail(tmp_path)
    assert "articles/2" in last_mail(tmp_path)
    assert "1 article vous a déjà été signalé sans attendre" in last_mail(tmp_path)


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
    jobs = jobs_of(text=configured(tmp_path))
    publish(database, 3, clock(), headline="Robbie Amell de retour")
    clock.forward(days=1)
    tick(jobs)
    assert "articles/3" in last_mail(tmp_path)
    assert "articles/2" not in last_mail(tmp_path)


@pytest.mark.parametrize(("key", "told"), [('outlets = ["clap"]', True), ('except_outlets = ["clap"]', False)])
def test_outlets_are_chosen_or_excepted(
    jobs_of: JobsOf, database: Database, clock: Clock, tmp_path: Path, key: str, *, told: bool
) -> None:
    jobs = jobs_of("immediate", text=configured(tmp_path, 'digest = "immediate"', key))
    tick(jobs)
    publish(database, 1, clock())
    tick(jobs)
    assert bool(mailed(tmp_path)) == told


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
