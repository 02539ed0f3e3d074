"""Threads: which mail first told a recipient of a story, so that what follows can answer it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, select

from storage.model import Delivery, DeliveryState
from storage.schema import delivery, digest_item, digest_run, mention

LOST = (DeliveryState.FAILED, DeliveryState.EXPIRED)


def first_mails(connection: Connection, continuing: Delivery, stories: Iterable[int]) -> dict[int, str]:
    """Message-IDs by story: the mail to that recipient that first told of it, in a slot before that of `continuing`."""
    return _firsts(connection, _earlier(continuing, mention.c.story_id).where(mention.c.story_id.in_(list(stories))))


def first_mails_of_articles(connection: Connection, continuing: Delivery, articles: Iterable[int]) -> dict[int, str]:
    """Message-IDs by article: the mail that first told that recipient of its story, or of the copy that it is."""
    ids = list(articles)
    rows = connection.execute(
        select(mention.c.article_id, mention.c.story_id).where(
            mention.c.article_id.in_(ids), mention.c.story_id.is_not(None)
        )
    ).all()
    of_stories = first_mails(connection, continuing, {row.story_id for row in rows})
    alone = _firsts(connection, _earlier(continuing, mention.c.article_id).where(mention.c.article_id.in_(ids)))
    return alone | {row.article_id: of_stories[row.story_id] for row in rows if row.story_id in of_stories}


def _earlier(continuing: Delivery, key: Any) -> Select[Any]:
    """What was told in earlier mails, oldest first; of a mail that was given up, the items are not told."""
    slot = select(digest_run.c.slot).where(digest_run.c.id == continuing.run_id).scalar_subquery()
    return (
        select(key.label("key"), delivery.c.message_id)
        .select_from(digest_item)
        .join(mention, mention.c.id == digest_item.c.mention_id)
        .join(digest_run, digest_run.c.id == digest_item.c.run_id)
        .join(delivery, delivery.c.run_id == digest_run.c.id)
        .where(delivery.c.recipient == continuing.recipient, digest_run.c.slot < slot)
        .where(delivery.c.message_id.is_not(None), delivery.c.state.not_in(LOST))
        .order_by(digest_run.c.slot, delivery.c.id)
    )


def _firsts(connection: Connection, query: Select[Any]) -> dict[int, str]:
    found = dict[int, str]()
    for row in connection.execute(query):
        found.setdefault(row.key, row.message_id)
    return found
