"""Addresses: who left, who came back, what bounced; a message that is read twice counts once."""

from datetime import datetime

import pytest

from storage import addresses, subscribers, untold
from storage.addresses import UNSUBSCRIBED
from storage.database import Database
from storage.model import AddressEvent, EventKind
from storage.subscribers import NEWCOMER_WINDOW
from tests.storage.builders import EMAIL, NOON, TOPIC, a_mention, a_subscriber, after, plan


def event(kind: EventKind, at: datetime = NOON, source: str | None = None, address: str = EMAIL) -> AddressEvent:
    return AddressEvent(address, kind, at, "page", source=source)


def test_who_unsubscribed_gets_no_digest_planned_and_loses_nothing_by_it(database: Database) -> None:
    with database.write() as connection:
        reader = a_subscriber(connection)
        a_mention(connection)
        assert addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED, address=EMAIL.upper()))
        assert plan(connection, reader, after(hours=1)) is None
        assert addresses.resume(connection, event(EventKind.RESUMED, after(hours=2)))
        assert len(untold.pending(connection, reader, [TOPIC])) == 1
        resumed = plan(connection, reader, after(hours=3))
    assert resumed is not None
    assert resumed.state == "planned"


def test_unsubscribing_and_resuming_twice_is_once(database: Database) -> None:
    with database.write() as connection:
        assert addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED))
        assert not addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED, after(days=1)))
        assert addresses.resume(connection, event(EventKind.RESUMED, after(days=2)))
        assert not addresses.resume(connection, event(EventKind.RESUMED, after(days=2)))
        kept = addresses.events_of(connection, EMAIL)
    assert [(each.kind, each.at) for each in kept] == [
        (EventKind.UNSUBSCRIBED, NOON),
        (EventKind.RESUMED, after(days=2)),
    ]


def test_a_mail_to_leave_that_is_read_again_after_he_came_back_changes_nothing(database: Database) -> None:
    by_mail = event(EventKind.UNSUBSCRIBED, after(hours=1), source="<1@poste.example>")
    with database.write() as connection:
        assert addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED))
        assert not addresses.unsubscribe(connection, by_mail)
        assert addresses.resume(connection, event(EventKind.RESUMED, after(days=2)))
        assert not addresses.unsubscribe(connection, by_mail)
        assert subscribers.suppressed(connection, EMAIL) is None


def test_a_readers_own_will_outweighs_a_bounce_and_not_the_other_way_round(database: Database) -> None:
    with database.write() as connection:
        subscribers.suppress(connection, EMAIL, "5.1.1 no such user", NOON)
        assert addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED, after(days=1)))
        subscribers.suppress(connection, EMAIL, "5.1.1 no such user", after(days=2))
        (suppressed,) = addresses.suppressions(connection).values()
    assert (suppressed.reason, suppressed.at) == (UNSUBSCRIBED, after(days=1))


def test_who_comes_back_after_months_is_told_the_last_days_only(database: Database) -> None:
    with database.write() as connection:
        reader = a_subscriber(connection)
        addresses.unsubscribe(connection, event(EventKind.UNSUBSCRIBED))
        addresses.resume(connection, event(EventKind.RESUMED, after(days=90)))
        returned = addresses.subscriber_of(connection, reader.id)
    assert returned is not None
    assert returned.since == after(days=90) - NEWCOMER_WINDOW


def test_a_message_that_told_of_an_event_once_tells_of_it_never_again(database: Database) -> None:
    mail = event(EventKind.UNSUBSCRIBED, source="a" * 64)
    with database.write() as connection:
        assert addresses.unsubscribe(connection, mail)
        addresses.resume(connection, event(EventKind.RESUMED, after(days=1)))
        assert not addresses.unsubscribe(connection, mail)
        assert addresses.suppressions(connection) == {}


@pytest.mark.parametrize("source", ["b" * 64, None])
def test_soft_bounces_are_counted_a_message_once(database: Database, source: str | None) -> None:
    with database.write() as connection:
        for _ in range(3):
            addresses.note(connection, event(EventKind.SOFT, source=source))
        addresses.note(connection, event(EventKind.SOFT, after(days=-90), source="c" * 64))
        addresses.note(connection, event(EventKind.DELAYED, source="d" * 64))
        counted = addresses.soft_bounces(connection, after(days=-30))
    assert counted == {EMAIL: 1 if source else 3}
