"""Which of two articles that share their text is the original."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.mentions import by_ids
from storage.model import StoredMention
from storage.schema import digest_item, mention

COPIES_OF_EACH_OTHER = 0.6  # resemblance from which each of two articles has little that the other has not


def put_first(connection: Connection, mention_id: int, published: datetime) -> bool:
    """Makes a copy the original where it was published before the article that it was taken for a copy of.

    Articles arrive in the order of the crawl. Only an original that no digest has told of gives way: what was told
    stays as it was told; and only one that is a copy in its turn, not a long article behind a short one. Whether they
    changed places.
    """
    original = _original_of(connection, mention_id)
    if original is None or original.published is None or original.published <= published:
        return False
    own = connection.execute(select(mention).where(mention.c.id == mention_id)).mappings().one()
    theirs = connection.execute(select(mention.c.announce).where(mention.c.id == original.id)).scalar_one()
    if own["resemblance"] < COPIES_OF_EACH_OTHER or own["announce"] != theirs:
        return False
    if connection.execute(select(digest_item.c.id).where(digest_item.c.mention_id == original.id)).first() is not None:
        return False
    _swap_comparisons(connection, mention_id, original.id)
    copies = (mention.c.original_id == original.id) | (mention.c.id == original.id)
    connection.execute(update(mention).where(copies).values(original_id=mention_id))
    connection.execute(update(mention).where(mention.c.id == original.id).values(verdict="duplicate"))
    connection.execute(update(mention).where(mention.c.id == mention_id).values(verdict="new", original_id=None))
    return True


def _swap_comparisons(connection: Connection, one: int, other: int) -> None:
    """What each shares with the articles before it goes to the other, as their places do."""
    columns = (mention.c.resemblance, mention.c.containment, mention.c.novelty, mention.c.added)
    rows = {
        each: dict(connection.execute(select(*columns).where(mention.c.id == each)).mappings().one())
        for each in (one, other)
    }
    for each, values in ((one, rows[other]), (other, rows[one])):
        connection.execute(update(mention).where(mention.c.id == each).values(values))


def _original_of(connection: Connection, mention_id: int) -> StoredMention | None:
    original_id = connection.execute(select(mention.c.original_id).where(mention.c.id == mention_id)).scalar_one()
    return None if original_id is None else by_ids(connection, [original_id])[0]
