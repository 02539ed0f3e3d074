"""What became of the addresses that are written to: who left and came back, what bounced, and whom never to write to.

Events are only ever added; a suppression is what follows from them, one row an address.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from storage.model import AddressEvent, EventKind, StoredSubscriber, Suppression
from storage.schema import address_event, delivery, subscriber, suppression
from storage.subscribers import NEWCOMER_WINDOW, suppress, suppressed
from storage.upserts import insert_new

UNSUBSCRIBED = "unsubscribed"


def note(connection: Connection, event: AddressEvent) -> bool:
    """Puts an event on record; False when one of the same `source` is there already, and then it changes nothing."""
    values = {
        "address": event.address.lower(),
        "kind": event.kind.value,
        "at": event.at,
        "via": event.via,
        "delivery_id": event.delivery_id,
        "status": event.status,
        "text": event.text[:500],
        "source": event.source,
    }
    return insert_new(connection, address_event, values) is not None


def unsubscribe(connection: Connection, event: AddressEvent) -> bool:
    """The reader of that address is written to no more, by his own will, which outweighs any other reason to suppress.

    False when he had left before, or when this event was on record already.
    """
    if event.source is not None and not note(connection, event):  # first: it may be read again after he came back
        return False
    reason = suppressed(connection, event.address)
    if reason == UNSUBSCRIBED:
        return False
    if event.source is None:
        note(connection, event)
    if reason is None:
        suppress(connection, event.address, UNSUBSCRIBED, event.at)
    else:
        changed = {"reason": UNSUBSCRIBED, "at": event.at}
        connection.execute(update(suppression).where(suppression.c.address == event.address.lower()).values(changed))
    return True


def resume(connection: Connection, event: AddressEvent) -> bool:
    """The address may be written to again; False when it might before.

    He is told what was found in the last days, as a newcomer is, not everything since he left.
    """
    address = event.address.lower()
    lifted = connection.execute(delete(suppression).where(suppression.c.address == address)).rowcount
    if not lifted:
        return False
    note(connection, event)
    earliest = event.at - NEWCOMER_WINDOW
    returned = (func.lower(subscriber.c.email) == address) & (subscriber.c.since < earliest)
    connection.execute(update(subscriber).where(returned).values(since=earliest))
    return True


def suppressions(connection: Connection) -> dict[str, Suppression]:
    """Whom nothing is sent to, by address in lower case."""
    rows = connection.execute(select(suppression).order_by(suppression.c.address))
    return {row.address: Suppression(row.address, row.reason, row.at) for row in rows}


def soft_bounces(connection: Connection, since: datetime) -> dict[str, int]:
    """How many mails came back for now, by address in lower case."""
    query = (
        select(address_event.c.address, func.count())
        .where(address_event.c.kind == EventKind.SOFT, address_event.c.at >= since)
        .group_by(address_event.c.address)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def events_of(connection: Connection, address: str) -> list[AddressEvent]:
    """Everything on record about an address, oldest first."""
    query = select(address_event).where(address_event.c.address == address.lower()).order_by(address_event.c.id)
    return [
        AddressEvent(
            row.address, EventKind(row.kind), row.at, row.via, row.delivery_id, row.status, row.text, row.source
        )
        for row in connection.execute(query)
    ]


def subscriber_of(connection: Connection, number: int) -> StoredSubscriber | None:
    row = connection.execute(select(subscriber).where(subscriber.c.id == number)).one_or_none()
    return None if row is None else StoredSubscriber(row.id, row.email, row.since, row.registered_at)


def recipient_of(connection: Connection, delivery_id: int) -> str | None:
    """To whom a delivery went."""
    query = select(delivery.c.recipient).where(delivery.c.id == delivery_id)
    return connection.execute(query).scalar_one_or_none()
