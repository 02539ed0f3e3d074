"""An older database keeps the mails that it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from storage import changes, deliveries, revisits
from storage.database import Database
from storage.migrate import configuration, migrate
from storage.model import DeliveryState
from storage.schema import mention
from tests.storage.builders import NOON, a_mention, a_subscriber, after, plan

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


def test_tables_that_others_refer_to_are_made_anew_under_their_rows(sqlite: Database) -> None:
    """Back to where runs and changes had other rules, and to the newest schema again, with a change that was told."""
    with sqlite.write() as connection:
        told = a_mention(connection, 1)
        reader = a_subscriber(connection)
        plan(connection, reader, NOON)
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == told)).scalar_one()
        revisits.log(connection, article_id, "gone", after(hours=1), before="Avant")
        a_mention(connection, 2)
        run = plan(connection, reader, after(hours=2))
        assert run is not None
        before = changes.of_run(connection, run.id)
    config = configuration()
    with sqlite.rebuild() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
    assert migrate(sqlite)
    with sqlite.read() as connection:
        assert changes.of_run(connection, run.id) == before != []
    with pytest.raises(IntegrityError), sqlite.write() as connection:
        connection.execute(text("delete from digest_run"))


def test_a_migration_that_leaves_a_row_without_its_other_is_undone(sqlite: Database) -> None:
    with sqlite.write() as connection:
        a_mention(connection, 1)
        plan(connection, a_subscriber(connection), NOON)
    with pytest.raises(IntegrityError, match="refers to no row"), sqlite.rebuild() as connection:
        connection.execute(text("delete from digest_run"))
    with sqlite.read() as connection:
        assert connection.execute(text("select count(*) from digest_run")).scalar_one() == 1
        assert connection.execute(text("pragma foreign_keys")).scalar_one() == 1


def test_a_step_back_takes_the_bytes_back(database_before: Database) -> None:
    migrate(database_before)
    config = configuration()
    with database_before.rebuild() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        assert connection.execute(text("select mime from delivery")).scalar_one() == b"bytes"
