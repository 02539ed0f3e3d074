"""Sources: when they are asked again."""

from datetime import timedelta

import pytest

from storage import sources
from storage.database import Database
from storage.model import Pace
from tests.storage.builders import NOON, a_source, after, source_now

QUARTER = timedelta(minutes=15)


def test_a_new_source_is_due(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
    assert sources.due([source], NOON) == [source]


def test_a_source_keeps_its_history_when_its_entry_moves(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.fail(connection, source, error="HTTP 500", now=NOON)
        moved = sources.register(connection, "autre", "listing", source.url)
        assert (moved.id, moved.outlet, moved.kind, moved.fails) == (source.id, "autre", "listing", 1)
        assert len(sources.all_sources(connection)) == 1


def test_a_source_that_was_read_is_due_after_its_interval(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.close(
            connection, source.id, etag='"un"', last_modified="hier", items=7, now=NOON, interval=timedelta(hours=1)
        )
        read = source_now(connection, source)
    assert (read.etag, read.last_modified, read.last_items, read.last_ok) == ('"un"', "hier", 7, NOON)
    assert sources.due([read], after(minutes=59)) == []
    assert sources.due([read], after(hours=1)) == [read]
    assert sources.due([read], NOON, forced=True) == [read]


def test_a_source_that_did_not_change_keeps_its_number_of_items(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for items in (7, None):
            sources.close(connection, source.id, etag=None, last_modified=None, items=items, now=NOON, interval=QUARTER)
        assert source_now(connection, source).last_items == 7


def test_a_source_that_fails_is_never_given_up(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for number in range(12):
            sources.fail(connection, source, error="HTTP 500", now=NOON, wait=timedelta(hours=number))
            source = source_now(connection, source)
            assert source.next_due == after(hours=number)
    assert source.fails == 12


def test_a_clock_that_is_set_back_leaves_no_source_waiting(database: Database) -> None:
    with database.write() as connection:
        failed, read, _ = (a_source(connection, f"https://{name}.example/", name) for name in "abc")
        ahead = after(days=400)
        sources.fail(connection, failed, error="HTTP 500", now=ahead, wait=timedelta(hours=24))
        sources.close(connection, read.id, etag=None, last_modified=None, items=1, now=ahead, interval=QUARTER)
        sources.postpone(connection, "c", after(days=401))
        known = sources.all_sources(connection)
    assert len(sources.due(known, NOON)) == 3
    assert [each.outlet for each in sources.due(known, after(days=400, hours=2))] == ["b"]


def test_a_clock_that_is_set_a_little_back_makes_no_haste(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.close(connection, source.id, etag=None, last_modified=None, items=1, now=NOON, interval=QUARTER)
        assert sources.due([source_now(connection, source)], after(minutes=-2)) == []


def test_a_source_remembers_its_pace_and_since_when_it_is_read(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for hours, pace in ((0, Pace(NOON, 3)), (1, None)):
            now = after(hours=hours)
            sources.close(
                connection, source.id, etag=None, last_modified=None, items=3, now=now, interval=QUARTER, pace=pace
            )
        read = source_now(connection, source)
    assert (read.first_ok, read.pace) == (NOON, Pace(NOON, 3))


def test_a_source_that_recovers_is_as_good_as_new(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.fail(connection, source, error="HTTP 500", now=NOON)
        sources.close(connection, source.id, etag=None, last_modified=None, items=1, now=NOON, interval=QUARTER)
        recovered = source_now(connection, source)
    assert (recovered.fails, recovered.last_error, recovered.next_due) == (0, None, NOON + QUARTER)


def test_a_failure_said_twice_in_a_round_is_one_and_can_be_taken_back(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        for error in ("the round ended while this was read", "the feed is empty"):
            sources.fail(connection, source, error=error, now=NOON)
        failed = source_now(connection, source)
        assert (failed.fails, failed.last_error) == (1, "the feed is empty")
        sources.acquit(connection, source)
        acquitted = source_now(connection, source)
    assert (acquitted.fails, acquitted.last_error, acquitted.next_due) == (0, None, None)


def test_rest_that_a_server_asked_for_binds_the_whole_outlet_and_forced_rounds(database: Database) -> None:
    with database.write() as connection:
        for url in ("https://journal.example/rss", "https://journal.example/news.xml"):
            a_source(connection, url)
        other = a_source(connection, "https://autre.example/rss", "autre")
        sources.postpone(connection, "journal", after(hours=3))
        known = sources.all_sources(connection)
    assert sources.due(known, after(hours=2), forced=True) == [other]
    assert len(sources.due(known, after(hours=3))) == 3


@pytest.mark.parametrize("outcome", ["read", "failed"])
def test_rest_that_a_server_asked_for_outlasts_what_becomes_of_the_source(outcome: str, database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.postpone(connection, "journal", after(hours=3))
        if outcome == "read":
            sources.close(connection, source.id, etag=None, last_modified=None, items=1, now=NOON, interval=QUARTER)
        else:
            sources.fail(connection, source, error="HTTP 429", now=NOON)
        assert sources.due(sources.all_sources(connection), after(hours=2), forced=True) == []


def test_an_error_is_kept_short(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        sources.fail(connection, source, error="x" * 10_000, now=NOON)
        assert len(str(source_now(connection, source).last_error)) == 500


def test_sources_that_left_the_catalogue_are_told_apart(database: Database) -> None:
    with database.write() as connection:
        kept, left = (a_source(connection, url) for url in ("https://a.example/", "https://b.example/"))
    assert sources.in_catalogue([kept, left], {kept.url}) == [kept]
