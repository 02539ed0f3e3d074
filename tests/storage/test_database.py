"""Transactions: durable or undone, never locked out, and a database that fails says so."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError

from storage.database import Database, redacted, sqlite_file
from storage.errors import DatabaseUnavailable, StorageError
from storage.schema import page, source
from tests.storage.builders import a_page, a_source, at_once
from tests.support.full_disk import room_for


def scalar(database: Database, question: str) -> Any:
    with database.read() as connection:
        return connection.execute(text(question)).scalar()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_sqlite_is_set_up_for_many_readers_and_no_loss(sqlite: Database, pragma: str, value: object) -> None:
    assert scalar(sqlite, f"pragma {pragma}") == value


def test_every_connection_is_set_up_and_not_only_the_first(sqlite: Database) -> None:
    with sqlite.read(), sqlite.read() as second:
        assert second.execute(text("pragma synchronous")).scalar() == 2
        assert second.execute(text("pragma foreign_keys")).scalar() == 1


def test_what_a_block_wrote_is_there_when_it_ends(database: Database) -> None:
    with database.write() as connection:
        a_source(connection)
    assert scalar(database, "select count(*) from source") == 1


def test_what_a_block_wrote_is_undone_when_it_raises(database: Database) -> None:
    def write_and_raise() -> None:
        with database.write() as connection:
            a_source(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_raise()
    assert scalar(database, "select count(*) from source") == 0


def test_a_writing_transaction_is_immediate_and_a_reading_one_is_not(sqlite: Database) -> None:
    begun: list[str] = []
    event.listen(
        sqlite.engine, "before_cursor_execute", lambda *call: begun.append(call[2]) if "BEGIN" in call[2] else None
    )
    with sqlite.write():
        pass
    with sqlite.read():
        pass
    assert begun == ["BEGIN IMMEDIATE", "BEGIN"]


WAITS = {"sqlite": "pragma synchronous", "postgresql": "show synchronous_commit"}
NO_WAIT = {"sqlite": 1, "postgresql": "off"}


def test_only_a_durable_transaction_waits_for_the_disk(database: Database) -> None:
    kind = database.engine.dialect.name
    told = []
    for durable in (True, False, True):
        with database.write(durable=durable) as connection:
            told.append(connection.execute(text(WAITS[kind])).scalar())
    assert told[1] == NO_WAIT[kind]
    assert told[0] == told[2] != NO_WAIT[kind]


def test_writers_wait_for_each_other_and_lose_no_update(sqlite: Database) -> None:
    """Each reads and then writes: without BEGIN IMMEDIATE that is "database is locked", or a lost update."""
    with sqlite.write() as connection:
        a_source(connection)

    def count_up(_: int) -> None:
        for _ in range(25):
            with sqlite.write() as connection:
                fails = connection.execute(select(source.c.fails)).scalar_one()
                connection.execute(update(source).values(fails=fails + 1))

    at_once(8, count_up)
    assert scalar(sqlite, "select fails from source") == 200


def test_readers_do_not_wait_for_a_writer_and_see_one_state(sqlite: Database) -> None:
    with sqlite.write() as connection:
        a_page(connection, "/1")
    with sqlite.read() as reading:
        before = reading.execute(select(page.c.id)).all()
        with sqlite.write() as writing:
            a_page(writing, "/2")
        assert reading.execute(select(page.c.id)).all() == before
    assert scalar(sqlite, "select count(*) from page") == 2


def test_processes_that_open_a_new_file_together_do_not_lock_each_other_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'veilleur.db'}"

    def open_and_write(number: int) -> None:
        database = Database(url)
        with database.write() as connection:
            connection.execute(text(f"create table t{number} (a)"))
        database.close()

    at_once(8, open_and_write)
    database = Database(url)
    assert scalar(database, "select count(*) from sqlite_master") == 8
    database.close()


def test_a_broken_rule_is_a_bug_and_no_outage(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("insert into fingerprint (hash, mention_id) values (1, 999)"))
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(source.insert().values(outlet="journal", kind="rumeur", url="https://journal.example/rss"))


def limited(database: Database, pragma: str) -> Database:
    """The same file through connections with that pragma set."""
    other = Database(database.url)

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"pragma {pragma}")

    event.listen(other.engine, "connect", limit)
    return other


def test_a_read_only_database_is_unavailable(sqlite: Database) -> None:
    other = limited(sqlite, "query_only=on")
    with pytest.raises(DatabaseUnavailable, match="attempt to write a readonly database"), other.write() as connection:
        a_source(connection)
    other.close()


def test_a_full_database_is_unavailable_and_whole_when_there_is_room_again(sqlite: Database) -> None:
    other = limited(sqlite, f"max_page_count={scalar(sqlite, 'pragma page_count')}")
    with pytest.raises(DatabaseUnavailable, match="full"):
        fill(other, lambda number: f"https://journal.example/{number}/" + "x" * 1000)
    other.close()
    assert scalar(sqlite, "select count(*) from source") == 0
    assert scalar(sqlite, "pragma integrity_check") == "ok"
    with sqlite.write() as connection:
        a_source(connection)


def test_a_full_disk_makes_the_database_unavailable_and_loses_nothing(sqlite: Database) -> None:
    assert sqlite.file is not None
    with sqlite.write() as connection:
        a_source(connection)
    with room_for(sqlite.file.stat().st_size), pytest.raises(DatabaseUnavailable):
        fill(sqlite, lambda number: f"https://journal.example/{number}/" + "x" * 10_000)
    assert scalar(sqlite, "select count(*) from source") == 1
    assert scalar(sqlite, "pragma integrity_check") == "ok"


def fill(database: Database, url: Callable[[int], str]) -> None:
    with database.write() as connection:
        for number in range(500):
            a_source(connection, url(number))


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "veilleur.db"
    file.write_bytes(b"Cher journal, " * 1000)
    database = Database(f"sqlite:///{file}")
    with (
        pytest.raises(DatabaseUnavailable, match="file is not a database: move it away, or name another file"),
        database.read(),
    ):
        pass
    database.close()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}")
    with (
        pytest.raises(
            DatabaseUnavailable, match="unable to open database file: let this user write there, or name another"
        ),
        database.read(),
    ):
        pass
    database.close()


def test_a_database_that_may_only_be_read_says_what_to_do(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "veilleur.db").close()
    database = Database(f"sqlite:///file:{tmp_path}/veilleur.db?mode=ro&uri=true")
    with pytest.raises(DatabaseUnavailable, match=r"(readonly|open).*: let this user write there"), database.write():
        pass
    database.close()


def test_a_database_locked_for_too_long_is_unavailable(sqlite: Database) -> None:
    other = limited(sqlite, "busy_timeout=50")
    said = r"/veilleur\.db: database is locked: another process writes to it .*: end that process, or try again"
    with sqlite.write(), pytest.raises(DatabaseUnavailable, match=said), other.write():
        pass
    other.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(
        DatabaseUnavailable, match=f"{tmp_path}/file.*: the folder of the database cannot be made: .*: let"
    ):
        Database(f"sqlite:///{tmp_path / 'file' / 'folder' / 'veilleur.db'}")


@pytest.mark.parametrize("url", ["", "veilleur.db", "nonsense://x", "postgresql+nonsense://qui:secret@x/y"])
def test_an_address_of_no_database_is_said_and_its_password_is_not(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"database\.url is no address") as refusal:
        Database(url)
    assert "secret" not in str(refusal.value)
    assert isinstance(refusal.value, StorageError)


def test_a_server_that_is_not_there_is_said_and_its_password_is_not() -> None:
    pytest.importorskip("psycopg")
    database = Database("postgresql+psycopg://qui:secret@127.0.0.1:1/veilleur")
    with pytest.raises(DatabaseUnavailable, match=r"qui:\*\*\*@127\.0\.0\.1:1") as refusal, database.read():
        pass
    assert "secret" not in str(refusal.value)
    database.close()


def test_a_password_is_never_shown() -> None:
    assert redacted("postgresql://qui:secret@h/d") == "postgresql://qui:***@h/d"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///var/veilleur.db", Path("var/veilleur.db")),
        ("sqlite:////srv/veilleur.db", Path("/srv/veilleur.db")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://h/d", None),
    ],
)
def test_only_a_sqlite_address_has_a_file(url: str, file: Path | None) -> None:
    assert sqlite_file(url) == file
