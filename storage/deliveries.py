"""The ledger of deliveries: what is to be sent, what was tried, and what is in doubt.

A delivery is rendered once and keeps its bytes; each try holds a lease and a fence number, so that a late worker's
outcome is recognised and dropped. `enter_data` is the line of doubt: what dies before it was certainly not sent, what
dies after it may have been, and is `unknown` (SMTP gives no more; RFC 5321 section 4.1.1.4, RFC 1047).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from storage.model import Delivery, DeliveryState
from storage.schema import delivery, delivery_attempt, delivery_mail

LEASE = timedelta(minutes=15)
DOUBT_WAIT = timedelta(minutes=15)
WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


def due(connection: Connection, now: datetime, limit: int = 100) -> list[Delivery]:
    """What is to be sent now, longest due first, without its bytes."""
    query = (
        select(delivery)
        .where(delivery.c.state.in_(WAITING), delivery.c.next_at <= now)
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(limit)
    )
    return [_delivery(row) for row in connection.execute(query)]


def keep_rendered(connection: Connection, delivery_id: int, message_id: str, mime: bytes) -> None:
    """The mail as it will go out at every try; a delivery that was rendered before keeps what it has."""
    kept = connection.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id, delivery.c.sha256.is_(None))
        .values(message_id=message_id, sha256=hashlib.sha256(mime).hexdigest(), size=len(mime))
    )
    if kept.rowcount:
        connection.execute(insert(delivery_mail).values(delivery_id=delivery_id, mime=mime))


def bytes_of(connection: Connection, delivery_id: int) -> bytes | None:
    """The mail as it was rendered; None when it was not, or when its bytes are kept no more."""
    query = select(delivery_mail.c.mime).where(delivery_mail.c.delivery_id == delivery_id)
    return connection.execute(query).scalar_one_or_none()


def hasten(connection: Connection, now: datetime) -> None:
    """What waits for its next try is tried now; not what is in doubt, which may have arrived."""
    late = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)) & (delivery.c.next_at > now)
    connection.execute(update(delivery).where(late).values(next_at=now))


def waiting(connection: Connection) -> list[Delivery]:
    """What is still to be sent, soonest first."""
    query = select(delivery).where(delivery.c.state.in_(WAITING)).order_by(delivery.c.next_at)
    return [_delivery(row) for row in connection.execute(query)]


def claim(connection: Connection, delivery_id: int, owner: str, now: datetime) -> Delivery | None:
    """Takes a due delivery for one try; None when another worker has it or it is settled."""
    taken = connection.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id, delivery.c.state.in_(WAITING), delivery.c.next_at <= now)
        .values(
            state=DeliveryState.ATTEMPTING,
            fence=delivery.c.fence + 1,
            lease_owner=owner,
            lease_until=now + LEASE,
        )
        .returning(delivery)
    ).one_or_none()
    if taken is None:
        return None
    connection.execute(
        insert(delivery_attempt).values(delivery_id=delivery_id, fence=taken.fence, phase="connect", started_at=now)
    )
    return replace(_delivery(taken), mime=bytes_of(connection, delivery_id))


def enter_data(connection: Connection, delivery_id: int, fence: int) -> bool:
    """Crosses the line of doubt; False when the lease was lost, and then nothing may be sent."""
    held = select(delivery.c.id).where(_fenced(delivery_id, fence))
    if connection.execute(held).one_or_none() is None:
        return False
    connection.execute(_attempt_update(delivery_id, fence).values(phase="data"))
    return True


def settle(
    connection: Connection,
    delivery_id: int,
    fence: int,
    state: DeliveryState,
    *,
    now: datetime,
    next_at: datetime | None = None,
    code: int | None = None,
    text: str = "",
    counted: bool = True,
) -> bool:
    """Records how a try ended, if the try still holds the delivery; whether it did.

    `counted` is False when the server, not the message, was at fault.
    """
    values: dict[str, Any] = {
        "state": state,
        "attempts": delivery.c.attempts + (1 if counted else 0),
        "lease_owner": None,
        "lease_until": None,
        "last_code": code,
        "last_text": text[:500],
    }
    if next_at is not None:
        values["next_at"] = next_at
    if state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED):
        values["settled_at"] = now
    changed = connection.execute(update(delivery).where(_fenced(delivery_id, fence)).values(values)).rowcount
    if changed and state is DeliveryState.SENT:
        connection.execute(delete(delivery_mail).where(delivery_mail.c.delivery_id == delivery_id))
    outcome = state.value if changed else f"late:{state.value}"
    connection.execute(
        _attempt_update(delivery_id, fence).values(ended_at=now, outcome=outcome[:20], code=code, text=text[:500])
    )
    return bool(changed)


def doubt(connection: Connection, delivery_id: int, fence: int, *, now: datetime, text: str, resend: bool) -> bool:
    """The server may or may not have the mail: one identical repeat after a while if `resend`, else it is held."""
    row = connection.execute(select(delivery.c.doubt_resends).where(_fenced(delivery_id, fence))).one_or_none()
    if row is None:
        return False
    again = resend and row.doubt_resends == 0
    if again:
        connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(doubt_resends=1))
    state = DeliveryState.UNKNOWN if again else DeliveryState.HELD
    return settle(connection, delivery_id, fence, state, now=now, next_at=now + DOUBT_WAIT, text=text)


def recover_abandoned(
    connection: Connection, now: datetime, *, resend: bool, owner: str | None = None
) -> list[Delivery]:
    """Settles tries whose worker died: before the line of doubt they are simply due again, after it in doubt.

    With `owner`, also those tries that this process's earlier life left behind, without waiting for their lease.
    """
    gone = delivery.c.lease_until < now
    if owner is not None:
        gone = or_(gone, delivery.c.lease_owner != owner)
    query = (
        select(delivery, delivery_attempt.c.phase)
        .join(
            delivery_attempt,
            (delivery_attempt.c.delivery_id == delivery.c.id) & (delivery_attempt.c.fence == delivery.c.fence),
        )
        .where(delivery.c.state == DeliveryState.ATTEMPTING, gone)
    )
    recovered = []
    for row in connection.execute(query).all():
        if row.phase == "data":
            text = "the worker died after the mail was handed over"
            doubt(connection, row.id, row.fence, now=now, text=text, resend=resend)
        else:
            text = "the worker died before the mail was handed over"
            settle(connection, row.id, row.fence, DeliveryState.PENDING, now=now, next_at=now, text=text, counted=False)
        recovered.append(_delivery(row))
    return recovered


def expire(connection: Connection, now: datetime) -> list[Delivery]:
    """Gives up deliveries that could not be sent in their time."""
    query = (
        update(delivery)
        .where(delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)), delivery.c.expires_at <= now)
        .values(state=DeliveryState.EXPIRED, settled_at=now)
        .returning(delivery)
    )
    return [_delivery(row) for row in connection.execute(query)]


def postpone(connection: Connection, until: datetime) -> None:
    """The server takes nothing: nothing is due before `until`."""
    waiting = delivery.c.state.in_(WAITING) & (delivery.c.next_at < until)
    connection.execute(update(delivery).where(waiting).values(next_at=until))


def withdraw(connection: Connection, readers: Iterable[str], now: datetime) -> list[Delivery]:
    """Gives up what waits for anybody but these readers: who left is written to no more."""
    query = (
        update(delivery)
        .where(delivery.c.state.in_(WAITING), delivery.c.recipient.not_in(list(readers)))
        .values(state=DeliveryState.FAILED, settled_at=now, last_text="no subscriber any more")
        .returning(delivery)
    )
    return [_delivery(row) for row in connection.execute(query)]


def all_deliveries(connection: Connection, limit: int = 100) -> list[Delivery]:
    """The latest deliveries, newest first."""
    return [_delivery(row) for row in connection.execute(select(delivery).order_by(delivery.c.id.desc()).limit(limit))]


def find(connection: Connection, delivery_id: int) -> Delivery:
    """The delivery with its bytes."""
    row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
    return replace(_delivery(row), mime=bytes_of(connection, delivery_id))


def _fenced(delivery_id: int, fence: int) -> ColumnElement[bool]:
    return (delivery.c.id == delivery_id) & (delivery.c.fence == fence) & (delivery.c.state == DeliveryState.ATTEMPTING)


def _attempt_update(delivery_id: int, fence: int) -> Any:
    return update(delivery_attempt).where(
        delivery_attempt.c.delivery_id == delivery_id, delivery_attempt.c.fence == fence
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        run_id=row.run_id,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        message_id=row.message_id,
        mime=None,
        sha256=row.sha256,
        attempts=row.attempts,
        doubt_resends=row.doubt_resends,
        fence=row.fence,
        created_at=row.created_at,
        next_at=row.next_at,
        expires_at=row.expires_at,
        last_code=row.last_code,
        last_text=row.last_text,
        settled_at=row.settled_at,
        held_why=row.held_why,
    )
