"""Delivering what is due: claimed, sent, settled, each step on record before the next (storage.deliveries)."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.transport import Letter, Outcome, Result, Transport
from storage import deliveries, digests, health, subscribers
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Delivery, DeliveryState

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(seconds=4000)
SERVER_PAUSE = timedelta(minutes=5)
WRITE_AGAIN = (0.2, 1.0, 5.0)  # seconds between tries to write the outcome of a mail


@dataclass(frozen=True, slots=True)
class Policy:
    """How deliveries are made: the envelope's sender, this process's name, what to do after a doubt.

    `is_alone` says that a lock keeps every other process from delivering: tries which others began are surely over.
    """

    sender: str
    owner: str
    resend_after_doubt: bool = True
    is_alone: bool = True
    batch: int = 100


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one delivery in this pass."""

    recipient: str
    state: DeliveryState
    outcome: Outcome


def always() -> bool:
    """For passes that nobody ends early."""
    return True


async def deliver_due(
    database: Database,
    transport: Transport,
    policy: Policy,
    now: Callable[[], datetime],
    go_on: Callable[[], bool] = always,
) -> list[Delivered]:
    """Sends every rendered delivery that is due. When `go_on` says no between two mails, the rest waits for the next
    pass; when the server is at fault, all wait for SERVER_PAUSE, so that a wrong password is not tried with each."""
    done: list[Delivered] = []
    try:
        for each in _each_due(database, policy, now):
            if not go_on():
                break
            settled = await _deliver(database, transport, policy, each, now)
            if settled is not None:
                done.append(settled)
                if settled.outcome.result is Result.SERVER:
                    with database.write() as connection:
                        deliveries.postpone(connection, now() + SERVER_PAUSE)
                    break
    finally:
        await transport.close()
    return done


def recover(database: Database, policy: Policy, now: datetime) -> None:
    """Settles what an earlier process left half done, and gives up what is past its time.

    What was given up comes with the reader's next digest, unless he may have it (a doubt), or unless the server refused
    its bytes, as it would refuse the next digest for what is in it.
    """
    with database.write() as connection:
        owner = policy.owner if policy.is_alone else None
        for each in deliveries.recover_abandoned(connection, now, resend=policy.resend_after_doubt, owner=owner):
            logger.warning("delivery %s to %s was left behind in the middle of a try", each.id, each.recipient)
        for each in deliveries.expire(connection, now):
            logger.error("delivery %s to %s is given up: %s", each.id, each.recipient, each.last_text)
            if not each.doubt_resends and not _was_rejected(each):
                digests.release(connection, each.run_id)
                health.release(connection, each.run_id)


def _each_due(database: Database, policy: Policy, now: Callable[[], datetime]) -> Iterator[Delivery]:
    """What is due, a batch at a time, none twice: what is due again after a try waits for the next pass."""
    seen: set[int] = set()
    while batch := [each for each in _due(database, policy, now()) if each.id not in seen]:
        seen.update(each.id for each in batch)
        yield from batch


def _due(database: Database, policy: Policy, now: datetime) -> list[Delivery]:
    with database.read() as connection:
        due = deliveries.due(connection, now, policy.batch)
    return [each for each in due if each.sha256 is not None]


async def _deliver(
    database: Database, transport: Transport, policy: Policy, due: Delivery, now: Callable[[], datetime]
) -> Delivered | None:
    with database.write() as connection:
        reason = subscribers.suppressed(connection, due.recipient)
        claimed = deliveries.claim(connection, due.id, policy.owner, now())
        if claimed is None:
            return None
        if reason is not None:
            deliveries.settle(connection, due.id, claimed.fence, DeliveryState.FAILED, now=now(), text=reason)
            return Delivered(due.recipient, DeliveryState.FAILED, Outcome(Result.REFUSED, text=reason))
    assert claimed.mime is not None
    assert claimed.message_id is not None

    def enter_data() -> bool:
        with database.write() as connection:
            return deliveries.enter_data(connection, claimed.id, claimed.fence)

    letter = Letter(policy.sender, claimed.recipient, claimed.message_id, claimed.mime, enter_data)
    outcome = await transport.send(letter)
    return _settle(database, policy, claimed, outcome, now())


def _settle(database: Database, policy: Policy, claimed: Delivery, outcome: Outcome, now: datetime) -> Delivered:
    level = logging.INFO if outcome.result is Result.SENT else logging.WARNING
    logger.log(level, "delivery %s to %s: %s %s", claimed.id, claimed.recipient, outcome.result, outcome.text)
    for patience in (*WRITE_AGAIN, None):
        try:
            state = _write_outcome(database, policy, claimed, outcome, now)
            return Delivered(claimed.recipient, state, outcome)
        except DatabaseUnavailable as error:
            logger.error("delivery %s: its outcome cannot be written: %s", claimed.id, error)
            if patience is None:
                raise
            time.sleep(patience)  # nothing else may be sent meanwhile
    raise AssertionError("unreachable")


def _write_outcome(
    database: Database, policy: Policy, claimed: Delivery, outcome: Outcome, now: datetime
) -> DeliveryState:
    state, next_at = _verdict(claimed, outcome, now)
    with database.write() as connection:
        if state is DeliveryState.UNKNOWN:
            deliveries.doubt(
                connection, claimed.id, claimed.fence, now=now, text=outcome.text, resend=policy.resend_after_doubt
            )
        else:
            deliveries.settle(
                connection,
                claimed.id,
                claimed.fence,
                state,
                now=now,
                next_at=next_at,
                code=outcome.code,
                text=outcome.text,
                counted=outcome.result is not Result.SERVER,
            )
        if outcome.result is Result.REFUSED and _is_bad_address(outcome):
            subscribers.suppress(connection, claimed.recipient, f"{outcome.code} {outcome.text}", now)
    return state


def _verdict(claimed: Delivery, outcome: Outcome, now: datetime) -> tuple[DeliveryState, datetime | None]:
    match outcome.result:
        case Result.SENT:
            return DeliveryState.SENT, None
        case Result.DOUBT:
            return DeliveryState.UNKNOWN, None
        case Result.REFUSED:
            return DeliveryState.FAILED, None
        case Result.DEFERRED | Result.REJECTED:
            return DeliveryState.DEFERRED, now + retry_delay(claimed.attempts)
        case _:
            return DeliveryState.PENDING, now + SERVER_PAUSE


def retry_delay(attempts: int) -> timedelta:
    """Five minutes, doubling, at most 4000 seconds, with a fifth of jitter."""
    seconds = min(FIRST_RETRY.total_seconds() * 2 ** min(attempts, 10), LONGEST_RETRY.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def _was_rejected(given_up: Delivery) -> bool:
    return given_up.attempts > 0 and (given_up.last_code or 0) >= 500


def _is_bad_address(outcome: Outcome) -> bool:
    """Whether the refusal says that the address is wrong (RFC 3463 5.1.x), rather than a policy (5.7.x)."""
    words = outcome.text.split()
    return bool(words) and words[0].startswith("5.1.")
