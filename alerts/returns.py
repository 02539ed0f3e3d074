"""Acting on what came back: a token says whom it is about, the ledger what follows; each message counts once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from alerts.bounces import Kind, Returned
from alerts.tokens import Purpose, Tokens, claimed_number
from alerts.verdicts import DISABLED, WRONG_ADDRESS
from storage import addresses, subscribers
from storage.model import AddressEvent, EventKind

logger = logging.getLogger(__name__)


class Done(StrEnum):
    """What was done about a message."""

    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    COUNTED = "counted"
    KNOWN = "known already"
    REPLY = "no bounce"
    FORGED = "not from a mail of ours"
    FOREIGN = "not for us"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Handled:
    """What was done, and to whom it pertains, where that is known."""

    done: Done
    address: str = ""
    detail: str = ""


def handle(connection: Connection, tokens: Tokens, returned: Returned, now: datetime) -> Handled:
    """Puts a message on record and does what follows from it."""
    match returned.kind:
        case Kind.UNREADABLE:
            return Handled(Done.UNREADABLE, detail=returned.text)
        case Kind.OTHER:
            return Handled(Done.FOREIGN, detail=returned.text)
        case Kind.LEAVE:
            return _leave(connection, tokens, returned, now)
        case _:
            return _bounce(connection, tokens, returned, now)


def _leave(connection: Connection, tokens: Tokens, returned: Returned, now: datetime) -> Handled:
    def address_of(number: int) -> str | None:
        reader = addresses.subscriber_of(connection, number)
        return reader.email if reader else None

    number, address = _genuine(tokens, returned.token, Purpose.LEAVE, address_of)
    if not address:
        return Handled(Done.FORGED)
    event = AddressEvent(address, EventKind.UNSUBSCRIBED, now, "mail", source=returned.source)
    if not addresses.unsubscribe(connection, event):
        return Handled(Done.KNOWN, address)
    logger.info("subscriber %s unsubscribed by mail", number)
    return Handled(Done.UNSUBSCRIBED, address)


def _bounce(connection: Connection, tokens: Tokens, returned: Returned, now: datetime) -> Handled:
    def address_of(number: int) -> str | None:
        return addresses.recipient_of(connection, number)

    delivery_id, address = _genuine(tokens, returned.token, Purpose.BOUNCE, address_of)
    if not address:
        return Handled(Done.FORGED)
    if returned.kind in (Kind.REPLY, Kind.DELIVERED):
        return Handled(Done.REPLY, address)
    kind = _kind(returned)
    if kind is EventKind.HARD and returned.status == DISABLED and not _was_disabled(connection, address, delivery_id):
        kind = EventKind.SOFT
    event = AddressEvent(
        address, kind, now, "report", delivery_id, returned.status or None, returned.text, returned.source
    )
    if not addresses.note(connection, event):
        return Handled(Done.KNOWN, address)
    logger.info("delivery %s came back: %s %s", delivery_id, kind, returned.status)
    if kind in (EventKind.HARD, EventKind.COMPLAINT):
        reason = f"{returned.status} {returned.text}".strip()
        subscribers.suppress(connection, address, reason, now)
        return Handled(Done.SUPPRESSED, address, reason)
    return Handled(Done.COUNTED, address, f"{kind} {returned.status}".strip())


def _genuine(
    tokens: Tokens, token: str, purpose: Purpose, address_of: Callable[[int], str | None]
) -> tuple[int, str | None]:
    number = claimed_number(token)
    address = None if number is None else address_of(number)
    if number is None or address is None or not tokens.is_genuine(token, purpose, number, address):
        return 0, None
    return number, address


def _kind(returned: Returned) -> EventKind:
    if returned.kind is Kind.COMPLAINT:
        return EventKind.COMPLAINT
    if returned.kind is Kind.DELAYED:
        return EventKind.DELAYED
    is_hard = returned.status in WRONG_ADDRESS or returned.status == DISABLED
    return EventKind.HARD if is_hard else EventKind.SOFT


def _was_disabled(connection: Connection, address: str, delivery_id: int) -> bool:
    """Whether another delivery was returned because the mailbox takes no mail: it is believed the second time."""
    before = addresses.events_of(connection, address)
    return any(each.status == DISABLED and each.delivery_id != delivery_id for each in before)
