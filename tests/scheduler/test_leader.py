"""One process watches on a database, and the second one is told who does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.errors import AnotherDaemon
from scheduler.leader import leadership
from storage.database import Database, redacted

HOLDS = """
import sys
from scheduler.leader import leadership
from storage.database import Database
with leadership(Database(sys.argv[1])):
    print("leads", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_by_name_until_the_first_is_gone(database: Database) -> None:
    command = [sys.executable, "-c", HOLDS, database.url]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == b"leads\n"
        with pytest.raises(AnotherDaemon) as refused, leadership(database):
            pass
        assert f"process {first.pid}" in str(refused.value)
        assert str(database.file) in str(refused.value)
        assert "stop it" in str(refused.value)
        first.kill()
    with leadership(database):
        pass


def test_the_lead_is_given_back_also_after_an_error(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), leadership(database):
        raise ZeroDivisionError
    with leadership(database):
        pass


def test_a_servers_database_has_one_leader_too(postgresql: str) -> None:
    first, second = Database(postgresql), Database(postgresql)
    with leadership(first):
        with pytest.raises(AnotherDaemon, match="stop it") as refused, leadership(second):
            pass
        assert redacted(postgresql) in str(refused.value)
    for again in (second, first):
        with leadership(again):
            pass
        again.close()


def test_two_databases_have_two_leaders(database: Database, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.db")
    with leadership(database), leadership(other):
        pass
    other.close()
