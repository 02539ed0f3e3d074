"""Forgetting what is too old to matter."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from storage import deliveries, health
from storage.schema import crawl_round, delivery, delivery_attempt, page

KEEP_MAILS = timedelta(days=14)  # so long an operator can have a mail sent again


def prune(connection: Connection, before: datetime, now: datetime) -> dict[str, int]:
    """Drops old rounds, attempts and pages' details, and the bytes of mails that nobody will send again; keeps every
    page's key, so that no page comes back as new."""
    settled = select(delivery.c.id).where(delivery.c.settled_at < before)
    rounds = connection.execute(delete(crawl_round).where(crawl_round.c.ended_at < before)).rowcount
    attempts = connection.execute(delete(delivery_attempt).where(delivery_attempt.c.delivery_id.in_(settled))).rowcount
    details = dict.fromkeys(("etag", "last_modified", "error", "told_title", "told_summary", "told_published"))
    stale = (page.c.fetched_at < before) & (
        page.c.etag.is_not(None) | page.c.last_modified.is_not(None) | page.c.error.is_not(None)
    )
    pages = connection.execute(update(page).where(stale).values(details)).rowcount
    health.prune(connection, before, now)
    mails = deliveries.forget_bytes(connection, now - KEEP_MAILS)
    return {"rounds": rounds, "attempts": attempts, "details of pages": pages, "mails": mails}
