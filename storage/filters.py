"""What the filters of digest streams left out, on record."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from storage.model import StoredMention
from storage.schema import digest_item, digest_left_out, digest_run, mention
from storage.upserts import insert_new

_LEFT_OUT = select(digest_left_out.c.mention_id).where(
    digest_left_out.c.subscriber_id == bindparam("reader"),
    digest_left_out.c.mention_id.in_(bindparam("mentions", expanding=True)),
)
_TOLD = (
    select(mention.c.article_id)
    .join(digest_item, digest_item.c.mention_id == mention.c.id)
    .join(digest_run, digest_run.c.id == digest_item.c.run_id)
    .where(digest_item.c.subscriber_id == bindparam("reader"), digest_run.c.planned_at <= bindparam("until"))
)
_ARTICLES_LEFT_OUT = (
    select(mention.c.article_id)
    .join(digest_left_out, digest_left_out.c.mention_id == mention.c.id)
    .where(digest_left_out.c.subscriber_id == bindparam("reader"))
    .where(digest_left_out.c.at > bindparam("after"), digest_left_out.c.at <= bindparam("until"))
    .where(mention.c.article_id.not_in(_TOLD))
)


def leave_out(connection: Connection, subscriber_id: int, found: Iterable[StoredMention], now: datetime) -> None:
    """Puts on record that the subscriber's filter does not take these: they are never pending for him again."""
    for each in found:
        insert_new(connection, digest_left_out, {"subscriber_id": subscriber_id, "mention_id": each.id, "at": now})


def left_out(connection: Connection, subscriber_id: int, mentions: Sequence[int]) -> set[int]:
    """Those of the mentions that a filter of the subscriber left out."""
    return set(connection.execute(_LEFT_OUT, {"reader": subscriber_id, "mentions": mentions}).scalars())


def articles_left_out(connection: Connection, subscriber_id: int, after: datetime, until: datetime) -> set[int]:
    """The articles that the subscriber's filters left out in (after, until], but for those of which he was told for
    another topic."""
    given = {"reader": subscriber_id, "after": after, "until": until}
    return set(connection.execute(_ARTICLES_LEFT_OUT, given).scalars())
