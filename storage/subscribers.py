"""Subscribers: since when each one is told the news, and whom never to write to again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from storage.model import StoredSubscriber
from storage.portions import portions
from storage.schema import subscriber, suppression
from storage.upserts import insert_all_new, insert_new

NEWCOMER_WINDOW = timedelta(days=7)
_AMONG = select(suppression.c.address, suppression.c.reason).where(
    suppression.c.address.in_(bindparam("known", expanding=True))
)
_WHY = select(suppression.c.reason).where(suppression.c.address == bindparam("known"))


def register(connection: Connection, email: str, now: datetime) -> StoredSubscriber:
    """The subscriber of that address; a new one is told what was found in the last days too, so that nothing waits
    in the database unseen, and no more than that, so that nobody is flooded."""
    return register_all(connection, [email], now)[0]


def register_all(connection: Connection, emails: Sequence[str], now: datetime) -> list[StoredSubscriber]:
    """Registers many subscribers; they are in the order of their addresses."""
    known = _known(connection, emails)
    if unknown := [each for each in emails if each not in known]:
        begin = {"since": now - NEWCOMER_WINDOW, "registered_at": now}
        insert_all_new(connection, subscriber, [{"email": each, **begin} for each in unknown], subscriber.c.id)
        known |= _known(connection, unknown)
    return [known[each] for each in emails]


def would_be(connection: Connection, email: str, now: datetime) -> StoredSubscriber:
    """The subscriber of that address as it is, or as it would be registered now; nothing is recorded."""
    return _known(connection, [email]).get(email, StoredSubscriber(0, email, now - NEWCOMER_WINDOW, now))


def suppress(connection: Connection, address: str, reason: str, now: datetime) -> None:
    """Nothing is sent to this address any more."""
    insert_new(connection, suppression, {"address": address.lower(), "reason": reason[:500], "at": now})


def suppressed(connection: Connection, address: str) -> str | None:
    """Why nothing may be sent to the address; None when it may."""
    return connection.execute(_WHY, {"known": address.lower()}).scalar_one_or_none()


def suppressed_among(connection: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """Those of the addresses, in lower case, to which nothing may be sent, and why."""
    known = list({each.lower() for each in addresses})
    rows = (row for each in portions(known) for row in connection.execute(_AMONG, {"known": each}))
    return {row.address: row.reason for row in rows}


def _known(connection: Connection, emails: Sequence[str]) -> dict[str, StoredSubscriber]:
    rows = (
        row
        for each in portions(emails)
        for row in connection.execute(select(subscriber).where(subscriber.c.email.in_(each)))
    )
    return {row.email: _stored(row) for row in rows}


def _stored(row: Row[Any]) -> StoredSubscriber:
    return StoredSubscriber(row.id, row.email, row.since, row.registered_at)
