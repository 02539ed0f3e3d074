"""Subscribers: since when each one is told the news, and whom never to write to again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from storage.model import StoredSubscriber
from storage.schema import subscriber, suppression
from storage.upserts import insert_new

NEWCOMER_WINDOW = timedelta(days=7)
_AMONG = select(suppression.c.address, suppression.c.reason).where(
    suppression.c.address.in_(bindparam("known", expanding=True))
)


def register(connection: Connection, email: str, now: datetime) -> StoredSubscriber:
    """The subscriber of that address; a new one is told what was found in the last days too, so that nothing waits
    in the database unseen, and no more than that, so that nobody is flooded."""
    insert_new(connection, subscriber, {"email": email, "since": now - NEWCOMER_WINDOW, "registered_at": now})
    row = connection.execute(select(subscriber).where(subscriber.c.email == email)).one()
    return StoredSubscriber(row.id, row.email, row.since, row.registered_at)


def would_be(connection: Connection, email: str, now: datetime) -> StoredSubscriber:
    """The subscriber of that address as it is, or as it would be registered now; nothing is recorded."""
    row = connection.execute(select(subscriber).where(subscriber.c.email == email)).one_or_none()
    if row is None:
        return StoredSubscriber(0, email, now - NEWCOMER_WINDOW, now)
    return StoredSubscriber(row.id, row.email, row.since, row.registered_at)


def suppress(connection: Connection, address: str, reason: str, now: datetime) -> None:
    """Nothing is sent to this address any more."""
    insert_new(connection, suppression, {"address": address.lower(), "reason": reason[:500], "at": now})


def suppressed(connection: Connection, address: str) -> str | None:
    """Why nothing may be sent to the address; None when it may."""
    query = select(suppression.c.reason).where(suppression.c.address == address.lower())
    return connection.execute(query).scalar_one_or_none()


def suppressed_among(connection: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """Those of the addresses, in lower case, to which nothing may be sent, and why."""
    known = {each.lower() for each in addresses}
    rows = connection.execute(_AMONG, {"known": list(known)})
    return {row.address: row.reason for row in rows}
