"""`veilleur digest` shows what would go out, and records nothing."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import deliveries, digests, mentions, revisits, rounds, subscribers
from storage.database import Database
from storage.schema import delivery, digest_item, digest_run, subscriber
from tests.scheduler.commands.conftest import Veilleur
from tests.support.newsroom import publish


def rows(database: Database) -> list[int]:
    with database.read() as connection:
        tables = (subscriber, digest_run, digest_item, delivery)
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_a_preview_tells_all_and_records_nothing(veilleur: Veilleur, home: Path, stored: Database) -> None:
    publish(stored, 1, datetime.now(UTC))
    for _ in range(2):
        ran = veilleur("digest", "--preview")
        assert ran.status == 0
        assert "Code 8 : le film de Robbie Amell, nouvelle 1" in ran.out
        assert "https://clap1.example/articles/1" in ran.out
    page = home / "var" / "preview.html"
    assert "nouvelle 1" in page.read_text("utf-8")
    assert ran.err == f"The page is {page}\n"
    assert rows(stored) == [0, 0, 0, 0]
    assert not (home / "var" / "outbox").exists()


def test_nothing_new_is_said(veilleur: Veilleur, stored: Database) -> None:
    ran = veilleur("digest")
    assert (ran.status, ran.err) == (0, "Nothing new: no mail would go out now.\n")
    assert "rien de nouveau" in ran.out


def test_a_subscriber_is_chosen_by_address_and_reads_his_language(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(
        '[[subscribers]]\nemail = "anne@fil.example"\n[[subscribers]]\nemail = "ben@fil.example"\nlanguage = "en"\n'
    )
    publish(stored, 1, datetime.now(UTC))
    assert "Cette revue est envoyée à anne@fil.example" in veilleur("digest").out.replace("\n", " ")
    assert "ben@fil.example" in veilleur("digest", "--subscriber", "BEN@fil.example").out


PAST = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=2)
READER = '[[subscribers]]\nemail = "anne@fil.example"\ntimezone = "UTC"\n'


def test_a_past_slot_shows_what_would_have_gone_out_and_leaves_every_byte(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(READER)
    publish(stored, 1, PAST - timedelta(hours=3))
    publish(stored, 2, PAST + timedelta(hours=3))
    stored.close()
    before = (home / "var/veilleur.db").read_bytes()
    ran = veilleur("digest", "--preview", "--slot", PAST.isoformat(), "--format", "text")
    assert ran.status == 0, ran.err
    assert "nouvelle 1" in ran.out
    assert "nouvelle 2" not in ran.out
    local = veilleur("digest", "--slot", PAST.replace(tzinfo=None).isoformat(), "--format", "text")
    assert local.out == ran.out
    assert (home / "var/veilleur.db").read_bytes() == before


def test_a_slot_that_went_out_is_shown_as_it_went(veilleur: Veilleur, home: Path, stored: Database) -> None:
    (home / "veilleur.toml").write_text(READER)
    publish(stored, 1, PAST)
    with stored.write() as connection:
        reader = subscribers.register(connection, "anne@fil.example", PAST)
        run = digests.plan(connection, reader, slot=PAST, topics=["code8"], now=PAST, expires_at=PAST)
        assert run is not None
        (due,) = deliveries.all_deliveries(connection)
        deliveries.keep_rendered(connection, due.id, "<1@fil.example>", b"Subject: as it went\r\n\r\nbytes\r\n")
    publish(stored, 2, PAST + timedelta(hours=1))
    file = home / "sent.eml"
    assert veilleur("digest", "--slot", PAST.isoformat(), "--format", "eml", "--output", str(file)).status == 0
    assert file.read_bytes() == b"Subject: as it went\r\n\r\nbytes\r\n"
    told = veilleur("digest", "--slot", PAST.isoformat(), "--format", "html").out
    assert "nouvelle 1" in told
    assert "nouvelle 2" not in told


def plan_past_mail(stored: Database) -> None:
    """The reader comes, and a mail of the slot tells what is known."""
    with stored.write() as connection:
        reader = subscribers.register(connection, "anne@fil.example", PAST)
        digests.plan(connection, reader, slot=PAST, topics=["code8"], now=PAST, expires_at=PAST)


def test_what_became_of_an_article_before_any_mail_told_of_it_is_shown_with_it(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(READER)
    publish(stored, 1, PAST)
    with stored.write() as connection:
        (found,) = mentions.search(connection)
        revisits.log(connection, found.article_id, "gone", PAST)
    shown = veilleur("digest", "--format", "text").out
    assert "Article retiré" in shown
    plan_past_mail(stored)
    went_out = veilleur("digest", "--slot", PAST.isoformat(), "--format", "text").out
    assert "Article retiré" in went_out


def test_what_waits_for_other_news_is_shown_and_said_to_make_no_mail(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(READER)
    publish(stored, 1, PAST)
    plan_past_mail(stored)
    with stored.write() as connection:
        (told,) = mentions.search(connection)
        revisits.log(connection, told.article_id, "moved", PAST, before=told.url, after="https://clap.example/ailleurs")
    ran = veilleur("digest")
    assert "https://clap.example/ailleurs" in ran.out
    assert ran.err == "Nothing new: no mail would go out now.\n"
    with stored.write() as connection:
        revisits.log(connection, told.article_id, "gone", PAST)
    assert veilleur("digest").err == ""


def test_a_slot_is_named_by_its_minute_where_that_is_enough(veilleur: Veilleur, home: Path, stored: Database) -> None:
    (home / "veilleur.toml").write_text(READER + 'digest = "immediate"\n')
    moments = [PAST + timedelta(minutes=minute, seconds=31, microseconds=946876) for minute in (0, 1)]
    moments.append(moments[1] + timedelta(seconds=1))
    with stored.write() as connection:
        reader = subscribers.register(connection, "anne@fil.example", PAST)
    for number, each in enumerate(moments):
        publish(stored, number, each)
        with stored.write() as connection:
            digests.plan(connection, reader, slot=each, topics=["code8"], now=each, expires_at=each)
    minutes = [f"{PAST + timedelta(minutes=minute):%Y-%m-%dT%H:%M}" for minute in (0, 1, 2)]
    first = veilleur("digest", "--slot", minutes[0], "--format", "text")
    assert (first.status, first.err) == (0, "")
    assert "nouvelle 0" in first.out
    several = veilleur("digest", "--slot", minutes[1])
    assert several.status == 2
    assert all(each.isoformat() in " ".join(several.err.split()) for each in moments[1:])
    assert "nouvelle 2" in veilleur("digest", "--slot", moments[2].isoformat(), "--format", "text").out
    none = veilleur("digest", "--slot", minutes[2])
    assert f"the nearest are {minutes[0]}+00:00, {minutes[1]}+00:00; without" in " ".join(none.err.split())


def test_a_mail_of_now_is_shown_whole(veilleur: Veilleur, home: Path, stored: Database) -> None:
    publish(stored, 1, datetime.now(UTC))
    file = home / "now.eml"
    assert veilleur("digest", "--format", "eml", "--output", str(file)).status == 0
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == "veilleur@localhost"
    assert "nouvelle 1" in mail["Subject"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--subscriber", "x@y.example"], ["no such subscriber", "anne@fil.example"]),
        (["--slot", "yesterday"], ["--slot yesterday", "this is no time"]),
        (["--slot", "2100-01-01T08:00"], ["lies ahead", "08:00+00:00"]),
        (
            ["--slot", (PAST + timedelta(minutes=1)).isoformat()],
            ["is none of anne@fil.example", f"the nearest are {PAST.isoformat(timespec='minutes')}, "],
        ),
        (["--slot", "2020-01-01T08:00"], ["nothing is on record of then, only since", f"{PAST:%Y-%m-%d}T07:00+00:00"]),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    veilleur: Veilleur, home: Path, stored: Database, words: list[str], told: list[str]
) -> None:
    (home / "veilleur.toml").write_text(READER)
    publish(stored, 1, PAST - timedelta(hours=1))
    ran = veilleur("digest", *words)
    assert (ran.status, ran.out) == (2, "")
    for each in told:
        assert each in " ".join(ran.err.split())


def test_before_anything_is_on_record_no_slot_is_shown(veilleur: Veilleur, home: Path, stored: Database) -> None:
    (home / "veilleur.toml").write_text(READER)
    ran = veilleur("digest", "--slot", PAST.isoformat())
    assert (ran.status, ran.out) == (2, "")
    assert "nothing is on record of then, nor of any other time yet" in " ".join(ran.err.split())
    with stored.write() as connection:
        rounds.begin(connection, PAST)
    assert veilleur("digest", "--slot", PAST.isoformat()).status == 0
