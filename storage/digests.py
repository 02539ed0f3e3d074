"""Digest runs: what each subscriber is told in each slot, frozen in one transaction.

A run's items are the subscriber's mentions that no earlier run carried, not a window of time or of ids: ids commit
out of order and clocks jump. UNIQUE(subscriber, mention) is what keeps anything from being told twice.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, func, insert, select

from storage import changes, filters, mentions, subscribers, untold
from storage.mentions import Shelf
from storage.model import EVERYTHING, Filter, FirstTelling, Run, RunKind, StoredMention, StoredSubscriber, moment_of
from storage.schema import article_revision, delivery, digest_item, digest_left_out, digest_missed, digest_run, mention
from storage.upserts import insert_new

BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def plan(
    connection: Connection,
    subscriber: StoredSubscriber,
    *,
    slot: datetime,
    topics: Sequence[str],
    now: datetime,
    expires_at: datetime,
    wanted: Filter = EVERYTHING,
    reports_nothing: bool = False,
    shelf: Shelf | None = None,
    changed_after: int | None = None,
) -> Run | None:
    """Freezes a slot of a subscriber; None when that slot was planned before, or when nothing may be sent to him.

    The run is "empty", without a delivery, unless something in it is new, something became of an article that he was
    told of (behind the change `changed_after`; with None that waits), or the subscriber asked to be told that nothing
    is new. A copy alone is no reason for a mail, and waits for the next digest.
    """
    if subscribers.suppressed(connection, subscriber.email) is not None:
        return None
    if wanted != EVERYTHING:
        filters.leave_out(
            connection, subscriber.id, untold.unwanted(connection, subscriber, topics, wanted, shelf), now
        )
    found = untold.pending(connection, subscriber, topics, wanted=wanted, shelf=shelf)
    is_told = reports_nothing or any(each.verdict == "new" for each in found)
    if not is_told and changed_after is not None:
        is_told = changes.is_reason(connection, subscriber, topics, changed_after)
    run = _begin(connection, subscriber, slot, "planned" if is_told else "empty", topics, now, "digest")
    if run is not None and is_told:
        _freeze(connection, run.id, subscriber, found)
        changes.freeze(connection, run.id, subscriber, changes.pending(connection, subscriber, topics))
        _deliver(connection, run, subscriber.email, expires_at)
    return run


def plan_alert(
    connection: Connection,
    subscriber: StoredSubscriber,
    *,
    topics: Sequence[str],
    now: datetime,
    expires_at: datetime,
    urgent: Filter,
    taken: Filter | None = None,
    shelf: Shelf | None = None,
) -> Run | None:
    """Freezes what is new and urgent beside the subscriber's digests, but not what a digest has `taken`; None when
    nothing is.

    It shares their stream, so no digest tells it again; nor an article for another topic, for which it may be no more
    urgent: it is told for all at once. Copies and changes wait for the digest.
    """
    if subscribers.suppressed(connection, subscriber.email) is not None:
        return None
    pending = untold.pending(connection, subscriber, topics, wanted=urgent, shelf=shelf)
    news = [each for each in pending if each.verdict == "new" and not (taken is not None and taken.takes(each))]
    if not news:
        return None
    run = _begin(connection, subscriber, now, "planned", topics, now, "alert")
    if run is not None:
        urgent_ones = {each.article_id for each in news}
        untold_yet = untold.pending(connection, subscriber, topics, shelf=shelf)
        _freeze(connection, run.id, subscriber, [each for each in untold_yet if each.article_id in urgent_ones])
        _deliver(connection, run, subscriber.email, expires_at)
    return run


def _begin(
    connection: Connection,
    subscriber: StoredSubscriber,
    slot: datetime,
    state: str,
    topics: Sequence[str],
    now: datetime,
    kind: RunKind,
) -> Run | None:
    values = {
        "subscriber_id": subscriber.id,
        "slot": slot,
        "state": state,
        "planned_at": now,
        "topics": list(topics),
        "kind": kind,
    }
    run_id = insert_new(connection, digest_run, values)
    return None if run_id is None else Run(run_id, subscriber.id, slot, state, now, tuple(topics), kind)


def _deliver(connection: Connection, run: Run, recipient: str, expires_at: datetime) -> None:
    row = {"run_id": run.id, "recipient": recipient, "state": "pending", "expires_at": expires_at}
    connection.execute(_DELIVERY, row | {"created_at": run.planned_at, "next_at": run.planned_at})


def fold(connection: Connection, subscriber_id: int, slots: Iterable[datetime], now: datetime) -> None:
    """Marks missed slots as told by a later one."""
    for slot in slots:
        values = {"subscriber_id": subscriber_id, "slot": slot, "state": "folded", "planned_at": now, "topics": []}
        insert_new(connection, digest_run, values)


def release(connection: Connection, run_id: int) -> None:
    """The run's mail never went out: what it froze is pending again, for the subscriber's next digest, and on record as
    missed by this one."""
    of_run = digest_item.c.run_id == run_id
    columns = ["run_id", "subscriber_id", "mention_id"]
    frozen = select(*(digest_item.c[name] for name in columns)).where(of_run, ~_missed_by(run_id))
    connection.execute(insert(digest_missed).from_select(columns, frozen.order_by(digest_item.c.position)))
    connection.execute(delete(digest_item).where(of_run))
    changes.release(connection, run_id)


def reclaim(connection: Connection, run_id: int) -> bool:
    """What the run froze and released is its own again, for its mail goes out after all; False, and nothing is changed,
    when another run has some of it."""
    missed = digest_missed.c.run_id == run_id
    query = select(digest_missed.c.subscriber_id, digest_missed.c.mention_id, mention.c.story_id)
    rows = connection.execute(
        query.join(mention, mention.c.id == digest_missed.c.mention_id).where(missed).order_by(digest_missed.c.id)
    ).all()
    told = (digest_item.c.subscriber_id == digest_missed.c.subscriber_id) & (
        digest_item.c.mention_id == digest_missed.c.mention_id
    )
    elsewhere = select(digest_item.c.id).join(digest_missed, told).where(missed, digest_item.c.run_id != run_id)
    if connection.execute(elsewhere.limit(1)).first() is not None or changes.is_told_elsewhere(connection, run_id):
        return False
    frozen = [{"run_id": run_id, "position": position, **row._mapping} for position, row in enumerate(rows)]
    if frozen:
        connection.execute(insert(digest_item), frozen)
        connection.execute(delete(digest_missed).where(missed))
    changes.reclaim(connection, run_id)
    return True


def missed(connection: Connection, subscriber_id: int, mentions_told: Iterable[int]) -> int:
    """How many articles of these mentions an earlier mail was to tell this subscriber, and was given up."""
    given = {"reader": subscriber_id, "mentions": list(mentions_told)}
    return connection.execute(_MISSED, given).scalar_one()


def planned_slots(connection: Connection, subscriber_id: int, since: datetime) -> set[datetime]:
    """The slots of digests, planned, empty or folded; an alert takes no digest's place."""
    return planned_slots_of(connection, [subscriber_id], since)[subscriber_id]


def planned_slots_of(
    connection: Connection, subscriber_ids: Collection[int], since: datetime
) -> dict[int, set[datetime]]:
    """The same for several subscribers."""
    query = select(digest_run.c.subscriber_id, digest_run.c.slot).where(
        digest_run.c.subscriber_id.in_(subscriber_ids), digest_run.c.slot >= since, digest_run.c.kind == "digest"
    )
    found: dict[int, set[datetime]] = {each: set() for each in subscriber_ids}
    for row in connection.execute(query):
        found[row.subscriber_id].add(row.slot)
    return found


def run_at(connection: Connection, subscriber_id: int, slot: datetime) -> Run | None:
    """The subscriber's run of that slot."""
    query = select(digest_run).where(digest_run.c.subscriber_id == subscriber_id, digest_run.c.slot == slot)
    row = connection.execute(query).one_or_none()
    return None if row is None else _run(row)


def slots_within(connection: Connection, subscriber_id: int, since: datetime, until: datetime) -> list[datetime]:
    """The slots of the subscriber's mails in [since, until), alerts too; ascending."""
    its = (digest_run.c.subscriber_id == subscriber_id) & (digest_run.c.state == "planned")
    within = (digest_run.c.slot >= since) & (digest_run.c.slot < until)
    query = select(digest_run.c.slot).where(its, within).order_by(digest_run.c.slot)
    return list(connection.execute(query).scalars())


def previous_run(connection: Connection, subscriber_id: int, before: datetime) -> Run | None:
    """The latest digest before that slot, whether or not it had news."""
    row = connection.execute(_PREVIOUS, {"reader": subscriber_id, "before": before}).one_or_none()
    return None if row is None else _run(row)


def alerted(connection: Connection, subscriber_id: int, after: datetime | None, until: datetime) -> int:
    """How many articles alerts told the subscriber in slots of (after, until]."""
    given = {"reader": subscriber_id, "until": until, "after": after or BEFORE_ALL}
    return connection.execute(_ALERTED, given).scalar_one()


def run(connection: Connection, run_id: int) -> Run:
    return _run(connection.execute(_RUN, {"run": run_id}).one())


def items(connection: Connection, run_id: int) -> list[StoredMention]:
    """What the run froze, in its order."""
    return in_order(connection, item_ids(connection, run_id))


def item_ids(connection: Connection, run_id: int) -> tuple[int, ...]:
    """The mentions that the run froze, in its order."""
    return tuple(connection.execute(_ITEMS_OF, {"run": run_id}).scalars())


def in_order(connection: Connection, ids: Sequence[int]) -> list[StoredMention]:
    """The mentions of these ids, in their order."""
    order = {mention_id: position for position, mention_id in enumerate(ids)}
    return sorted(mentions.by_ids(connection, order), key=lambda each: order[each.id])


def told_before(
    connection: Connection, subscriber_id: int, before: datetime, stories: Iterable[int]
) -> dict[int, FirstTelling]:
    """Those stories of which the subscriber was told in an earlier slot, with the first time and the headline that
    stood for it then: that of its earliest article, and of what was copied where only copies were told."""
    given = {"reader": subscriber_id, "before": before, "stories": list(stories)}
    tellings = connection.execute(_TOLD_BEFORE, given).all()
    found = dict[int, FirstTelling]()
    for row in sorted(tellings, key=lambda row: (row.slot, not row.is_news, moment_of(row.published, row.found_at))):
        found.setdefault(row.story_id, FirstTelling(row.slot, row.title if row.is_news else row.copied))
    return found


def _missed_by(run_id: int) -> ColumnElement[bool]:
    of_item = digest_missed.c.mention_id == digest_item.c.mention_id
    return exists().where(digest_missed.c.run_id == run_id, of_item)


# Statements are made once: to build one anew costs as much as to run it.
_ITEMS, _DELIVERY = insert(digest_item), insert(delivery)
_RUN = select(digest_run).where(digest_run.c.id == bindparam("run"))
_OF_READER = digest_run.c.subscriber_id == bindparam("reader")
_PREVIOUS = (
    select(digest_run)
    .where(_OF_READER, digest_run.c.slot < bindparam("before"), digest_run.c.kind == "digest")
    .order_by(digest_run.c.slot.desc())
    .limit(1)
)
_ITEMS_OF = (
    select(digest_item.c.mention_id).where(digest_item.c.run_id == bindparam("run")).order_by(digest_item.c.position)
)
_ALERTED = (
    select(func.count(mention.c.article_id.distinct()))
    .join(digest_item, digest_item.c.mention_id == mention.c.id)
    .join(digest_run, digest_run.c.id == digest_item.c.run_id)
    .where(_OF_READER, digest_run.c.kind == "alert")
    .where(digest_run.c.slot > bindparam("after"), digest_run.c.slot <= bindparam("until"))
)
_ORIGINAL, _ITS_REVISION = mention.alias("original"), article_revision.alias("revision_of_original")
_ADOPTED = exists().where(
    digest_left_out.c.mention_id == mention.c.original_id, digest_left_out.c.subscriber_id == bindparam("reader")
)
_TOLD_BEFORE = (
    select(mention.c.story_id, mention.c.found_at, digest_run.c.slot)
    .add_columns(article_revision.c.title, article_revision.c.published, _ITS_REVISION.c.title.label("copied"))
    .add_columns(((mention.c.verdict == "new") | _ADOPTED).label("is_news"))
    .join(article_revision, article_revision.c.id == mention.c.revision_id)
    .outerjoin(_ORIGINAL, _ORIGINAL.c.id == mention.c.original_id)
    .outerjoin(_ITS_REVISION, _ITS_REVISION.c.id == _ORIGINAL.c.revision_id)
    .join(digest_item, digest_item.c.mention_id == mention.c.id)
    .join(digest_run, digest_run.c.id == digest_item.c.run_id)
    .where(digest_item.c.subscriber_id == bindparam("reader"), digest_run.c.slot < bindparam("before"))
    .where(mention.c.story_id.in_(bindparam("stories", expanding=True)))
    .order_by(digest_item.c.position)
)
_MISSED = (
    select(func.count(mention.c.article_id.distinct()))
    .join(digest_missed, digest_missed.c.mention_id == mention.c.id)
    .join(delivery, delivery.c.run_id == digest_missed.c.run_id)
    .where(digest_missed.c.subscriber_id == bindparam("reader"), delivery.c.state == "expired")
    .where(digest_missed.c.mention_id.in_(bindparam("mentions", expanding=True)))
)


def _freeze(connection: Connection, run_id: int, subscriber: StoredSubscriber, found: list[StoredMention]) -> None:
    if not found:
        return
    connection.execute(
        _ITEMS,
        [
            {
                "run_id": run_id,
                "subscriber_id": subscriber.id,
                "mention_id": each.id,
                "story_id": each.story_id,
                "position": position,
            }
            for position, each in enumerate(found)
        ],
    )


def _run(row: Row[Any]) -> Run:
    return Run(row.id, row.subscriber_id, row.slot, row.state, row.planned_at, tuple(row.topics), row.kind)
