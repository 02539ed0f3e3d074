"""The Atom file of new mentions, written anew after each round."""

import logging
from datetime import datetime

from alerts.digests import Desk
from alerts.feed import feed
from alerts.outbox import write_file
from scheduler.outward import FeedOrder
from storage import mentions
from storage.database import Database

logger = logging.getLogger(__name__)


def write_feed(order: FeedOrder, database: Database, desk: Desk, now: datetime) -> None:
    """Replaces the file at once, whole; what hinders that is told in the log and hinders nothing else."""
    with database.read() as connection:
        found = mentions.announced(connection, desk.topic_names, order.entries)
    try:
        order.file.parent.mkdir(parents=True, exist_ok=True)
        write_file(order.file, feed(found, desk.names, desk.topic_names, order.language, now))
    except OSError as error:
        logger.error("the feed %s cannot be written: %s; see feed.file", order.file, error.strerror)
