"""Crawl rounds: when the watch was kept, and what it saw."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage.model import Round
from storage.schema import crawl_round, mention


def begin(connection: Connection, now: datetime) -> int:
    begun = insert(crawl_round).values(started_at=now).returning(crawl_round.c.id)
    return int(connection.execute(begun).scalar_one())


def finish(
    connection: Connection,
    round_id: int,
    *,
    outcome: str,
    now: datetime,
    sources_ok: int = 0,
    sources_failed: int = 0,
    pages: int = 0,
    mentions: int = 0,
    detail: str | None = None,
) -> None:
    """Closes a round; `outcome` is "done", "deadline" or "died"."""
    connection.execute(
        update(crawl_round)
        .where(crawl_round.c.id == round_id)
        .values(
            ended_at=now,
            outcome=outcome,
            sources_ok=sources_ok,
            sources_failed=sources_failed,
            pages=pages,
            mentions=mentions,
            detail=detail,
        )
    )


def since(connection: Connection, moment: datetime, until: datetime | None = None) -> list[Round]:
    """The rounds that began after that moment, and not after `until`."""
    query = select(crawl_round).where(crawl_round.c.started_at > moment).order_by(crawl_round.c.id)
    if until is not None:
        query = query.where(crawl_round.c.started_at <= until)
    return [
        Round(
            row.id,
            row.started_at,
            row.ended_at,
            row.outcome,
            row.sources_ok,
            row.sources_failed,
            row.pages,
            row.mentions,
        )
        for row in connection.execute(query)
    ]


def on_record_since(connection: Connection) -> datetime | None:
    """When the first round that is on record began, or the first mention was found; None before either."""
    firsts = (select(func.min(crawl_round.c.started_at)), select(func.min(mention.c.found_at)))
    known = [connection.execute(first).scalar_one() for first in firsts]
    return min((each for each in known if each is not None), default=None)
