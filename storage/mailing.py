"""Mailing as a whole: what holds it, and which ways out of the house rest because their server is at fault.

A *route* is a way out: mail, or one further channel. A hold stands until an operator lifts it; a route that failed
opens by itself after a while, for one mail first.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from storage.model import Hold, Route
from storage.schema import delivery, mail_hold, mail_route
from storage.upserts import insert_new

MAIL = "mail"
CHANNEL = "channel:"
EVERY_ROUTE = "*"
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(seconds=4000)
_STANDING = select(mail_hold).where(mail_hold.c.lifted_at.is_(None)).order_by(mail_hold.c.id)


def by_route(route: str) -> ColumnElement[bool]:
    """The deliveries of a route."""
    return delivery.c.recipient.not_like(f"{CHANNEL}%") if route == MAIL else delivery.c.recipient == route


def route_of(recipient: str) -> str:
    """The route by which a recipient is reached."""
    return recipient if recipient.startswith(CHANNEL) else MAIL


def hold(connection: Connection, kind: str, reason: str, now: datetime, route: str = EVERY_ROUTE) -> bool:
    """Nothing goes out by the route from now on; False when it is held so already."""
    values = {"kind": kind, "route": route, "reason": reason, "began_at": now}
    return insert_new(connection, mail_hold, values) is not None


def holds(connection: Connection) -> list[Hold]:
    """What holds mailing now, oldest first."""
    return [_hold(row) for row in connection.execute(_STANDING)]


def is_held(route: str, standing: Collection[Hold]) -> bool:
    return any(each.route in (EVERY_ROUTE, route) for each in standing)


def lift(connection: Connection, now: datetime) -> list[Hold]:
    """Lifts every hold and forgets what was rejected; what stood until now."""
    standing = holds(connection)
    connection.execute(update(mail_hold).where(mail_hold.c.lifted_at.is_(None)).values(lifted_at=now))
    connection.execute(update(mail_route).values(rejected=0))
    return standing


def tell_again(connection: Connection, now: datetime, every: timedelta) -> list[Hold]:
    """The holds of which nobody was told for so long; they count as told now."""
    late = [each for each in holds(connection) if each.told_at is None or not now - every < each.told_at <= now]
    ids = [each.id for each in late]
    connection.execute(update(mail_hold).where(mail_hold.c.id.in_(ids)).values(told_at=now))
    return late


def routes(connection: Connection) -> dict[str, Route]:
    """The routes that failed or were refused something since they last worked."""
    return {row.route: _route(row) for row in connection.execute(select(mail_route))}


def is_closed(route: Route, now: datetime) -> bool:
    """Whether the route rests; not until a moment that a clock set which ran ahead and was put back."""
    return route.closed_until is not None and now < route.closed_until <= now + LONGEST_PAUSE


def fail(connection: Connection, route: str, now: datetime, code: int | None, text: str) -> Route:
    """The server of a route is at fault: it rests, longer each time."""
    known = _known(connection, route)
    pause = min(FIRST_PAUSE * 2 ** min(known.fails, 10), LONGEST_PAUSE)
    values = {
        "fails": known.fails + 1,
        "failing_since": known.failing_since or now,
        "closed_until": now + pause,
        "last_code": code,
        "last_text": text[:500],
    }
    connection.execute(update(mail_route).where(mail_route.c.route == route).values(values))
    return _known(connection, route)


def reject(connection: Connection, route: str) -> int:
    """A mail was rejected as such: how many in a row now."""
    count = _known(connection, route).rejected + 1
    connection.execute(update(mail_route).where(mail_route.c.route == route).values(rejected=count))
    return count


def work(connection: Connection, route: str) -> None:
    """A mail was taken: the route is well."""
    values = {"fails": 0, "failing_since": None, "closed_until": None, "rejected": 0}
    connection.execute(update(mail_route).where(mail_route.c.route == route).values(values))


def hasten(connection: Connection, now: datetime) -> None:
    """Routes that rest are tried now."""
    connection.execute(update(mail_route).where(mail_route.c.closed_until > now).values(closed_until=now))


def _known(connection: Connection, route: str) -> Route:
    insert_new(connection, mail_route, {"route": route})
    return _route(connection.execute(select(mail_route).where(mail_route.c.route == route)).one())


def _route(row: Row[Any]) -> Route:
    return Route(
        row.route, row.fails, row.failing_since, row.closed_until, row.rejected, row.last_code, row.last_text or ""
    )


def _hold(row: Row[Any]) -> Hold:
    return Hold(row.id, row.kind, row.route, row.reason, row.began_at, row.told_at)
