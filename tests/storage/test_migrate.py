"""Bringing a database to this program's schema."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text

from storage.database import Database
from storage.errors import SchemaMismatch
from storage.migrate import check_schema, configuration, migrate, newest
from storage.schema import metadata
from tests.storage.builders import a_page
from tests.support.kills import killed_at

MIGRATE = """
import sys
from storage.database import Database
from storage.migrate import migrate
migrate(Database(sys.argv[1]))
"""


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def pretend_newer(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))


def test_an_empty_database_is_brought_to_the_schema(empty: Database) -> None:
    assert migrate(empty)
    assert tables(empty) == {*metadata.tables, "alembic_version"}
    check_schema(empty)


def test_the_newest_schema_is_the_one_that_the_migrations_lead_to() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert scripts.get_heads() == [newest()]


def test_a_database_at_the_schema_is_known_without_the_library_of_migrations(sqlite: Database) -> None:
    looks = f"{MIGRATE}\nassert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", looks, sqlite.url], env={"PYTHONPATH": ":".join(sys.path)}, check=True)


def test_a_second_time_there_is_nothing_to_do_and_nothing_is_lost(database: Database) -> None:
    with database.write() as connection:
        a_page(connection)
    assert not migrate(database)
    with database.read() as connection:
        assert connection.execute(text("select count(*) from page")).scalar() == 1


def test_the_migrations_make_exactly_the_schema(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "include_name": _is_ours}
        )
        assert compare_metadata(context, metadata) == []


def _is_ours(name: str | None, kind: str, _: Any) -> bool:
    return kind != "schema" or name is None


def test_the_migrations_make_the_rules_that_alembic_does_not_compare(database: Database, tmp_path: Path) -> None:
    """CHECK constraints, compared with those of a database that was made from the schema itself."""
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with other.write() as connection:
        metadata.create_all(connection)
        expected = checks(connection)
    other.close()
    with database.read() as connection:
        assert checks(connection) == expected
    assert any(expected.values())


def checks(connection: Connection) -> dict[str, set[str]]:
    inspector = inspect(connection)
    return {name: {str(each["name"]) for each in inspector.get_check_constraints(name)} for name in metadata.tables}


def test_a_fingerprint_table_has_no_row_numbers(sqlite: Database) -> None:
    """It is the largest table, and an index of itself."""
    with sqlite.read() as connection:
        written = connection.execute(text("select sql from sqlite_master where name = 'fingerprint'")).scalar_one()
    assert "WITHOUT ROWID" in written


def test_a_database_of_a_newer_program_is_left_alone(database: Database) -> None:
    pretend_newer(database)
    for ask in (migrate, check_schema):
        with pytest.raises(SchemaMismatch, match=r"made by a newer Veilleur \(schema 9999\): install that version"):
            ask(database)


def test_an_empty_database_is_no_mistake_but_has_to_be_migrated(empty: Database) -> None:
    with pytest.raises(SchemaMismatch, match="is empty: run `veilleur migrate`"):
        check_schema(empty)


def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(empty: Database) -> None:
    count = 0

    def break_off(*call: Any) -> None:
        nonlocal count
        count += "CREATE TABLE" in call[2]
        if count == 6:
            raise KeyboardInterrupt

    event.listen(empty.engine, "before_cursor_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate(empty)
    event.remove(empty.engine, "before_cursor_execute", break_off)
    assert tables(empty) == set()
    assert migrate(empty)


def migrated(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


def test_a_migration_that_is_killed_before_its_commit_is_done_the_next_time(empty: Database) -> None:
    assert killed_at("before the commit of INSERT alembic_version", migrated, empty.url)
    assert tables(empty) == set()
    assert migrate(empty)
    check_schema(empty)


def test_processes_that_migrate_together_do_it_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    command = [sys.executable, "-c", MIGRATE, url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 4
    database = Database(url)
    check_schema(database)
    database.close()
