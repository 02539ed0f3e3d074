"""How sources are: what they name a day, what hinders them, and the incidents that follow from it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from storage import reviewing
from storage.model import Ailment, DeliveryState, Incident, Run
from storage.reviewing import Reviewed
from storage.schema import delivery, digest_run, incident, source, source_day, subscriber
from storage.subscribers import NEWCOMER_WINDOW
from storage.upserts import insert_new

OPERATOR = "operator"  # the subscriber to whom the operator's notices belong: no address, so nobody's digests
BASELINE = timedelta(days=28)


def count_items(connection: Connection, source_id: int, items: int, now: datetime) -> None:
    """Keeps the largest number of items that the source named on this day."""
    day = now.date()
    if insert_new(connection, source_day, {"source_id": source_id, "day": day, "items": items}) is None:
        fewer = (source_day.c.source_id == source_id) & (source_day.c.day == day) & (source_day.c["items"] < items)
        connection.execute(update(source_day).where(fewer).values(items=items))


def daily_items(connection: Connection, now: datetime) -> dict[int, list[int]]:
    """By source, the largest number of items of each of the last 28 days on which it answered, oldest first."""
    query = select(source_day).where(source_day.c.day > (now - BASELINE).date()).order_by(source_day.c.day)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.source_id].append(row.items)
    return dict(found)


def open_incidents(connection: Connection) -> list[Incident]:
    """The sources that are degraded or silent, oldest first."""
    return _read(connection, _incidents().where(incident.c.ended_at.is_(None)))


def begin(connection: Connection, source_id: int, ailment: Ailment, now: datetime) -> None:
    """The source is ill from now on; one that was ill already only changes its ailment."""
    values = {"source_id": source_id, "began_at": now, **_columns(ailment)}
    if insert_new(connection, incident, values) is None:
        is_open = (incident.c.source_id == source_id) & incident.c.ended_at.is_(None)
        connection.execute(update(incident).where(is_open).values(_columns(ailment)))


def end(connection: Connection, incident_id: int, now: datetime, *, quietly: bool = False) -> None:
    """The source is well again; `quietly` when nobody needs to know, since nobody watches it any more."""
    connection.execute(update(incident).where(incident.c.id == incident_id).values(ended_at=now))
    if quietly:
        connection.execute(update(incident).where(incident.c.id == incident_id).values(told_in=None))


def untold(connection: Connection, before: datetime) -> list[Incident]:
    """The incidents that began before then, go on, and were not told to the operator."""
    fresh = incident.c.ended_at.is_(None) & incident.c.told_in.is_(None) & (incident.c.began_at <= before)
    return _read(connection, _incidents().where(fresh))


def untold_ends(connection: Connection) -> list[Incident]:
    """The incidents that were told to the operator and whose end was not."""
    over = incident.c.ended_at.is_not(None) & incident.c.told_in.is_not(None) & incident.c.end_told_in.is_(None)
    return _read(connection, _incidents().where(over))


def untold_mails(connection: Connection) -> list[Reviewed]:
    """The mails to readers that were given up, refused, rejected or are held in doubt, of which the operator was not
    told."""
    refused = (delivery.c.state == DeliveryState.FAILED) & delivery.c.last_code.is_not(None)
    kept = (delivery.c.state == DeliveryState.HELD) & delivery.c.held_why.in_(("doubt", "rejected"))
    own = select(digest_run.c.id).join(subscriber, subscriber.c.id == digest_run.c.subscriber_id)
    query = select(delivery.c.id).where(
        or_(delivery.c.state == DeliveryState.EXPIRED, refused, kept),
        delivery.c.told_in.is_(None),
        delivery.c.run_id.not_in(own.where(subscriber.c.email == OPERATOR)),
    )
    return reviewing.of(connection, connection.execute(query).scalars().all())


def plan_notice(
    connection: Connection,
    recipient: str,
    begun: Sequence[Incident],
    over: Sequence[Incident],
    now: datetime,
    mails: Sequence[Reviewed] = (),
) -> tuple[int, Run]:
    """Records that a notice tells the operator of these incidents and mails; the delivery's id and the run."""
    operator = _operator(connection, now)
    values = {"subscriber_id": operator, "slot": now, "state": "planned", "planned_at": now, "topics": []}
    run_id = int(connection.execute(insert(digest_run).values(values).returning(digest_run.c.id)).scalar_one())
    for told, column in ((begun, "told_in"), (over, "end_told_in")):
        ids = [each.id for each in told]
        connection.execute(update(incident).where(incident.c.id.in_(ids)).values({column: run_id}))
    lost = [each.delivery.id for each in mails]
    connection.execute(update(delivery).where(delivery.c.id.in_(lost)).values(told_in=run_id))
    due = {"run_id": run_id, "recipient": recipient, "state": "pending", "created_at": now, "next_at": now}
    expires = {"expires_at": now + timedelta(hours=48)}
    planned = insert(delivery).values(due | expires).returning(delivery.c.id)
    return int(connection.execute(planned).scalar_one()), Run(run_id, operator, now, "planned", now, ())


def release(connection: Connection, run_id: int) -> None:
    """The notice never went out: what it told is to be told again."""
    for column in (incident.c.told_in, incident.c.end_told_in):
        connection.execute(update(incident).where(column == run_id).values({column.name: None}))
    connection.execute(update(delivery).where(delivery.c.told_in == run_id).values(told_in=None))


def prune(connection: Connection, before: datetime, now: datetime) -> int:
    """Forgets old incidents and the counts of days beyond the baseline; how many rows."""
    days = delete(source_day).where(source_day.c.day <= (now - BASELINE).date())
    incidents = delete(incident).where(incident.c.ended_at < before)
    return sum(connection.execute(each).rowcount for each in (days, incidents))


def _operator(connection: Connection, now: datetime) -> int:
    since = now - NEWCOMER_WINDOW
    insert_new(connection, subscriber, {"email": OPERATOR, "since": since, "registered_at": now})
    return int(connection.execute(select(subscriber.c.id).where(subscriber.c.email == OPERATOR)).scalar_one())


def _incidents() -> Select[Any]:
    joined = select(incident, source.c.outlet, source.c.url).join(source, source.c.id == incident.c.source_id)
    return joined.order_by(incident.c.began_at, incident.c.id)


def _read(connection: Connection, query: Select[Any]) -> list[Incident]:
    return list(map(_incident, connection.execute(query)))


def _columns(ailment: Ailment) -> dict[str, Any]:
    return {
        "state": ailment.state,
        "hindrance": ailment.hindrance,
        "status": ailment.status,
        "items": ailment.items,
        "usual": ailment.usual,
    }


def _incident(row: Row[Any]) -> Incident:
    ailment = Ailment(row.state, row.hindrance, row.status, row.items, row.usual)
    return Incident(row.id, row.source_id, row.outlet, row.url, ailment, row.began_at, row.ended_at)


def of_outlets(incidents: Iterable[Incident]) -> dict[str, list[Incident]]:
    """The incidents by outlet."""
    found: defaultdict[str, list[Incident]] = defaultdict(list)
    for each in incidents:
        found[each.outlet].append(each)
    return dict(found)
