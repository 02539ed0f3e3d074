"""The engine and its two kinds of transaction: `read` and `write`.

On SQLite every writing transaction is BEGIN IMMEDIATE: a read that turns into a write fails at once when another
writer committed in between, whatever busy_timeout says (https://www.sqlite.org/rescode.html#busy_snapshot).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)

from storage.errors import DatabaseUnavailable

BUSY_TIMEOUT_MS = 30_000
READ_ONLY = "25006"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
LEAD = int.from_bytes(b"veilleur")  # the key of the advisory lock
RECORD = int.from_bytes(b"recorded")
WAL_WAIT_MS = 50
HEEDED = "PRAGMA foreign_keys=ON"
_LOST = "PRAGMA foreign_key_check"


class Database:
    """A database whose transactions are opened by `read()` and `write()`; hand the connection to the queries."""

    def __init__(self, url: str) -> None:
        """Prepares to use the database at `url` (an SQLAlchemy address); a folder for a SQLite file is made."""
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: one consistent state of the database."""
        with self._transaction(immediate=False) as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A transaction that is durable when the block ends, and undone when the block raises.

        One that is not `durable` does not wait for the disk: it outlives the process, but when the machine loses its
        power the last ones may be undone, the latest first and never out of order. The next durable one makes all
        before it durable (https://www.sqlite.org/pragma.html#pragma_synchronous,
        https://www.postgresql.org/docs/current/wal-async-commit.html).
        """
        with self._transaction(immediate=True, durable=durable) as connection:
            yield connection

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """A writing transaction in which tables that others refer to may be made anew.

        SQLite changes a table by making another and dropping the first, which foreign keys forbid while they are
        heeded; they are looked at before the end instead (https://www.sqlite.org/lang_altertable.html#otheralter).
        Raises IntegrityError, and changes nothing, where one leads nowhere.
        """
        with self._transaction(immediate=True, rebuilds=True) as connection:
            yield connection
            if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql(_LOST).first()):
                raise IntegrityError(_LOST, None, sqlite3.IntegrityError(f"{lost[0]}: row {lost[1]} refers to no row"))

    def look_for_damage(self) -> None:
        """Reads a SQLite file whole; raises DatabaseUnavailable where it is damaged. A server looks after its own."""
        if self.engine.dialect.name != "sqlite":
            return
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise DatabaseUnavailable(f"database {redacted(self.url)}: {' '.join(found.split())}{_DAMAGED}")

    def close(self) -> None:
        self.engine.dispose()

    @property
    def file(self) -> Path | None:
        """The SQLite file, None for a server or a database in memory."""
        return sqlite_file(self.url)

    @contextmanager
    def lead(self) -> Iterator[bool]:
        """Whether this process leads on a server's database; it then does while the block runs or its connection lasts.

        A SQLite database has none to ask: its leader holds a lock file.
        """
        if self.engine.dialect.name != "postgresql":
            yield True
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # the lock is the session's: it must end here, not go back into the pool
            yield bool(connection.execute(select(func.pg_try_advisory_lock(LEAD))).scalar_one())

    @contextmanager
    def _transaction(self, *, immediate: bool, durable: bool = True, rebuilds: bool = False) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                options = connection.execution_options(
                    veilleur_immediate=immediate, veilleur_durable=durable, veilleur_rebuilds=rebuilds
                )
                try:
                    with options.begin():
                        yield options
                finally:
                    if rebuilds and connection.dialect.name == "sqlite":
                        _heed_foreign_keys(connection)
        except DBAPIError as error:
            if _is_unavailable(error):
                raise DatabaseUnavailable(f"database {redacted(self.url)}: {error.orig}{_remedy(error)}") from error
            raise


def record_alone(connection: Connection) -> None:
    """Waits until no other transaction records articles, and lets none do so before this one ends.

    A verdict depends on what is stored: two transactions that do not see each other would both find a copy new. On
    SQLite whoever writes is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(RECORD)))


def redacted(url: str) -> str:
    """The address without its password."""
    return make_url(url).render_as_string(hide_password=True)


def sqlite_file(url: str) -> Path | None:
    address = make_url(url)
    name = (address.database or "").removeprefix("file:")  # https://www.sqlite.org/uri.html
    if not address.drivername.startswith("sqlite") or name in ("", ":memory:"):
        return None
    return Path(name)


_UNUSABLE = "database.url is no address of a database this installation can use"
_DRIVER = "write \"postgresql+psycopg://...\", whose driver `pip install '.[postgresql]'` brings"
_ELSEWHERE = ": let this user write there, or name another file in database.url"
_HELD = (
    ": another process writes to it and does not end (a daemon, a backup, an open shell): end that process, or try"
    " again when it is done; `fuser` with the file's name tells which it is"
)
_DAMAGED = (
    ": the file is damaged: stop Veilleur, move the file away with its -wal and -shm, but not its .epoch, and put a"
    " backup in its place; then look at `veilleur deliveries` and write `veilleur deliveries resume`"
)
_REMEDIES = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _ELSEWHERE,
    sqlite3.SQLITE_READONLY: _ELSEWHERE,
    sqlite3.SQLITE_NOTADB: ": move it away, or name another file in database.url",
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_FULL: ": make room on its disk",
}


def _remedy(error: DBAPIError) -> str:
    """What to do where SQLite cannot use its file."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return "" if code is None else _REMEDIES.get(code & 0xFF, "")


def _is_unavailable(error: DBAPIError) -> bool:
    """Whether the database is at fault and not the statement."""
    if isinstance(error, OperationalError) or type(error) is DatabaseError or error.connection_invalidated:
        return True
    return getattr(error.orig, "sqlstate", None) == READ_ONLY


def _engine(url: str) -> Engine:
    try:
        file = sqlite_file(url)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(f"{_UNUSABLE}: {error}: {_DRIVER}") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUnavailable(f"{_UNUSABLE}: {error}") from error
    except OSError as error:
        reason = f"the folder of the database cannot be made: {error.strerror}"
        raise DatabaseUnavailable(f"{Path(str(error.filename)).absolute()}: {reason}{_ELSEWHERE}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late and is never IMMEDIATE
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(HEEDED)
    cursor.close()


def _heed_foreign_keys(connection: Connection) -> None:
    """To the driver itself: SQLAlchemy would begin a transaction first, in which this has no effect."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(HEEDED)


def _write_ahead(cursor: Any) -> None:
    """Turns a new file's journal into WAL; the busy timeout does not cover two processes that do so at once."""
    for _ in range(BUSY_TIMEOUT_MS // WAL_WAIT_MS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(WAL_WAIT_MS / 1000)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("veilleur_immediate", False):
        connection.exec_driver_sql("BEGIN")
        return
    wait = "FULL" if options.get("veilleur_durable", True) else "NORMAL"
    if connection.info.get("synchronous") != wait:  # what this connection was told last
        connection.exec_driver_sql(f"PRAGMA synchronous={wait}")
        connection.info["synchronous"] = wait
    if options.get("veilleur_rebuilds", False):
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("veilleur_durable", True):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
