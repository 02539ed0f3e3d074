"""`veilleur digest` shows what would go out, and records nothing."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

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
