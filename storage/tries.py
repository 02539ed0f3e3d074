"""Tries: one worker takes a delivery, crosses the line of doubt, and puts down how it ended.

Each try holds a lease and a fence number, so that a late worker's outcome is recognised and dropped. `enter_data` is
the line of doubt: what dies before it was certainly not sent, what dies after it may have been, and is `unknown` (SMTP
gives no more; RFC 5321 section 4.1.1.4, RFC 1047). All work on sets, so that many connections share a commit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, case, func, insert, or_, select, update

from storage.deliveries import WAITING, read
from storage.model import Delivery, DeliveryState, Ending
from storage.schema import delivery, delivery_attempt, delivery_mail

LEASE = timedelta(minutes=15)
DOUBT_WAIT = timedelta(minutes=15)
LONGEST_TEXT = 500
SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED)


def claim(connection: Connection, ids: Sequence[int], owner: str, now: datetime) -> list[Delivery]:
    """Takes those deliveries for one try that are due and that no other worker has; with their bytes."""
    given = {"b_ids": list(ids), "b_now": now, "b_owner": owner, "b_until": now + LEASE}
    taken = [read(row) for row in connection.execute(_TAKING, given).all()]
    if not taken:
        return []
    begun = [{"delivery_id": each.id, "fence": each.fence, "phase": "connect", "started_at": now} for each in taken]
    connection.execute(_BEGINNING, begun)
    kept = connection.execute(_MAILS, {"b_ids": [each.id for each in taken]})
    mails = {row.delivery_id: row.mime for row in kept}
    return [replace(each, mime=mails.get(each.id)) for each in taken]


def enter_data(connection: Connection, fences: Mapping[int, int]) -> set[int]:
    """Crosses the line of doubt with deliveries and their fences; those whose lease was lost are not among the result,
    and nothing of theirs may be sent."""
    held = _held(connection, fences)
    if held:
        crossing = [{"b_id": each, "b_fence": fences[each]} for each in held]
        connection.execute(_CROSSING, crossing)
    return held


def settle(connection: Connection, endings: Sequence[Ending]) -> set[int]:
    """Records how tries ended; the deliveries that they still held. A late one is written down and changes nothing."""
    if not endings:
        return set()
    held = _held(connection, {each.delivery_id: each.fence for each in endings})
    if changes := [_change(each) for each in endings if each.delivery_id in held]:
        connection.execute(_SETTLING, changes)
    connection.execute(_ENDING, [_outcome(each, held) for each in endings])
    return held


def doubtful(tried: Delivery, *, now: datetime, text: str, resend: bool) -> Ending:
    """The server may or may not have the mail: one identical repeat after a while if `resend`, else it is held."""
    again = resend and tried.doubt_resends == 0
    return Ending(
        tried.id,
        tried.fence,
        DeliveryState.UNKNOWN if again else DeliveryState.HELD,
        now,
        next_at=now + DOUBT_WAIT,
        text=text,
        is_repeat_due=again,
        held_why=None if again else "doubt",
    )


def untried(taken: Delivery, *, now: datetime, text: str, next_at: datetime | None = None) -> Ending:
    """Nothing of the mail was handed over: it waits as before, and the try is not counted."""
    due = next_at or now
    return Ending(taken.id, taken.fence, DeliveryState.PENDING, now, next_at=due, text=text, is_counted=False)


def recover_abandoned(
    connection: Connection, now: datetime, *, resend: Callable[[str], bool], owner: str | None = None
) -> list[Delivery]:
    """Settles tries whose worker died: before the line of doubt they are simply due again, after it in doubt.

    `resend` says whether a mail in doubt is sent again to a recipient. With `owner`, also those tries that this
    process's earlier life left behind, without waiting for their lease.
    """
    gone = delivery.c.lease_until < now
    if owner is not None:
        gone = or_(gone, delivery.c.lease_owner != owner)
    same = (delivery_attempt.c.delivery_id == delivery.c.id) & (delivery_attempt.c.fence == delivery.c.fence)
    query = select(delivery, delivery_attempt.c.phase).join(delivery_attempt, same)
    rows = connection.execute(query.where(delivery.c.state == DeliveryState.ATTEMPTING, gone)).all()
    endings = []
    for row in rows:
        if row.phase == "data":
            text = "the worker died after the mail was handed over"
            endings.append(doubtful(read(row), now=now, text=text, resend=resend(row.recipient)))
        else:
            endings.append(untried(read(row), now=now, text="the worker died before the mail was handed over"))
    settle(connection, endings)
    return [read(row) for row in rows]


# Statements are made once: to build one anew costs as much as to run it.
_IDS: BindParameter[list[int]] = bindparam("b_ids", expanding=True)
_FREE = (
    select(delivery.c.id)
    .where(delivery.c.id.in_(_IDS), delivery.c.state.in_(WAITING), delivery.c.next_at <= bindparam("b_now"))
    .with_for_update(skip_locked=True)
)
_TAKING = (
    update(delivery)
    .where(delivery.c.id.in_(_FREE))
    .values(
        state=DeliveryState.ATTEMPTING,
        lease_owner=bindparam("b_owner"),
        lease_until=bindparam("b_until"),
        fence=delivery.c.fence + 1,
    )
    .returning(delivery)
)
_BEGINNING = insert(delivery_attempt)
_MAILS = select(delivery_mail).where(delivery_mail.c.delivery_id.in_(_IDS))
_HOLDING = (
    select(delivery.c.id, delivery.c.fence)
    .where(delivery.c.id.in_(_IDS), delivery.c.state == DeliveryState.ATTEMPTING)
    .with_for_update()
)
_ATTEMPT = update(delivery_attempt).where(
    delivery_attempt.c.delivery_id == bindparam("b_id"), delivery_attempt.c.fence == bindparam("b_fence")
)
_CROSSING = _ATTEMPT.values(phase="data")
_ENDING = _ATTEMPT.values(
    ended_at=bindparam("b_at"),
    outcome=bindparam("b_outcome"),
    code=bindparam("b_code"),
    text=bindparam("b_text"),
    phase=func.coalesce(bindparam("b_phase"), delivery_attempt.c.phase),
)
_SETTLING = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        attempts=delivery.c.attempts + bindparam("b_counted"),
        doubt_resends=delivery.c.doubt_resends + bindparam("b_repeat"),
        next_at=func.coalesce(bindparam("b_next", type_=delivery.c.next_at.type), delivery.c.next_at),
        # The code of a server at fault is kept with the try: of the mail it says nothing.
        last_code=case(
            (bindparam("b_counted", type_=Integer()) == 1, bindparam("b_code", type_=Integer())),
            else_=delivery.c.last_code,
        ),
        last_text=bindparam("b_text"),
        settled_at=bindparam("b_settled"),
        held_why=bindparam("b_held"),
        lease_owner=None,
        lease_until=None,
    )
)


def _held(connection: Connection, fences: Mapping[int, int]) -> set[int]:
    """Those deliveries whose try still has them."""
    rows = connection.execute(_HOLDING, {"b_ids": list(fences)})
    return {row.id for row in rows if fences[row.id] == row.fence}


def _change(ending: Ending) -> dict[str, Any]:
    return {
        "b_id": ending.delivery_id,
        "b_state": ending.state,
        "b_counted": int(ending.is_counted),
        "b_repeat": int(ending.is_repeat_due),
        "b_next": ending.next_at,
        "b_code": ending.code,
        "b_text": ending.text[:LONGEST_TEXT],
        "b_settled": ending.at if ending.state in SETTLED else None,
        "b_held": ending.held_why,
    }


def _outcome(ending: Ending, held: Iterable[int]) -> dict[str, Any]:
    state = ending.state.value
    return {
        "b_id": ending.delivery_id,
        "b_fence": ending.fence,
        "b_at": ending.at,
        "b_phase": ending.phase,
        "b_outcome": state if ending.delivery_id in held else f"late:{state}",
        "b_code": ending.code,
        "b_text": ending.text[:LONGEST_TEXT],
    }
