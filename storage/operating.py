"""What an operator does with deliveries. Every action is a row with who and when, in the transaction that acts."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage import deliveries, digests, mailing, subscribers
from storage.model import Delivery, DeliveryState, Hold
from storage.schema import delivery, delivery_action

GRACE = timedelta(hours=48)  # a mail that an operator sets going again is not given up sooner
OPERATOR = "operator"
REJECTED = "rejected"
DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Demand:
    """Who asks, and when."""

    who: str
    at: datetime


class Why(StrEnum):
    """Why a delivery is left as it is."""

    ABSENT = "absent"
    UNDER_WAY = "under way"
    WAITING = "waiting"
    SENT = "sent"
    IN_DOUBT = "in doubt"
    SUPPRESSED = "suppressed"
    TOLD = "told"
    FORGOTTEN = "forgotten"
    OVER = "over"
    HELD = "held"
    NOT_HELD = "not held"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A delivery on which nothing was done; `detail` is the reason of a suppression."""

    delivery_id: int
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    at: datetime
    who: str
    action: str
    delivery_id: int | None
    detail: str


Change = dict[str, Any]
Decision = Callable[[Connection, Delivery, Demand], Change | Refusal]


def retry(connection: Connection, ids: Sequence[int], demand: Demand) -> list[Refusal]:
    """What certainly did not arrive is tried now: what waits, was refused, given up, or held without a doubt."""
    return _act(connection, "retry", ids, demand, _retried)


def retry_all(connection: Connection, demand: Demand) -> int:
    """Everything that waits is tried now, also by routes that rest; how many."""
    waits = delivery.c.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED))
    count = len(connection.execute(select(delivery.c.id).where(waits)).all())
    deliveries.hasten(connection, demand.at)
    _note(connection, "retry", demand, None, f"all that waited: {count}")
    return count


def resend(connection: Connection, ids: Sequence[int], demand: Demand) -> list[Refusal]:
    """The same bytes go out once more, though the first may have arrived."""
    return _act(connection, "resend", ids, demand, _resent)


def hold(connection: Connection, ids: Sequence[int], demand: Demand) -> list[Refusal]:
    """These mails wait until they are resumed."""
    return _act(connection, "hold", ids, demand, _held)


def hold_all(connection: Connection, demand: Demand) -> bool:
    """Nothing goes out until mailing is resumed; False when an operator holds it already."""
    if not mailing.hold(connection, OPERATOR, f"held by {demand.who}", demand.at):
        return False
    _note(connection, "hold", demand, None, "all mailing")
    return True


def resume(connection: Connection, ids: Sequence[int], demand: Demand) -> list[Refusal]:
    """These held mails go out; those in doubt stay, for only a repeat is left for them."""
    return _act(connection, "resume", ids, demand, _resumed)


def resume_all(connection: Connection, demand: Demand) -> tuple[list[Hold], int]:
    """Lifts every hold and lets go what was held without a doubt; the holds that stood, and how many mails."""
    lifted = mailing.lift(connection, demand.at)
    mailing.hasten(connection, demand.at)
    kept = delivery.c.held_why.in_((OPERATOR, REJECTED)) & (delivery.c.state == DeliveryState.HELD)
    ids = connection.execute(select(delivery.c.id).where(kept)).scalars().all()
    resume(connection, ids, demand)
    if lifted or ids:
        reasons = "; ".join(f"{each.route}: {each.reason}" for each in lifted)
        _note(connection, "resume", demand, None, reasons or f"all that was held: {len(ids)}")
    return lifted, len(ids)


def actions(connection: Connection, delivery_id: int | None = None, limit: int = 20) -> list[Action]:
    """The latest actions, newest first: on one delivery, or on all of them together."""
    on = (
        delivery_action.c.delivery_id.is_(None) if delivery_id is None else delivery_action.c.delivery_id == delivery_id
    )
    query = select(delivery_action).where(on).order_by(delivery_action.c.id.desc()).limit(limit)
    return [Action(row.at, row.who, row.action, row.delivery_id, row.detail) for row in connection.execute(query).all()]


def _act(connection: Connection, action: str, ids: Sequence[int], demand: Demand, decide: Decision) -> list[Refusal]:
    wanted = list(dict.fromkeys(ids))
    rows = connection.execute(select(delivery).where(delivery.c.id.in_(wanted)).with_for_update())
    found = {each.id: each for each in map(deliveries.read, rows)}
    refused = []
    for each in wanted:
        answer = _decided(connection, found.get(each), demand, decide) or Refusal(each, Why.ABSENT)
        if isinstance(answer, Refusal):
            refused.append(answer)
            continue
        connection.execute(update(delivery).where(delivery.c.id == each).values(answer))
        _note(connection, action, demand, each, _was(found[each]))
    return refused


def _decided(
    connection: Connection, found: Delivery | None, demand: Demand, decide: Decision
) -> Change | Refusal | None:
    if found is None:
        return None
    if found.state is DeliveryState.ATTEMPTING:
        return Refusal(found.id, Why.UNDER_WAY)
    return decide(connection, found, demand)


def _retried(connection: Connection, found: Delivery, demand: Demand) -> Change | Refusal:
    match found.state:
        case DeliveryState.PENDING | DeliveryState.DEFERRED:
            return {"next_at": demand.at}
        case DeliveryState.SENT:
            return Refusal(found.id, Why.SENT)
        case _ if found.doubt_resends or found.held_why == DOUBT:
            return Refusal(found.id, Why.IN_DOUBT)
    if refusal := _hindrance(connection, found):
        return refusal
    return _again(found, demand) if digests.reclaim(connection, found.run_id) else Refusal(found.id, Why.TOLD)


def _resent(connection: Connection, found: Delivery, demand: Demand) -> Change | Refusal:
    if found.state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        return Refusal(found.id, Why.WAITING)
    if refusal := _hindrance(connection, found):
        return refusal
    digests.reclaim(connection, found.run_id)
    arrived = found.state is DeliveryState.SENT or found.held_why == DOUBT
    return _again(found, demand) | {"doubt_resends": found.doubt_resends + int(arrived)}


def _held(_: Connection, found: Delivery, demand: Demand) -> Change | Refusal:
    if found.state is DeliveryState.HELD:
        return Refusal(found.id, Why.HELD)
    if found.state not in deliveries.WAITING:
        return Refusal(found.id, Why.OVER)
    return {"state": DeliveryState.HELD, "held_why": OPERATOR}


def _resumed(_: Connection, found: Delivery, demand: Demand) -> Change | Refusal:
    if found.state is not DeliveryState.HELD:
        return Refusal(found.id, Why.NOT_HELD)
    if found.held_why == DOUBT:
        return Refusal(found.id, Why.IN_DOUBT)
    state = DeliveryState.UNKNOWN if found.doubt_resends else DeliveryState.PENDING
    return _again(found, demand) | {"state": state}


def _again(found: Delivery, demand: Demand) -> Change:
    return {
        "state": DeliveryState.PENDING,
        "held_why": None,
        "settled_at": None,
        "told_in": None,
        "attempts": 0,
        "next_at": demand.at,
        "expires_at": max(found.expires_at, demand.at + GRACE),
    }


def _hindrance(connection: Connection, found: Delivery) -> Refusal | None:
    if reason := subscribers.suppressed(connection, found.recipient):
        return Refusal(found.id, Why.SUPPRESSED, reason)
    kept = deliveries.bytes_of(connection, found.id)
    if found.sha256 is not None and (kept is None or hashlib.sha256(kept).hexdigest() != found.sha256):
        return Refusal(found.id, Why.FORGOTTEN)
    return None


def _was(found: Delivery) -> str:
    state = f"{found.state} ({found.held_why})" if found.held_why else str(found.state)
    reply = " ".join(str(each) for each in (found.last_code, found.last_text) if each)
    return f"was {state}: {reply}"[:500] if reply else f"was {state}"


def _note(connection: Connection, action: str, demand: Demand, delivery_id: int | None, detail: str) -> None:
    values = {"at": demand.at, "who": demand.who, "action": action, "delivery_id": delivery_id, "detail": detail}
    connection.execute(insert(delivery_action).values(values))
