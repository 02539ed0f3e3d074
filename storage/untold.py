"""What a subscriber has not been told: mentions that no run of his carried, and that his filter does not leave out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Integer, Select, bindparam, exists, func, select

from storage import filters
from storage.mentions import Shelf
from storage.model import EVERYTHING, Filter, StoredMention, StoredSubscriber
from storage.schema import article_change, digest_item, digest_left_out, digest_missed, digest_run, mention


def pending(
    connection: Connection,
    subscriber: StoredSubscriber,
    topics: Iterable[str],
    *,
    wanted: Filter = EVERYTHING,
    as_of: datetime | None = None,
    shelf: Shelf | None = None,
) -> list[StoredMention]:
    """What the subscriber has not been told, or had not been told `as_of` then: new mentions and copies that his filter
    takes, oldest first. A copy of what his filter left out is new to him.

    Who asks for many subscribers in one transaction gives the same `shelf` each time, here and below.
    """
    untold = _untold(connection, subscriber, topics, as_of, shelf)
    return adopted(connection, subscriber.id, [each for each in untold if wanted.takes(each)])


def unwanted(
    connection: Connection,
    subscriber: StoredSubscriber,
    topics: Iterable[str],
    wanted: Filter,
    shelf: Shelf | None = None,
    *,
    as_of: datetime | None = None,
) -> list[StoredMention]:
    """What the subscriber has not been told and his filter does not take."""
    return [each for each in _untold(connection, subscriber, topics, as_of, shelf) if not wanted.takes(each)]


def adopted(connection: Connection, subscriber_id: int, found: list[StoredMention]) -> list[StoredMention]:
    """The mentions, with the copies of what the subscriber's filter left out as news: nobody else tells him."""
    repeated = [each.original_id for each in found if each.verdict == "duplicate" and each.original_id is not None]
    left = filters.left_out(connection, subscriber_id, repeated) if repeated else set()
    return [replace(each, verdict="new") if each.original_id in left else each for each in found]


def news_mark(connection: Connection) -> tuple[int, ...]:
    """Changes with everything that can make something pending, for whoever it may be: mentions that were stored or
    judged anew, a backfill that is to be told after all, what became of articles, and runs that were released. An id
    says not enough: those of PostgreSQL commit out of order."""
    told = func.count().filter(mention.c.announce == "digest")
    latest = (func.max(mention.c.id), func.max(mention.c.revision_id))
    stored = connection.execute(select(func.count(), told, *latest).select_from(mention)).one()
    changed = connection.execute(select(func.count(), func.max(article_change.c.id)).select_from(article_change)).one()
    released = connection.execute(select(func.count(), func.max(digest_missed.c.id)).select_from(digest_missed)).one()
    return tuple(each or 0 for each in (*stored, *changed, *released))


def _untold(
    connection: Connection,
    subscriber: StoredSubscriber,
    topics: Iterable[str],
    as_of: datetime | None,
    shelf: Shelf | None,
) -> list[StoredMention]:
    given = {"reader": subscriber.id, "topics": list(topics), "since": subscriber.since}
    query, then = (_UNTOLD, {}) if as_of is None else (_UNTOLD_THEN, {"then": as_of})
    return (shelf or Shelf()).by_ids(connection, connection.execute(query, given | then).scalars().all())


def _untold_query(*, then: bool) -> Select[int]:
    reader = bindparam("reader", type_=Integer())
    told = exists().where(digest_item.c.mention_id == mention.c.id, digest_item.c.subscriber_id == reader)
    if then:
        told = told.where(digest_item.c.run_id == digest_run.c.id, digest_run.c.slot < bindparam("then"))
    left_out = exists().where(digest_left_out.c.mention_id == mention.c.id, digest_left_out.c.subscriber_id == reader)
    query = select(mention.c.id).where(
        mention.c.topic.in_(bindparam("topics", expanding=True)),
        mention.c.verdict.in_(["new", "duplicate"]),
        mention.c.announce == "digest",
        mention.c.found_at >= bindparam("since"),
        ~told,
        ~left_out,
    )
    return query.where(mention.c.found_at <= bindparam("then")) if then else query


# Statements are made once: to build one anew costs as much as to run it.
_UNTOLD, _UNTOLD_THEN = _untold_query(then=False), _untold_query(then=True)
