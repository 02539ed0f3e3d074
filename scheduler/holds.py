"""What holds mailing is told to who asks, and in the log, at once and then every hour: as an error, unless an operator
wanted it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console

from scheduler.terminal import moment, plain
from storage import mailing, operating
from storage.database import Database
from storage.model import Hold

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)


def tell_holds(database: Database, now: datetime) -> None:
    """Tells of the holds of which nobody was told for an hour."""
    with database.read() as connection:
        if not mailing.holds(connection):
            return
    with database.write() as connection:
        late = mailing.tell_again(connection, now, EVERY)
    for each in late:
        what = "nothing" if each.route == mailing.EVERY_ROUTE else f"nothing by {each.route}"
        remedy = "`veilleur deliveries` shows what waits, `veilleur deliveries resume` lets it go"
        level = logging.WARNING if each.kind == operating.OPERATOR else logging.ERROR
        logger.log(level, "%s is mailed since %s: %s; %s", what, moment(each.began_at), each.reason, remedy)


def print_holds(console: Console, standing: Sequence[Hold]) -> None:
    """What is on hold, since when and why, and what lets it go."""
    for hold in standing:
        what = "Mailing" if hold.route == mailing.EVERY_ROUTE else plain(hold.route)
        console.print(f"[bold red]{what} is on hold[/] since {moment(hold.began_at)}: {plain(hold.reason)}")
    if standing:
        console.print("`veilleur deliveries resume` lets it go on.")
