"""What an operator sees of the ledger: deliveries with their runs, and every try of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from storage import deliveries
from storage.model import Delivery, DeliveryState
from storage.schema import delivery, delivery_attempt, digest_item, digest_missed, digest_run
from storage.states import IN_DOUBT


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: in one of these states, to a recipient whose address has that in it, planned since then."""

    states: Collection[str] = ()
    recipient: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A delivery with its run: the slot, how many articles it tells, and how many it was to tell before it was given
    up."""

    delivery: Delivery
    slot: datetime
    items: int
    released: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: how far it came, and how it ended, if it did."""

    fence: int
    phase: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    code: int | None
    text: str


def listed(connection: Connection, wanted: Wanted, limit: int | None) -> list[Reviewed]:
    """The latest deliveries of those wanted, newest first."""
    query = select(delivery.c.id).where(*_filters(wanted)).order_by(delivery.c.id.desc()).limit(limit)
    return _reviewed(connection, query.subquery().c.id)


def of(connection: Connection, ids: Sequence[int]) -> list[Reviewed]:
    """The deliveries of these numbers, newest first."""
    return _reviewed(connection, select(delivery.c.id).where(delivery.c.id.in_(ids)).subquery().c.id)


def one(connection: Connection, delivery_id: int) -> Reviewed | None:
    """The delivery of that number, if there is one."""
    return next(iter(of(connection, [delivery_id])), None)


def counts(connection: Connection, wanted: Wanted) -> dict[DeliveryState, int]:
    """How many of those wanted are in each state."""
    query = select(delivery.c.state, func.count()).where(*_filters(wanted)).group_by(delivery.c.state)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {state: found[state] for state in DeliveryState if state in found}


def attempts(connection: Connection, delivery_id: int) -> list[Attempt]:
    """Every try of a delivery, oldest first; those of old deliveries are forgotten some day."""
    query = select(delivery_attempt).where(delivery_attempt.c.delivery_id == delivery_id)
    return [
        Attempt(row.fence, row.phase, row.started_at, row.ended_at, row.outcome, row.code, row.text or "")
        for row in connection.execute(query.order_by(delivery_attempt.c.fence))
    ]


def _reviewed(connection: Connection, ids: ColumnElement[int]) -> list[Reviewed]:
    frozen, missed = (
        select(func.count()).where(table.c.run_id == delivery.c.run_id).scalar_subquery()
        for table in (digest_item, digest_missed)
    )
    query = (
        select(delivery, digest_run.c.slot, frozen.label("items"), missed.label("released"))
        .join(digest_run, digest_run.c.id == delivery.c.run_id)
        .where(delivery.c.id.in_(select(ids)))
        .order_by(delivery.c.id.desc())
    )
    return [Reviewed(deliveries.read(row), row.slot, row.items, row.released) for row in connection.execute(query)]


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    filters = []
    if wanted.states:
        doubted = and_(delivery.c.state == DeliveryState.HELD, delivery.c.held_why == "doubt")
        alike = or_(delivery.c.state == DeliveryState.UNKNOWN, doubted)
        plain = delivery.c.state.in_([each for each in wanted.states if each != IN_DOUBT])
        filters.append(or_(plain, alike) if IN_DOUBT in wanted.states else plain)
    if wanted.recipient:
        filters.append(func.lower(delivery.c.recipient).contains(wanted.recipient.lower(), autoescape=True))
    if wanted.since is not None:
        filters.append(delivery.c.created_at >= wanted.since)
    return filters
