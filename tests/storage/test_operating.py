"""What an operator may do with a delivery in each state, and that it is on record."""

from datetime import datetime

import pytest

from storage import digests, mailing, operating, reviewing, subscribers, tries, untold
from storage.database import Database
from storage.model import DeliveryState, Ending
from storage.operating import GRACE, Demand, Why
from tests.storage.builders import EMAIL, NOON, TOPIC, a_delivery, a_subscriber, after, delivery_now, plan

LATER = after(hours=1)
ANNE = Demand("anne", LATER)
SENT, DEFERRED, PENDING = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.PENDING
UNKNOWN, HELD, FAILED, EXPIRED = (
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
)
ACTS = {
    "retry": operating.retry,
    "resend": operating.resend,
    "hold": operating.hold,
    "resume": operating.resume,
}


def ended(database: Database, state: DeliveryState, why: str | None = None, number: int = 1) -> int:
    """A delivery whose one try came to that."""
    found = a_delivery(database, number)
    with database.write() as connection:
        [claimed] = tries.claim(connection, [found], "worker", NOON)
        tries.enter_data(connection, {found: claimed.fence})
        if state is UNKNOWN or why == "doubt":
            ending = tries.doubtful(claimed, now=NOON, text="lost", resend=state is UNKNOWN)
        else:
            ending = Ending(found, claimed.fence, state, NOON, next_at=after(days=1), code=550, text="no", held_why=why)
        tries.settle(connection, [ending])
    return found


def act(database: Database, action: str, *ids: int, at: datetime = LATER) -> list[tuple[int, Why]]:
    with database.write() as connection:
        return [(each.delivery_id, each.why) for each in ACTS[action](connection, ids, Demand("anne", at))]


def state_of(database: Database, found: int) -> tuple[DeliveryState, str | None]:
    now = delivery_now(database, found)
    return now.state, now.held_why


@pytest.mark.parametrize(
    ("action", "state", "held", "becomes"),
    [
        ("retry", DEFERRED, None, DEFERRED),
        ("retry", FAILED, None, PENDING),
        ("retry", HELD, "rejected", PENDING),
        ("retry", SENT, None, Why.SENT),
        ("retry", UNKNOWN, None, Why.IN_DOUBT),
        ("retry", HELD, "doubt", Why.IN_DOUBT),
        ("resend", SENT, None, PENDING),
        ("resend", FAILED, None, PENDING),
        ("resend", UNKNOWN, None, PENDING),
        ("resend", HELD, "doubt", PENDING),
        ("resend", DEFERRED, None, Why.WAITING),
        ("hold", DEFERRED, None, HELD),
        ("hold", UNKNOWN, None, HELD),
        ("hold", SENT, None, Why.OVER),
        ("hold", HELD, "doubt", Why.HELD),
        ("resume", HELD, "rejected", PENDING),
        ("resume", HELD, "doubt", Why.IN_DOUBT),
        ("resume", SENT, None, Why.NOT_HELD),
    ],
)
def test_an_action_changes_what_it_may_and_is_on_record_else_it_is_refused(
    database: Database, action: str, state: DeliveryState, held: str | None, becomes: DeliveryState | Why
) -> None:
    found = ended(database, state, held)
    before = delivery_now(database, found)
    refused = act(database, action, found)
    now = delivery_now(database, found)
    with database.read() as connection:
        told = [(each.who, each.at, each.action) for each in operating.actions(connection, found)]
    if isinstance(becomes, Why):
        assert (refused, now, told) == ([(found, becomes)], before, [])
        return
    assert (refused, now.state, told) == ([], becomes, [("anne", LATER, action)])
    assert now.mime == before.mime
    assert now.message_id == before.message_id
    assert action == "hold" or now.next_at == LATER


def test_a_delivery_under_way_and_one_that_is_not_there_are_left_alone(database: Database) -> None:
    found = a_delivery(database)
    with database.write() as connection:
        tries.claim(connection, [found], "worker", NOON)
    for action in ACTS:
        assert act(database, action, found, 999) == [(found, Why.UNDER_WAY), (999, Why.ABSENT)]
    assert delivery_now(database, found).state is DeliveryState.ATTEMPTING


def test_a_mail_sent_again_is_given_time_and_its_next_doubt_is_held(database: Database) -> None:
    found = ended(database, SENT)
    late = after(days=5)
    act(database, "resend", found, at=late)
    now = delivery_now(database, found)
    assert (now.expires_at, now.doubt_resends) == (late + GRACE, 1)
    assert tries.doubtful(now, now=late, text="", resend=True).state is HELD


def test_a_doubt_that_was_held_and_resumed_is_still_a_doubt(database: Database) -> None:
    found = ended(database, UNKNOWN)
    act(database, "hold", found)
    assert act(database, "retry", found) == [(found, Why.IN_DOUBT)]
    act(database, "resume", found)
    assert state_of(database, found) == (UNKNOWN, None)


def test_a_suppressed_address_is_told_with_the_reason(database: Database) -> None:
    found = ended(database, FAILED)
    with database.write() as connection:
        subscribers.suppress(connection, EMAIL.upper(), "550 5.1.1 unknown", NOON)
        [refusal] = operating.retry(connection, [found], ANNE)
    assert (refusal.why, refusal.detail) == (Why.SUPPRESSED, "550 5.1.1 unknown")


def test_what_was_given_up_is_tried_again_only_while_no_other_mail_tells_it(database: Database) -> None:
    found = ended(database, EXPIRED)
    with database.write() as connection:
        reader = a_subscriber(connection)
        digests.release(connection, delivery_now(database, found).run_id)
        assert len(untold.pending(connection, reader, [TOPIC])) == 1
    assert act(database, "retry", found) == []
    with database.write() as connection:
        run = delivery_now(database, found).run_id
        assert untold.pending(connection, reader, [TOPIC]) == []
        assert len(digests.items(connection, run)) == 1
        digests.release(connection, run)
        assert plan(connection, reader, after(days=2)) is not None
    with database.write() as connection:
        connection.exec_driver_sql(f"update delivery set state = 'expired' where id = {found}")
    assert act(database, "retry", found) == [(found, Why.TOLD)]
    assert act(database, "resend", found) == []
    with database.read() as connection:
        assert digests.items(connection, run) == []


def test_all_mailing_is_held_once_and_resumed_with_what_is_held_without_a_doubt(database: Database) -> None:
    rejected, doubted = ended(database, HELD, "rejected", 1), ended(database, HELD, "doubt", 2)
    with database.write() as connection:
        assert operating.hold_all(connection, ANNE)
        assert not operating.hold_all(connection, ANNE)
        [hold] = mailing.holds(connection)
        assert mailing.is_held(mailing.MAIL, [hold])
        lifted, count = operating.resume_all(connection, ANNE)
        assert (lifted, count, mailing.holds(connection)) == ([hold], 1, [])
        assert [each.action for each in operating.actions(connection)] == ["resume", "hold"]
    assert state_of(database, rejected) == (PENDING, None)
    assert state_of(database, doubted) == (HELD, "doubt")


def test_everything_that_waits_is_tried_now_and_that_is_on_record(database: Database) -> None:
    waits, sent = ended(database, DEFERRED, number=1), ended(database, SENT, number=2)
    with database.write() as connection:
        assert operating.retry_all(connection, ANNE) == 1
        assert [each.detail for each in operating.actions(connection)] == ["all that waited: 1"]
    assert delivery_now(database, waits).next_at == LATER
    assert delivery_now(database, sent).state is SENT


def test_deliveries_are_found_by_state_doubt_recipient_and_day(database: Database) -> None:
    sent, unknown = ended(database, SENT, number=1), ended(database, UNKNOWN, number=2)
    doubted, other = ended(database, HELD, "doubt", 3), a_delivery(database, 4, "Bob_1@fil.example")
    wanted = reviewing.Wanted
    for filters, expected in (
        (wanted(), [other, doubted, unknown, sent]),
        (wanted(states=["sent"]), [sent]),
        (wanted(states=["doubt"]), [doubted, unknown]),
        (wanted(states=["doubt", "sent"]), [doubted, unknown, sent]),
        (wanted(recipient="bob_"), [other]),
        (wanted(recipient="bobx"), []),
        (wanted(since=after(hours=1)), []),
        (wanted(since=after(days=-1)), [other, doubted, unknown, sent]),
    ):
        with database.read() as connection:
            assert [each.delivery.id for each in reviewing.listed(connection, filters, None)] == expected
            assert sum(reviewing.counts(connection, filters).values()) == len(expected)
    with database.read() as connection:
        assert [each.delivery.id for each in reviewing.listed(connection, wanted(), 2)] == [other, doubted]
        reviewed = reviewing.one(connection, sent)
        assert reviewed is not None
        assert (reviewed.items, reviewed.released) == (1, 0)
        [attempt] = reviewing.attempts(connection, sent)
        assert (attempt.phase, attempt.outcome, attempt.code) == ("data", "sent", 550)
