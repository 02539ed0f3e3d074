"""The ledger of deliveries: what is to be sent. A delivery is rendered once and keeps its bytes (storage.tries)."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from storage import mailing
from storage.model import Delivery, DeliveryState
from storage.portions import portions
from storage.schema import delivery, delivery_mail

WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


def due(
    connection: Connection,
    now: datetime,
    limit: int | None = 100,
    *,
    route: str | None = None,
    is_rendered: bool | None = None,
) -> list[Delivery]:
    """What is to be sent now, longest due first, without its bytes."""
    query = select(delivery).where(delivery.c.state.in_(WAITING), delivery.c.next_at <= now)
    if route is not None:
        query = query.where(mailing.by_route(route))
    if is_rendered is not None:
        query = query.where(delivery.c.sha256.is_not(None) if is_rendered else delivery.c.sha256.is_(None))
    ordered = query.order_by(delivery.c.next_at, delivery.c.id).limit(limit)
    return [read(row) for row in connection.execute(ordered)]


def due_routes(connection: Connection, now: datetime) -> list[str]:
    """The ways by which rendered deliveries are to go out now."""
    ready = (delivery.c.state.in_(WAITING), delivery.c.next_at <= now, delivery.c.sha256.is_not(None))
    others = select(delivery.c.recipient).where(*ready, delivery.c.recipient.like(f"{mailing.CHANNEL}%")).distinct()
    has_mail = connection.execute(select(delivery.c.id).where(*ready, mailing.by_route(mailing.MAIL)).limit(1)).first()
    return [*([mailing.MAIL] if has_mail else []), *connection.execute(others).scalars()]


def keep_rendered(
    connection: Connection, delivery_id: int, message_id: str, mime: bytes, subject: str | None = None
) -> None:
    """The mail as it will go out at every try; a delivery that was rendered before keeps what it has."""
    what = {"b_id": delivery_id, "b_message": message_id, "b_subject": subject, "b_size": len(mime)}
    kept = connection.execute(_KEEPING, what | {"b_sha256": hashlib.sha256(mime).hexdigest()})
    if kept.rowcount:
        connection.execute(_MAIL, {"delivery_id": delivery_id, "mime": mime})


_KEEPING = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.sha256.is_(None))
    .values(
        message_id=bindparam("b_message"),
        subject=bindparam("b_subject"),
        sha256=bindparam("b_sha256"),
        size=bindparam("b_size"),
    )
)
_MAIL = insert(delivery_mail)


def bytes_of(connection: Connection, delivery_id: int) -> bytes | None:
    """The mail as it was rendered; None when it was not, or when its bytes are kept no more."""
    query = select(delivery_mail.c.mime).where(delivery_mail.c.delivery_id == delivery_id)
    return connection.execute(query).scalar_one_or_none()


def bytes_of_run(connection: Connection, run_id: int) -> bytes | None:
    """The mail that told a run, where its bytes are kept."""
    query = select(delivery_mail.c.mime).join(delivery, delivery.c.id == delivery_mail.c.delivery_id)
    return connection.execute(query.where(delivery.c.run_id == run_id)).scalars().first()


def forget_bytes(connection: Connection, before: datetime) -> int:
    """Drops the bytes of mails that were sent, refused or given up before then, and keeps their hashes; how many."""
    over = delivery.c.state.in_((DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED)) & (
        delivery.c.settled_at < before
    )
    old = select(delivery.c.id).where(over)
    return connection.execute(delete(delivery_mail).where(delivery_mail.c.delivery_id.in_(old))).rowcount


def hasten(connection: Connection, now: datetime) -> None:
    """What waits for its next try is tried now, also by routes that rest; not what is in doubt, which may have
    arrived."""
    mailing.hasten(connection, now)
    late = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)) & (delivery.c.next_at > now)
    connection.execute(update(delivery).where(late).values(next_at=now))


def waiting(connection: Connection) -> list[Delivery]:
    """What is still to be sent, soonest first."""
    query = select(delivery).where(delivery.c.state.in_(WAITING)).order_by(delivery.c.next_at)
    return [read(row) for row in connection.execute(query)]


def expire(connection: Connection, now: datetime) -> list[Delivery]:
    """Gives up deliveries that could not be sent in their time; those that a server rejected as such are held, since
    it would reject the next one for what is in it."""
    late = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)) & (delivery.c.expires_at <= now)
    rejected = (delivery.c.attempts > 0) & (delivery.c.last_code >= 500)
    held = update(delivery).where(late, rejected).values(state=DeliveryState.HELD, held_why="rejected")
    expired = update(delivery).where(late).values(state=DeliveryState.EXPIRED, settled_at=now)
    return [read(row) for each in (held, expired) for row in connection.execute(each.returning(delivery))]


def previous_reply(connection: Connection, given: Delivery) -> str:
    """What a server said at last to an earlier delivery to the same recipient that failed or was sent."""
    final = (DeliveryState.SENT, DeliveryState.FAILED)
    earlier = (delivery.c.recipient == given.recipient) & (delivery.c.id < given.id) & delivery.c.state.in_(final)
    query = select(delivery.c.last_text).where(earlier).order_by(delivery.c.id.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none() or ""


def withdraw(connection: Connection, readers: Iterable[str], now: datetime) -> list[Delivery]:
    """Gives up what waits for anybody but these readers: who left is written to no more."""
    known, awaited = set(readers), select(delivery.c.recipient).where(delivery.c.state.in_(WAITING)).distinct()
    gone = [each for each in connection.execute(awaited).scalars() if each not in known]
    query = (
        update(delivery)
        .where(delivery.c.state.in_(WAITING), delivery.c.recipient.in_(bindparam("gone", expanding=True)))
        .values(state=DeliveryState.FAILED, settled_at=now, last_text="no subscriber any more")
        .returning(delivery)
    )
    return [read(row) for each in portions(gone) for row in connection.execute(query, {"gone": each})]


def all_deliveries(connection: Connection, limit: int = 100) -> list[Delivery]:
    """The latest deliveries, newest first."""
    return [read(row) for row in connection.execute(select(delivery).order_by(delivery.c.id.desc()).limit(limit))]


def find(connection: Connection, delivery_id: int) -> Delivery:
    """The delivery with its bytes."""
    row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
    return replace(read(row), mime=bytes_of(connection, delivery_id))


def read(row: Row[Any]) -> Delivery:
    """A row of the table, without the bytes."""
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
        subject=row.subject,
    )
