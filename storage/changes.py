"""Changes of articles that a subscriber was told of: told once each. Most are a reason for a digest."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
)

from matching.model import Article
from matching.revision import Rewriting, rewriting
from storage.model import StoredChange, StoredSubscriber
from storage.portions import portions
from storage.schema import (
    article,
    article_change,
    article_revision,
    digest_change,
    digest_item,
    digest_missed_change,
    mention,
)

REWRITTEN = ("corrected", "unmentioned", "mentioned")
REASONS = ("retitled", "gone", "restored", *REWRITTEN)  # for a mail: not that an article moved, or is to be paid for


def pending(
    connection: Connection, subscriber: StoredSubscriber, topics: Iterable[str], beside: Iterable[int] = ()
) -> list[StoredChange]:
    """What became of the articles of his digests, and of these articles `beside`, and was not told to him yet, oldest
    first."""
    given = {"reader": subscriber.id, "topics": list(topics), "beside": list(beside)}
    return [_change(row) for row in connection.execute(_PENDING, given)]


def newest_before(connection: Connection, moment: datetime) -> int:
    """The id of the last change that was seen before then; 0 when there is none."""
    seen = select(article_change.c.id).where(article_change.c.seen_at < moment)
    return connection.execute(seen.order_by(article_change.c.id.desc()).limit(1)).scalar() or 0


def is_reason(connection: Connection, subscriber: StoredSubscriber, topics: Iterable[str], after: int) -> bool:
    """Whether something became of the articles of his earlier digests, later than that change, that is worth a mail of
    its own and was not told to him yet."""
    given = {"reader": subscriber.id, "topics": list(topics), "beside": [], "after": after}
    return connection.execute(_REASON, given).first() is not None


def freeze(connection: Connection, run_id: int, subscriber: StoredSubscriber, found: Iterable[StoredChange]) -> None:
    """The run tells of these changes."""
    rows = [{"run_id": run_id, "subscriber_id": subscriber.id, "change_id": each.id} for each in found]
    if rows:
        connection.execute(insert(digest_change), rows)


def of_run(connection: Connection, run_id: int) -> list[StoredChange]:
    """What the run tells of, oldest first."""
    return [_change(row) for row in connection.execute(_OF_RUN, {"run": run_id})]


def of_articles(connection: Connection, article_ids: Sequence[int]) -> dict[int, list[StoredChange]]:
    """All that became of these articles, by article, oldest first; of one that stands as it stood, nothing."""
    found: defaultdict[int, list[StoredChange]] = defaultdict(list)
    for some in portions(article_ids):
        for row in connection.execute(_changes().where(article_change.c.article_id.in_(some))):
            found[row.article_id].append(_change(row))
    return dict(found)


def rewritings(connection: Connection, found: Iterable[StoredChange]) -> dict[int, Rewriting]:
    """What changed in the wording of those articles whose text did, by change; nothing where one of the two texts is a
    later one again, for a revision stands where it was seen last."""
    texts = {each.id: _before_and_after(connection, each) for each in found if each.kind in REWRITTEN}
    return {change: rewriting(*both) for change, both in texts.items() if both is not None}


def _before_and_after(connection: Connection, change: StoredChange) -> tuple[Article, Article] | None:
    given = {"article": change.article_id, "moment": change.seen_at}
    revisions = connection.execute(_UP_TO, given).all()
    last = connection.execute(_LAST_REVISED, given).scalar_one()
    if len(revisions) < 2 or revisions[0].seen_at != change.seen_at or (last and revisions[1].seen_at < last):
        return None
    after, before = (Article(change.url, "", row.text, lead=row.lead) for row in revisions)
    return before, after


def release(connection: Connection, run_id: int) -> None:
    """The run's mail never went out: what it told is pending again, and on record as missed by this one."""
    told = digest_change.c.run_id == run_id
    _move(connection, digest_change, digest_missed_change, told)


def reclaim(connection: Connection, run_id: int) -> None:
    """What the run told and released is its own again; raises IntegrityError where another run tells some of it."""
    _move(connection, digest_missed_change, digest_change, digest_missed_change.c.run_id == run_id)


def is_told_elsewhere(connection: Connection, run_id: int) -> bool:
    """Whether another run tells some of what this one released."""
    same = (digest_change.c.subscriber_id == digest_missed_change.c.subscriber_id) & (
        digest_change.c.change_id == digest_missed_change.c.change_id
    )
    query = select(digest_change.c.id).join(digest_missed_change, same)
    return connection.execute(query.where(digest_missed_change.c.run_id == run_id).limit(1)).first() is not None


def _move(connection: Connection, source: Table, into: Table, which: ColumnElement[bool]) -> None:
    names = ["run_id", "subscriber_id", "change_id"]
    rows = select(*(source.c[name] for name in names)).where(which).order_by(source.c.id)
    connection.execute(insert(into).from_select(names, rows))
    connection.execute(delete(source).where(which))


def _changes() -> Select[Any]:
    title = (
        select(article_revision.c.title)
        .where(article_revision.c.article_id == article.c.id)
        .order_by(article_revision.c.seen_at.desc(), article_revision.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (article_change, article.c.outlet, article.c.url, title.label("title"))
    return select(*columns).join(article, article.c.id == article_change.c.article_id).order_by(article_change.c.id)


def _pending() -> Select[Any]:
    reader = bindparam("reader", type_=Integer())
    told = exists().where(digest_change.c.change_id == article_change.c.id, digest_change.c.subscriber_id == reader)
    known = (
        exists()
        .where(
            mention.c.article_id == article_change.c.article_id,
            mention.c.topic.in_(bindparam("topics", expanding=True)),
        )
        .where(digest_item.c.mention_id == mention.c.id, digest_item.c.subscriber_id == reader)
    )
    beside = article_change.c.article_id.in_(bindparam("beside", expanding=True))
    return _changes().where(known | beside, ~told)


_PENDING = _pending()
_REASON = _PENDING.where(article_change.c.id > bindparam("after"), article_change.c.kind.in_(REASONS)).limit(1)
_UP_TO = (
    select(article_revision.c.seen_at, article_revision.c.lead, article_revision.c.text)
    .where(article_revision.c.article_id == bindparam("article"), article_revision.c.seen_at <= bindparam("moment"))
    .order_by(article_revision.c.seen_at.desc(), article_revision.c.id.desc())
    .limit(2)
)
_LAST_REVISED = select(func.max(article_change.c.seen_at)).where(
    article_change.c.article_id == bindparam("article"),
    article_change.c.seen_at < bindparam("moment"),
    article_change.c.kind.in_([*REWRITTEN, "retitled", "restored"]),
)
_OF_RUN = _changes().where(
    exists().where(digest_change.c.change_id == article_change.c.id, digest_change.c.run_id == bindparam("run"))
)


def _change(row: Row[Any]) -> StoredChange:
    return StoredChange(
        row.id, row.article_id, row.kind, row.seen_at, row.outlet, row.url, row.title, row.before, row.after
    )
