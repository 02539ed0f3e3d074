"""What the tables themselves promise."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from storage import digests, pages, sources, subscribers
from storage.database import Database
from storage.schema import article, delivery, digest_item, digest_run, mention, page, source, story, subscriber
from tests.storage.builders import (
    EMAIL,
    NOON,
    TOPIC,
    a_mention,
    a_page,
    a_source,
    a_subscriber,
    after,
    at_once,
    plan,
)

FAR_EAST = timezone(timedelta(hours=9))


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_moment_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    written = datetime(2024, 3, 1, 21, 0, 0, 123456, tzinfo=FAR_EAST)
    with database.write() as connection:
        connection.execute(insert(story).values(topic=TOPIC, first_at=written, last_at=written))
        read = connection.execute(select(story.c.first_at)).scalar_one()
    assert read == written
    assert read.tzinfo is UTC


def test_moments_compare_as_instants_whatever_their_zone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(story).values(topic=TOPIC, first_at=NOON, last_at=NOON))
        same = NOON.astimezone(FAR_EAST)
        assert connection.execute(select(func.count()).where(story.c.first_at == same)).scalar_one() == 1
        later = same + timedelta(microseconds=1)
        assert connection.execute(select(func.count()).where(story.c.first_at < later)).scalar_one() == 1


def test_a_time_without_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="a time without zone cannot be stored"), database.write() as connection:
        connection.execute(insert(story).values(topic=TOPIC, first_at=naive, last_at=naive))


def test_workers_that_discover_the_same_pages_find_each_page_once(database: Database) -> None:
    links = [(f"https://journal.example/{number}", f"journal.example/{number}") for number in range(20)]

    def discover(_: int) -> list[str]:
        with database.write() as connection:
            return [each.url for each in pages.discover(connection, "journal", None, links, NOON)]

    found = [url for urls in at_once(6, discover) for url in urls]
    assert sorted(found) == sorted(url for url, _ in links)


def test_workers_that_register_the_same_source_get_the_same_one(database: Database) -> None:
    def register(_: int) -> int:
        with database.write() as connection:
            return a_source(connection).id

    assert len(set(at_once(6, register))) == 1


def test_workers_that_register_the_same_subscriber_get_the_same_one(database: Database) -> None:
    def register(number: int) -> object:
        with database.write() as connection:
            return subscribers.register(connection, EMAIL, after(minutes=number))

    assert len(set(at_once(6, register))) == 1


def test_workers_that_plan_the_same_slot_plan_one_digest(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection)
        subscribed = a_subscriber(connection)

    def plan_it(_: int) -> object:
        with database.write() as connection:
            return plan(connection, subscribed)

    assert len([run for run in at_once(6, plan_it) if run is not None]) == 1
    with database.read() as connection:
        assert [count(connection, table) for table in (digest_run, digest_item, delivery)] == [1, 1, 1]


def test_workers_that_plan_different_slots_do_not_tell_anything_twice(sqlite: Database) -> None:
    with sqlite.write() as connection:
        for number in range(5):
            a_mention(connection, number)
        subscribed = a_subscriber(connection)

    def plan_it(number: int) -> None:
        with sqlite.write() as connection:
            plan(connection, subscribed, after(hours=number))

    at_once(4, plan_it)
    with sqlite.read() as connection:
        assert (count(connection, digest_run), count(connection, digest_item)) == (4, 5)
        assert count(connection, delivery) == 1


@pytest.mark.parametrize("table", [source, page, article, mention, subscriber, digest_run, digest_item, delivery])
def test_what_is_unique_is_so_in_the_database(table: Table, database: Database) -> None:
    with database.write() as connection:
        _one_of_everything(connection)
        row = dict(connection.execute(select(table)).mappings().one())
        row.pop("id")
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(table).values(row))


def test_a_run_is_a_digest_or_an_alert(database: Database) -> None:
    with database.write() as connection:
        reader = a_subscriber(connection)
        run = {"subscriber_id": reader.id, "state": "empty", "planned_at": NOON, "topics": []}
        for hours, kind in enumerate(("digest", "alert")):
            connection.execute(insert(digest_run).values(run | {"slot": after(hours=hours), "kind": kind}))
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(digest_run).values(run | {"slot": after(hours=2), "kind": "note"}))


def _one_of_everything(connection: Connection) -> None:
    a_source(connection)
    a_page(connection)
    a_mention(connection)
    run = plan(connection, a_subscriber(connection))
    assert run is not None
    assert len(digests.items(connection, run.id)) == 1
    assert len(sources.all_sources(connection)) == 1
