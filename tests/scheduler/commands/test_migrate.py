"""`veilleur migrate` brings a database to the current schema, and refuses a newer one."""

from pathlib import Path

from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur


def test_an_empty_database_is_brought_to_the_schema_once(veilleur: Veilleur, home: Path) -> None:
    first, second = veilleur("migrate"), veilleur("migrate")
    assert (first.status, second.status) == (0, 0)
    assert first.out == "sqlite:///var/veilleur.db: brought to the current schema\n"
    assert second.out == "sqlite:///var/veilleur.db: has the current schema already\n"


def test_a_database_of_a_newer_program_is_left_alone(veilleur: Veilleur, home: Path, stored: Database) -> None:
    with stored.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for words in (["migrate"], ["run", "--once"], ["mentions"], ["run"]):
        ran = veilleur(*words)
        assert (ran.status, ran.out) == (1, "")
        assert "was made by a newer Veilleur (schema 9999)" in ran.err
