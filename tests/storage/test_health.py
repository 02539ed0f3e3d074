"""What is remembered of sources' health."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage import deliveries, health, sources
from storage.database import Database
from storage.model import Ailment
from storage.schema import incident
from tests.storage.builders import NOON, a_source, after, source_now

SILENT = Ailment("silent", "http", 503)
FEW = Ailment("degraded", "few_items", items=2, usual=30)
OPERATOR = "exploitation@fil.example"


def test_a_day_counts_the_most_that_a_source_named_on_it(database: Database) -> None:
    with database.write() as connection:
        one, other = (a_source(connection, f"https://{name}.example/") for name in "ab")
        for hours, items in ((0, 5), (1, 9), (2, 0), (24, 7)):
            health.count_items(connection, one.id, items, after(hours=hours))
        health.count_items(connection, other.id, 1, NOON)
        assert health.daily_items(connection, after(days=1)) == {one.id: [9, 7], other.id: [1]}
        assert health.daily_items(connection, after(days=28)) == {one.id: [7]}


def test_an_illness_is_one_incident_until_it_ends(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        health.begin(connection, source.id, FEW, NOON)
        health.begin(connection, source.id, SILENT, after(hours=5))
        [ill] = health.open_incidents(connection)
        assert (ill.ailment, ill.began_at, ill.url, ill.outlet) == (SILENT, NOON, source.url, "journal")
        health.end(connection, ill.id, after(hours=6))
        assert health.open_incidents(connection) == []
        health.begin(connection, source.id, FEW, after(hours=7))
        assert [each.id == ill.id for each in health.open_incidents(connection)] == [False]


def test_two_open_incidents_of_a_source_are_refused_by_the_database(database: Database) -> None:
    with database.write() as connection:
        values = {"source_id": a_source(connection).id, "state": "silent", "hindrance": "x", "began_at": NOON}
        connection.execute(incident.insert().values(values))
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(incident.insert().values(values))


def test_an_incident_and_its_end_are_told_once_each(database: Database) -> None:
    with database.write() as connection:
        health.begin(connection, a_source(connection).id, SILENT, NOON)
        assert health.untold(connection, after(seconds=-1)) == []
        begun = health.untold(connection, NOON)
        first, run = health.plan_notice(connection, OPERATOR, begun, [], NOON)
        assert health.untold(connection, after(days=9)) == health.untold_ends(connection) == []
        health.end(connection, begun[0].id, after(hours=1))
        over = health.untold_ends(connection)
        assert [each.ended_at for each in over] == [after(hours=1)]
        health.plan_notice(connection, OPERATOR, [], over, after(hours=1))
        assert health.untold_ends(connection) == []
        found = deliveries.find(connection, first)
        assert (found.run_id, found.recipient, found.expires_at) == (run.id, OPERATOR, after(hours=48))


def test_what_a_lost_notice_told_is_told_again(database: Database) -> None:
    with database.write() as connection:
        health.begin(connection, a_source(connection).id, SILENT, NOON)
        _, run = health.plan_notice(connection, OPERATOR, health.untold(connection, NOON), [], NOON)
        health.release(connection, run.id)
        assert len(health.untold(connection, NOON)) == 1


def test_an_incident_that_nobody_was_told_of_ends_without_a_word(database: Database) -> None:
    with database.write() as connection:
        one, other = (a_source(connection, f"https://{name}.example/") for name in "ab")
        for each in (one, other):
            health.begin(connection, each.id, SILENT, NOON)
        told, untold = health.untold(connection, NOON)
        health.plan_notice(connection, OPERATOR, [told], [], NOON)
        health.end(connection, untold.id, after(hours=1))
        health.end(connection, told.id, after(hours=1), quietly=True)
        assert health.untold_ends(connection) == []


def test_old_counts_and_incidents_are_forgotten_and_open_ones_are_not(database: Database) -> None:
    with database.write() as connection:
        one, other = (a_source(connection, f"https://{name}.example/") for name in "ab")
        for each in (one, other):
            health.begin(connection, each.id, SILENT, NOON)
            health.count_items(connection, each.id, 3, NOON)
        health.end(connection, health.open_incidents(connection)[0].id, NOON)
        assert health.prune(connection, after(days=365), after(days=365)) == 3
        assert [each.source_id for each in health.open_incidents(connection)] == [other.id]


def test_how_long_a_source_fails_is_known_until_it_is_read(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for hours in (0, 5):
            sources.fail(connection, source, error="HTTP 503", now=after(hours=hours), hindrance="http", status=503)
            source = source_now(connection, source)
        assert (source.failing_since, source.hindrance, source.status) == (NOON, "http", 503)
        sources.acquit(connection, a_source(connection, "https://other.example/"))
        sources.close(
            connection, source.id, etag=None, last_modified=None, items=3, now=NOON, interval=timedelta(hours=1)
        )
        source = source_now(connection, source)
        assert (source.failing_since, source.hindrance, source.status) == (None, None, None)


def test_the_latest_samples_of_a_sources_pages_are_kept(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for kinds in (["article"] * 8, ["consent"] * 3):
            sources.keep_samples(connection, source.id, kinds)
        assert source_now(connection, source).samples == ("article",) * 7 + ("consent",) * 3
