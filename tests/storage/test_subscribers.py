"""Subscribers: since when each is told, and whom never to write to again."""

from datetime import timedelta

from storage import deliveries, subscribers
from storage.database import Database
from storage.subscribers import NEWCOMER_WINDOW
from tests.storage.builders import EMAIL, NOON, a_delivery, after


def test_a_newcomer_is_told_what_was_found_in_the_last_days_and_no_more(database: Database) -> None:
    with database.write() as connection:
        newcomer = subscribers.register(connection, EMAIL, NOON)
    assert newcomer.since == NOON - NEWCOMER_WINDOW
    assert timedelta(days=1) <= NEWCOMER_WINDOW
    assert newcomer.registered_at == NOON


def test_registering_again_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        first = subscribers.register(connection, EMAIL, NOON)
        assert subscribers.register(connection, EMAIL, after(days=30)) == first


def test_looking_at_a_would_be_subscriber_records_nothing(database: Database) -> None:
    with database.write() as connection:
        assert subscribers.would_be(connection, EMAIL, NOON).since == NOON - NEWCOMER_WINDOW
        registered = subscribers.register(connection, EMAIL, after(days=1))
        assert registered.registered_at == after(days=1)
        assert subscribers.would_be(connection, EMAIL, after(days=9)) == registered


def test_a_suppressed_address_stays_so_whatever_its_case_and_keeps_its_first_reason(database: Database) -> None:
    with database.write() as connection:
        assert subscribers.suppressed(connection, EMAIL) is None
        subscribers.suppress(connection, EMAIL.upper(), "550 5.1.1 no such user", NOON)
        subscribers.suppress(connection, EMAIL, "unsubscribed", after(days=1))
        assert subscribers.suppressed(connection, EMAIL.title()) == "550 5.1.1 no such user"
        assert subscribers.suppressed(connection, "autre@distributeur.example") is None


def test_a_long_reason_is_kept_short(database: Database) -> None:
    with database.write() as connection:
        subscribers.suppress(connection, EMAIL, "x" * 10_000, NOON)
        assert len(str(subscribers.suppressed(connection, EMAIL))) == 500


def test_there_may_be_more_readers_than_a_statement_takes_values(database: Database) -> None:
    everybody = [f"{number}@x.example" for number in range(70_000)]
    gone = a_delivery(database, 1, "b@x.example")
    with database.write() as connection:
        subscribers.suppress(connection, everybody[-1], "unsubscribed", NOON)
        assert subscribers.suppressed_among(connection, everybody) == {everybody[-1]: "unsubscribed"}
        assert [each.id for each in deliveries.withdraw(connection, everybody, NOON)] == [gone]
        first = subscribers.register(connection, EMAIL, NOON)
        *_, again = subscribers.register_all(connection, [*everybody[:12_000], EMAIL], after(days=1))
    assert again == first
