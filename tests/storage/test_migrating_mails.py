"""An older database keeps the mails that it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from storage import deliveries
from storage.database import Database
from storage.migrate import configuration, migrate
from storage.model import DeliveryState
from tests.storage.builders import NOON

AT = NOON.strftime("'%Y-%m-%d %H:%M:%S.000000'")
ROWS = (
    f"insert into subscriber (email, since, registered_at) values ('a@x.example', {AT}, {AT})",
    f"insert into digest_run (subscriber_id, slot, state, planned_at, topics) values (1, {AT}, 'planned', {AT}, '[]')",
    "insert into delivery (run_id, recipient, state, message_id, mime, sha256, size, created_at, next_at, expires_at)"
    f" values (1, 'a@x.example', 'held', '<1@x.example>', x'6279746573', 'hash', 5, {AT}, {AT}, {AT})",
    f"insert into delivery_attempt (delivery_id, fence, phase, started_at) values (1, 1, 'data', {AT})",
)


@pytest.fixture
def database_before(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file of the fifth schema, with a mail in doubt."""
    database = Database(f"sqlite:///{tmp_path / 'older.db'}")
    config = configuration()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for row in ROWS:
            connection.execute(text(row))
    yield database
    database.close()


def test_a_mail_that_was_rendered_before_keeps_its_bytes(database_before: Database) -> None:
    assert migrate(database_before)
    with database_before.read() as connection:
        kept = deliveries.find(connection, 1)
    assert (kept.mime, kept.state, kept.held_why) == (b"bytes", DeliveryState.HELD, "doubt")


def test_a_step_back_takes_the_bytes_back(database_before: Database) -> None:
    migrate(database_before)
    config = configuration()
    with database_before.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        assert connection.execute(text("select mime from delivery")).scalar_one() == b"bytes"
