"""What was decided about articles: storing it, deciding anew, and indexing what was said by fingerprints."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from matching.duplicates import prepare
from matching.fingerprints import fingerprints
from matching.model import Article, Judgement
from storage.schema import article, article_revision, digest_left_out, fingerprint, mention


def add(
    connection: Connection,
    *,
    article_id: int,
    revision_id: int,
    judgement: Judgement,
    story_id: int | None,
    now: datetime,
    announce: str = "digest",
) -> int:
    """Stores what was decided about an article for one topic, and indexes its text unless it is irrelevant."""
    assert judgement.topic is not None
    places = {"article_id": article_id, "revision_id": revision_id, "topic": judgement.topic, "story_id": story_id}
    stored = {"found_at": now, "announce": announce, **places, **_decided(judgement)}
    mention_id: int = connection.execute(insert(mention).values(stored).returning(mention.c.id)).scalar_one()
    if judgement.mentions:
        _index(connection, mention_id, judgement.fingerprints)
    return mention_id


def decide_anew(
    connection: Connection,
    mention_id: int,
    *,
    judgement: Judgement,
    story_id: int | None,
    revision_id: int | None = None,
) -> None:
    """Stores what is decided now in the place of what was decided before, of the same words or of those of another
    revision; what was a copy of the article is a copy of its original."""
    if revision_id is not None:  # other words: a filter that did not take the article may take it now
        _unindex(connection, mention_id)
        connection.execute(delete(digest_left_out).where(digest_left_out.c.mention_id == mention_id))
    decided = _decided(judgement) | {"story_id": story_id}
    revised = {} if revision_id is None else {"revision_id": revision_id}
    connection.execute(update(mention).where(mention.c.id == mention_id).values(decided | revised))
    if judgement.duplicate_of is not None:
        root = {each: decided[each] for each in ("reference_id", "original_id", "story_id")}
        connection.execute(update(mention).where(mention.c.original_id == mention_id).values(root))
    if revision_id is not None:
        _index(connection, mention_id, judgement.fingerprints)


def compare_by(
    connection: Connection, article_id: int, topic: str, revision_id: int, fingerprints: Sequence[int]
) -> None:
    """Later articles are compared with what the article says in that revision; what was decided on it stays."""
    its = (mention.c.article_id == article_id) & (mention.c.topic == topic)
    mention_id = connection.execute(select(mention.c.id).where(its)).scalar_one()
    _unindex(connection, mention_id)
    connection.execute(update(mention).where(mention.c.id == mention_id).values(revision_id=revision_id))
    _index(connection, mention_id, fingerprints)


def as_judged(connection: Connection, mention_id: int) -> Article:
    """What the article said when it was judged."""
    query = (
        select(article_revision, article.c.url)
        .join(mention, mention.c.revision_id == article_revision.c.id)
        .join(article, article.c.id == mention.c.article_id)
        .where(mention.c.id == mention_id)
    )
    row = connection.execute(query).one()
    return Article(row.url, row.title, row.text, lead=row.lead, published=row.published)


def forget_refusal(connection: Connection, article_id: int, topic: str) -> None:
    """The article was refused for the topic and is judged anew."""
    refused = (mention.c.article_id == article_id) & (mention.c.topic == topic) & (mention.c.verdict == "irrelevant")
    connection.execute(delete(mention).where(refused))


def tell_of_backfill(connection: Connection, article_id: int, now: datetime) -> None:
    """Lets digests tell of an article's mentions that came as a backfill, as of what is found now: of those found
    before a reader came he is not told."""
    its = (mention.c.article_id == article_id) & (mention.c.announce == "backfill")
    connection.execute(update(mention).where(its).values(announce="digest", found_at=now))


def _decided(judgement: Judgement) -> dict[str, Any]:
    original = judgement.duplicate_of
    return {
        "verdict": judgement.verdict,
        "score": judgement.score,
        "occurrences": [asdict(each) for each in judgement.mentions or judgement.refused],
        "passages": [asdict(each) for each in judgement.passages],
        "resemblance": judgement.resemblance,
        "containment": judgement.containment,
        "novelty": judgement.novelty,
        "added": list(judgement.added),
        "reference_id": original.id if original and original.kind == "reference" else None,
        "original_id": int(original.id) if original and original.kind == "mention" else None,
    }


def _unindex(connection: Connection, mention_id: int) -> None:
    """By what is forgotten: fingerprints are found by their hash alone."""
    marks = fingerprints(prepare(as_judged(connection, mention_id).compared).words)
    its = (fingerprint.c.mention_id == mention_id) & fingerprint.c.hash.in_(marks)
    connection.execute(delete(fingerprint).where(its))


def _index(connection: Connection, mention_id: int, marks: Sequence[int]) -> None:
    if marks:
        connection.execute(insert(fingerprint), [{"hash": each, "mention_id": mention_id} for each in set(marks)])
