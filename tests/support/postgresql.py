"""PostgreSQL for the tests: the server that VEILLEUR_TEST_POSTGRESQL names (its user must be allowed to make
databases), or one of the tests' own that ends with them, where Debian's programs are installed."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from storage.database import Database
from storage.migrate import migrate, newest
from storage.schema import metadata
from tests.support.newsroom import newsroom as on_sqlite

NAMED = os.environ.get("VEILLEUR_TEST_POSTGRESQL")
START_SECONDS = 60
FROM_ONE = text("select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'")
AT_NEWEST = text("update alembic_version set version_num = :newest")
# The server ends when its standard input does: also when the tests are killed.
SERVE = '"$0" "$@" & read -r _; kill -INT $!; wait'
UNSAFE_BUT_FAST = ("fsync=off", "full_page_writes=off")


@contextmanager
def server() -> Iterator[str | None]:
    """The address of a database on a server, while the block runs; None where there is no server to be had."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if NAMED or not programs:
        yield NAMED
    else:
        with TemporaryDirectory(prefix="veilleur", dir="/tmp") as folder, _started(programs[-1].parent, folder) as url:
            yield url


@contextmanager
def newsroom(server: str) -> Iterator[Database]:
    """An empty database at the current schema, on that server: the same one for each test of this process."""
    database = Database(_migrated(server))
    try:
        with database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
            connection.execute(FROM_ONE)
            connection.execute(AT_NEWEST, {"newest": newest()})
        yield database
    finally:
        database.close()


def any_newsroom(request: pytest.FixtureRequest, folder: Path) -> AbstractContextManager[Database]:
    """An empty database of the kind that is the fixture's parameter, "sqlite" or "postgresql"."""
    if request.param == "sqlite":
        return on_sqlite(folder)
    return newsroom(request.getfixturevalue("postgresql"))


@cache
def _migrated(server: str) -> str:
    """Emptied for each test: making each test's own, even as a copy, would take longer than the tests."""
    name = f"veilleur_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _ask(server, f"drop database if exists {name} with (force)", f"create database {name}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    migrate(database)
    database.close()
    return url


def _ask(server: str, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def own_server() -> Iterator["Server | None"]:
    """A server that the test may restart, while the block runs; None where PostgreSQL is not installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        yield None
        return
    with TemporaryDirectory(prefix="veilleur", dir="/tmp") as folder:
        own = Server(programs[-1].parent, folder)
        own.start()
        try:
            yield own
        finally:
            own.stop()


@contextmanager
def _started(programs: Path, folder: str) -> Iterator[str]:
    made = Server(programs, folder)
    made.start()
    try:
        yield made.url
    finally:
        made.stop()


class Server:
    """A server in a folder, reached by a socket there."""

    def __init__(self, programs: Path, folder: str) -> None:
        self.url = f"postgresql+psycopg://veilleur@/postgres?host={folder}"
        self.folder = Path(folder)
        self._programs, self._data = programs, self.folder / "data"
        self._user = "nobody" if os.getuid() == 0 else None  # PostgreSQL refuses to be root
        if self._user:
            shutil.chown(folder, self._user)
        words = ["-U", "veilleur", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self._run([f"{programs}/initdb", "-D", str(self._data), *words])

    def start(self) -> None:
        options = [
            f"-c{each}" for each in (*UNSAFE_BUT_FAST, "listen_addresses=", f"unix_socket_directories={self.folder}")
        ]
        serve = ["sh", "-c", SERVE, f"{self._programs}/postgres", "-D", str(self._data), *options]
        log = self.folder / "log"
        with log.open("ab") as told:
            self._process = subprocess.Popen(
                serve, user=self._user, cwd=self.folder, stdin=subprocess.PIPE, stdout=told, stderr=told
            )
        try:
            _await(self.url, log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def restart(self) -> None:
        """As after a crash: what is under way is broken off (pg_ctl's mode "immediate")."""
        self._run([f"{self._programs}/pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._data)])
        self.stop()
        self.start()

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, user=self._user, cwd=self.folder, check=True, capture_output=True)


def _await(url: str, log: Path) -> None:
    last = time.monotonic() + START_SECONDS
    while True:
        try:
            return _ask(url)
        except OperationalError:
            assert time.monotonic() < last, log.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.05)
