"""The ledger of deliveries: one worker at a time, and no mail more than once without a doubt."""

from datetime import timedelta

import pytest
from sqlalchemy import RowMapping, select

from storage import deliveries, tries
from storage.database import Database
from storage.model import Delivery, DeliveryState, Ending
from storage.schema import delivery_attempt
from storage.tries import DOUBT_WAIT, LEASE
from tests.storage.builders import EMAIL, NOON, a_delivery, after, at_once, delivery_now

SENT, DEFERRED, PENDING = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.PENDING
UNKNOWN, HELD, FAILED, EXPIRED = (
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
)


def claim(database: Database, delivery_id: int, owner: str = "worker", **later: float) -> Delivery:
    with database.write() as connection:
        [claimed] = tries.claim(connection, [delivery_id], owner, after(**later))
    return claimed


def enter_data(database: Database, claimed: Delivery) -> bool:
    with database.write() as connection:
        return bool(tries.enter_data(connection, {claimed.id: claimed.fence}))


def recover(database: Database, *, resend: bool = True, owner: str | None = None, **later: float) -> list[Delivery]:
    with database.write() as connection:
        return tries.recover_abandoned(connection, after(**later), resend=lambda _: resend, owner=owner)


def settle(database: Database, claimed: Delivery, state: DeliveryState, **outcome: object) -> bool:
    with database.write() as connection:
        ending = Ending(claimed.id, claimed.fence, state, NOON, **outcome)  # type: ignore[arg-type]
        return bool(tries.settle(connection, [ending]))


def attempts(database: Database) -> list[RowMapping]:
    with database.read() as connection:
        return list(connection.execute(select(delivery_attempt).order_by(delivery_attempt.c.id)).mappings())


def due(database: Database, **later: float) -> list[int]:
    with database.read() as connection:
        return [each.id for each in deliveries.due(connection, after(**later))]


def test_a_mail_is_rendered_once(database: Database) -> None:
    delivery_id = a_delivery(database)
    with database.write() as connection:
        deliveries.keep_rendered(connection, delivery_id, "<autre@veilleur.example>", b"autre")
    kept = delivery_now(database, delivery_id)
    assert (kept.mime, kept.message_id) == (b"mail 1", "<1@veilleur.example>")
    assert kept.sha256 is not None
    assert len(kept.sha256) == 64


def test_only_one_worker_gets_a_delivery(database: Database) -> None:
    delivery_id = a_delivery(database)

    def try_to_claim(number: int) -> list[Delivery]:
        with database.write() as connection:
            return tries.claim(connection, [delivery_id], f"worker {number}", NOON)

    winners = [each for claimed in at_once(6, try_to_claim) for each in claimed]
    assert [(each.fence, each.state) for each in winners] == [(1, DeliveryState.ATTEMPTING)]
    assert [(each["fence"], each["phase"]) for each in attempts(database)] == [(1, "connect")]


def test_a_delivery_is_not_claimed_before_its_time(database: Database) -> None:
    delivery_id = a_delivery(database)
    claimed = claim(database, delivery_id)
    settle(database, claimed, DEFERRED, next_at=after(minutes=5))
    assert due(database, minutes=4) == []
    with database.write() as connection:
        assert tries.claim(connection, [delivery_id], "worker", after(minutes=4)) == []
    assert due(database, minutes=5) == [delivery_id]
    assert claim(database, delivery_id, minutes=5).fence == 2


@pytest.mark.parametrize("state", [SENT, FAILED, HELD])
def test_what_is_settled_is_not_claimed_again(state: DeliveryState, database: Database) -> None:
    delivery_id = a_delivery(database)
    assert settle(database, claim(database, delivery_id), state)
    assert due(database, days=30) == []
    with database.write() as connection:
        assert tries.claim(connection, [delivery_id], "worker", after(days=30)) == []


def test_a_mail_that_was_sent_keeps_its_bytes_for_a_while_and_their_hash_for_good(database: Database) -> None:
    delivery_id = a_delivery(database)
    settle(database, claim(database, delivery_id), SENT, code=250, text="queued as 7")
    sent = delivery_now(database, delivery_id)
    assert (sent.state, sent.mime, sent.settled_at, sent.attempts, sent.last_code) == (SENT, b"mail 1", NOON, 1, 250)
    for moment, kept in ((NOON, b"mail 1"), (after(seconds=1), None)):
        with database.write() as connection:
            deliveries.forget_bytes(connection, moment)
        sent = delivery_now(database, delivery_id)
        assert sent.mime == kept
    assert sent.sha256 is not None


def test_a_fault_of_the_server_is_not_counted_against_the_mail(database: Database) -> None:
    delivery_id = a_delivery(database)
    settle(database, claim(database, delivery_id), PENDING, next_at=NOON, code=421, is_counted=False)
    assert delivery_now(database, delivery_id).attempts == 0


def test_a_late_workers_outcome_is_written_down_and_dropped(database: Database) -> None:
    delivery_id = a_delivery(database)
    late = claim(database, delivery_id, "late")
    recover(database, seconds=LEASE.total_seconds() + 1)
    quick = claim(database, delivery_id, "quick", minutes=16)
    assert not enter_data(database, late)
    assert enter_data(database, quick)
    assert not settle(database, late, FAILED, code=550)
    assert settle(database, quick, SENT, code=250)
    assert delivery_now(database, delivery_id).state is SENT
    assert [each["outcome"] for each in attempts(database)] == ["late:failed", "sent"]


def test_a_late_workers_doubt_is_dropped(database: Database) -> None:
    delivery_id = a_delivery(database)
    late = claim(database, delivery_id)
    recover(database, minutes=16)
    with database.write() as connection:
        assert not tries.settle(connection, [tries.doubtful(late, now=NOON, text="timeout", resend=True)])
    assert delivery_now(database, delivery_id).doubt_resends == 0


def test_a_try_that_died_before_the_line_of_doubt_is_due_again(database: Database) -> None:
    delivery_id = a_delivery(database)
    claim(database, delivery_id)
    assert recover(database, minutes=14) == []
    assert [each.id for each in recover(database, minutes=16)] == [delivery_id]
    again = delivery_now(database, delivery_id)
    assert (again.state, again.attempts, again.doubt_resends) == (PENDING, 0, 0)
    assert again.mime is not None
    assert due(database, minutes=16) == [delivery_id]


def test_a_try_that_died_after_the_line_of_doubt_is_repeated_once_with_the_same_bytes_and_then_held(
    database: Database,
) -> None:
    delivery_id = a_delivery(database)
    first = claim(database, delivery_id)
    assert enter_data(database, first)
    recover(database, minutes=16)
    doubtful = delivery_now(database, delivery_id)
    assert (doubtful.state, doubtful.doubt_resends) == (UNKNOWN, 1)
    assert doubtful.next_at == after(minutes=16) + DOUBT_WAIT

    second = claim(database, delivery_id, minutes=31)
    assert (second.mime, second.message_id) == (first.mime, first.message_id)
    enter_data(database, second)
    recover(database, minutes=60)
    assert delivery_now(database, delivery_id).state is HELD
    assert due(database, days=30) == []


def test_a_doubt_is_held_at_once_where_that_is_the_policy(database: Database) -> None:
    delivery_id = a_delivery(database)
    enter_data(database, claim(database, delivery_id))
    recover(database, resend=False, minutes=16)
    assert delivery_now(database, delivery_id).state is HELD


def test_a_process_finds_at_once_what_its_earlier_life_left(database: Database) -> None:
    mine, others = a_delivery(database, 1), a_delivery(database, 2, "b@x.example")
    claim(database, mine, "machine:1")
    claim(database, others, "machine:2")
    assert [each.id for each in recover(database, owner="machine:2", minutes=1)] == [mine]


def test_what_could_not_be_sent_in_its_time_is_given_up(database: Database) -> None:
    waiting, deferred, sent, doubtful, claimed = (
        a_delivery(database, number, f"{number}@x.example") for number in range(5)
    )
    settle(database, claim(database, deferred), DEFERRED, next_at=after(days=9))
    settle(database, claim(database, sent), SENT)
    enter_data(database, claim(database, doubtful))
    recover(database, minutes=16)
    claim(database, claimed)
    with database.write() as connection:
        assert deliveries.expire(connection, after(hours=47)) == []
        expired = deliveries.expire(connection, after(hours=48))
    assert {each.id for each in expired} == {waiting, deferred}
    assert delivery_now(database, waiting).state is EXPIRED
    assert delivery_now(database, waiting).settled_at == after(hours=48)
    assert due(database, days=10) == [doubtful]


def test_who_left_is_written_to_no_more(database: Database) -> None:
    stays, left = a_delivery(database, 1), a_delivery(database, 2, "b@x.example")
    with database.write() as connection:
        assert [each.id for each in deliveries.withdraw(connection, [EMAIL], NOON)] == [left]
    assert due(database) == [stays]


def test_deliveries_are_due_in_their_order_and_a_few_at_a_time(database: Database) -> None:
    ids = [a_delivery(database, number, f"{number}@x.example") for number in range(3)]
    with database.read() as connection:
        planned_first = sorted(deliveries.due(connection, NOON), key=lambda each: (each.next_at, each.id))
        assert deliveries.due(connection, NOON) == planned_first
        assert len(deliveries.due(connection, NOON, limit=2)) == 2
        assert [each.id for each in deliveries.all_deliveries(connection)] == ids[::-1]


def test_what_a_server_says_is_kept_short(database: Database) -> None:
    delivery_id = a_delivery(database)
    settle(database, claim(database, delivery_id), FAILED, code=550, text="x" * 10_000)
    assert len(str(delivery_now(database, delivery_id).last_text)) == 500


def test_the_waits_are_long_enough() -> None:
    assert timedelta(minutes=10) < LEASE, "a server may take ten minutes after the dot (RFC 5321 section 4.5.3.2.6)"
    assert timedelta(minutes=15) <= DOUBT_WAIT
