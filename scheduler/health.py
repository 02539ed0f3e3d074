"""The health of sources: incidents begin and end after every round, and the operator is told of each once."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts.digests import Desk
from alerts.message import build_message, new_message_id
from alerts.model import Reader, Reason, Trouble
from alerts.notices import Notice, render_notice
from alerts.troubles import reason_of
from crawler.health import assess
from scheduler.ailments import described
from storage import deliveries, health, sources
from storage.model import Ailment, Incident, Source
from storage.reviewing import Reviewed

logger = logging.getLogger(__name__)

SETTLED = timedelta(hours=1)  # an incident that ends sooner is told to nobody


@dataclass(frozen=True, slots=True)
class Ward:
    """Which sources are looked after, and how long one may fail before it counts as silent."""

    watched: Collection[str]
    patience: timedelta


def examine(connection: Connection, ward: Ward, now: datetime) -> None:
    """Opens, changes and ends incidents by what every watched source answered last."""
    known = {each.id: each for each in sources.in_catalogue(sources.all_sources(connection), set(ward.watched))}
    daily = health.daily_items(connection, now)
    ill = {each.source_id: each for each in health.open_incidents(connection)}
    for source_id in ill.keys() - known.keys():
        health.end(connection, ill[source_id].id, now, quietly=True)
    for source in known.values():
        _treat(connection, source, assess(source, daily.get(source.id, []), now, ward.patience), ill, now)


def _treat(
    connection: Connection, source: Source, ailment: Ailment | None, ill: dict[int, Incident], now: datetime
) -> None:
    before = ill.get(source.id)
    if ailment is None:
        if before is not None:
            health.end(connection, before.id, now)
            logger.info("source %s of %s is well again", source.url, source.outlet)
        return
    if before is None or before.ailment != ailment:
        health.begin(connection, source.id, ailment, now)
    if before is None or before.ailment.state != ailment.state:
        logger.warning("source %s of %s is %s: %s", source.url, source.outlet, ailment.state, described(ailment))


def plan_notice(connection: Connection, desk: Desk, operator: Reader, now: datetime) -> bool:
    """Plans and renders one mail about all incidents and lost mails that the operator was not told of; whether there is
    one."""
    begun, over = health.untold(connection, now - SETTLED), health.untold_ends(connection)
    mails = health.untold_mails(connection)
    if not begun and not over and not mails:
        return False
    notice = Notice(now, _troubles(begun, desk), _troubles(over, desk), tuple(map(_lost, mails)))
    rendered = render_notice(notice, operator)
    delivery_id, _ = health.plan_notice(connection, operator.email, begun, over, now, mails)
    message_id = new_message_id(desk.sender)
    mime = build_message(
        rendered,
        sender=desk.sender,
        recipient=operator.email,
        message_id=message_id,
        date=now.astimezone(operator.timezone),
        language=operator.language,
    )
    deliveries.keep_rendered(connection, delivery_id, message_id, desk.seal(mime) if desk.seal else mime)
    return True


def _lost(reviewed: Reviewed) -> Trouble:
    """A mail that did not go out, by its number and recipient, and what became of it."""
    each = reviewed.delivery
    became = each.held_why or each.state.value
    return Trouble(f"{each.id}, {each.recipient}", Reason(f"mail_{became}"), None, each.settled_at or reviewed.slot)


def _troubles(incidents: list[Incident], desk: Desk) -> tuple[Trouble, ...]:
    names = desk.names.outlets
    return tuple(
        Trouble(f"{names.get(each.outlet, each.outlet)} ({each.url})", reason_of(each.ailment), None, each.began_at)
        for each in incidents
    )
