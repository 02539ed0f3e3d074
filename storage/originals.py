"""Which of two articles that share their text is the original."""

from datetime import datetime

from sqlalchemy import Connection, select

from matching.judge import Judge
from matching.model import Article, Known, Verdict
from storage import decisions, mentions
from storage.model import StoredMention
from storage.schema import digest_item, mention


def put_first(connection: Connection, mention_id: int, article: Article, judge: Judge) -> bool:
    """Makes a copy the original where it was published before the article that it was taken for a copy of.

    Articles arrive in the order of the crawl. Only an original that no digest has told of gives way: what was told
    stays as it was told; and only one that is a copy in its turn, not a long article behind a short one. Each is judged
    anew in its place. Whether they changed places.
    """
    original = _original_of(connection, mention_id)
    if original is None or not _may_give_way(connection, mention_id, original, article.published):
        return False
    theirs = decisions.as_judged(connection, original.id)

    def is_another(other: StoredMention) -> bool:
        return {other.id, other.original_id}.isdisjoint((mention_id, original.id))

    mine = judge.judge(article, lambda marks: mentions.resembling(connection, original.topic, marks, is_another))
    own = Known("mention", str(mention_id), article.title, article.url, article.compared)
    copied = judge.judge(theirs, lambda _: [own])
    if mine.verdict is not Verdict.NEW or copied.verdict is not Verdict.DUPLICATE:
        return False
    for each, judgement in ((mention_id, mine), (original.id, copied)):  # what copied the original copies this then
        decisions.decide_anew(connection, each, judgement=judgement, story_id=original.story_id)
    return True


def _original_of(connection: Connection, mention_id: int) -> StoredMention | None:
    original_id = connection.execute(select(mention.c.original_id).where(mention.c.id == mention_id)).scalar_one()
    return None if original_id is None else mentions.by_ids(connection, [original_id])[0]


def _may_give_way(connection: Connection, mention_id: int, original: StoredMention, published: datetime | None) -> bool:
    if published is None or original.published is None or original.published <= published:
        return False
    announced = select(mention.c.announce).where(mention.c.id.in_([mention_id, original.id])).distinct()
    told = select(digest_item.c.id).where(digest_item.c.mention_id == original.id)
    return len(connection.execute(announced).all()) == 1 and connection.execute(told).first() is None
