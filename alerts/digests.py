"""From the database to a digest: what a run froze, and the proof that the watch was kept."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from alerts import troubles
from alerts.brief import brief
from alerts.compose import compose
from alerts.entries import Names, objections
from alerts.leaving import Exit
from alerts.message import build_message, new_message_id
from alerts.model import Digest, NearMiss, Reader, Seal, Sender, Watch
from alerts.services import Channel
from alerts.sharing import Alone, Shared
from alerts.threads import references_of
from alerts.week import DAYS, week_of
from storage import changes, deliveries, digests, filters, health, mentions, pages, rounds, sources, untold
from storage.errors import StorageError
from storage.model import EVERYTHING, Delivery, Filter, FirstTelling, Run, StoredChange, StoredMention, StoredSubscriber

logger = logging.getLogger(__name__)

FIRST_WATCH = timedelta(days=7)
Leaving = Callable[[int, str], Exit]
Part = tuple[str, int]  # of a digest: "mention" or "change", and its number


@dataclass(frozen=True, slots=True)
class Desk:
    """What every digest needs to know besides the database: who sends, whose names, which sources are watched.

    `topic_names` are names by topic id, `watched` are the addresses of the catalogue's sources;
    `leaving` gives a reader's ways out, `seal` signs a mail, `channels` are those that are told besides, by recipient;
    `shared` keeps what the digests of one batch have in common.
    """

    sender: Sender
    names: Names
    topic_names: Mapping[str, str]
    watched: Collection[str]
    leaving: Leaving | None = None
    seal: Seal | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    shared: Shared = field(default_factory=Alone, compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a digest is about: in (after, until]; `since` is the slot before, as people are told it.

    Instants alone: what readers of one slot have in common is composed once, whoever they are.
    """

    since: datetime | None
    after: datetime
    until: datetime


def _span(before: Run | None, until: datetime) -> Span:
    """From when the digest before was planned, and where there is none, from a week before."""
    if before is None:
        return Span(None, until - FIRST_WATCH, until)
    return Span(before.slot, max(before.slot, before.planned_at), until)


def digest_of_run(
    connection: Connection,
    desk: Desk,
    run_id: int,
    week_in: ZoneInfo | None = None,
    left_out: Mapping[Part, str] | None = None,
    *,
    wanted: Filter = EVERYTHING,
) -> Digest:
    """The digest of what a run froze; with its week in numbers where the zone of the days is given. Parts that are
    `left_out` are told by their article's address only; near misses are those that the reader's filter takes."""
    return _frozen(connection, desk, digests.run(connection, run_id), week_in, left_out or {}, wanted)


def _frozen(
    connection: Connection,
    desk: Desk,
    run: Run,
    week_in: ZoneInfo | None,
    left_out: Mapping[Part, str],
    wanted: Filter,
) -> Digest:
    ids = tuple(each for each in digests.item_ids(connection, run.id) if ("mention", each) not in left_out)
    frozen = desk.shared.of(("items", ids), lambda: digests.in_order(connection, ids))
    items = untold.adopted(connection, run.subscriber_id, frozen)
    before = digests.previous_run(connection, run.subscriber_id, run.slot)
    span = _span(before, max(run.slot, run.planned_at))
    told = digests.told_before(connection, run.subscriber_id, run.slot, _stories(items))
    told_changes = [each for each in changes.of_run(connection, run.id) if ("change", each.id) not in left_out]
    made = _digest(
        connection, desk, items, told, told_changes, topics=run.topics, slot=run.slot, span=span, wanted=wanted
    )
    made = _with_missed(connection, made, run.subscriber_id, items)
    made = replace(made, left_out=tuple(dict.fromkeys(left_out.values()))) if left_out else made
    if run.kind == "alert":
        return replace(made, is_alert=True)
    made = _with_alerted(connection, made, run.subscriber_id, span.since)
    filtered = filters.articles_left_out(connection, run.subscriber_id, span.after, span.until)
    made = _with_filtered(made, len(filtered))
    return _with_week(connection, desk, made, run.topics, week_in)


def pending_digest(
    connection: Connection,
    desk: Desk,
    subscriber: StoredSubscriber,
    topics: Sequence[str],
    now: datetime,
    week_in: ZoneInfo | None = None,
    *,
    wanted: Filter = EVERYTHING,
) -> Digest:
    """The digest that would go out now, or would have gone out then; nothing is recorded.

    Verdicts, stories and sources are as they are known today.
    """
    items = untold.pending(connection, subscriber, topics, wanted=wanted, as_of=now)
    before = digests.previous_run(connection, subscriber.id, now)
    told = digests.told_before(connection, subscriber.id, now, _stories(items))
    pending = changes.pending(connection, subscriber, topics, {each.article_id for each in items})
    span = _span(before, now)
    made = _digest(connection, desk, items, told, pending, topics=topics, slot=now, span=span, wanted=wanted)
    made = _with_missed(connection, made, subscriber.id, items)
    made = _with_alerted(connection, made, subscriber.id, span.since)
    to_leave_out = untold.unwanted(connection, subscriber, topics, wanted, as_of=now) if wanted != EVERYTHING else []
    filtered = filters.articles_left_out(connection, subscriber.id, span.after, now)
    filtered |= {each.article_id for each in to_leave_out}
    made = _with_filtered(made, len(filtered - {each.article_id for each in items}))
    return _with_week(connection, desk, made, topics, week_in)


def render_delivery(connection: Connection, desk: Desk, reader: Reader, due: Delivery, now: datetime) -> None:
    """Renders a delivery's mail for good: the same bytes, Date and Message-ID at every try.

    An article that cannot be rendered, or what became of one, does not keep the others back: it is told by its address,
    and logged.
    """
    make = partial(_rendered, connection, desk, reader, due, now)
    try:
        made = make({})
    except (StorageError, SQLAlchemyError):
        raise
    except Exception:
        spoilt = _spoilt(connection, due.run_id, make)
        if not spoilt:
            raise
        for (kind, number), url in spoilt.items():
            logger.exception("delivery %s: %s %s cannot be rendered and is left out: %s", due.id, kind, number, url)
        made = make(spoilt)
    deliveries.keep_rendered(connection, due.id, *made)


def _spoilt(connection: Connection, run_id: int, make: Callable[[Mapping[Part, str]], object]) -> dict[Part, str]:
    """Those parts of a run that cannot be rendered even alone, with their articles' addresses."""
    spoilt = {}
    parts = {("mention", each.id): each.url for each in digests.items(connection, run_id)}
    parts |= {("change", each.id): each.url for each in changes.of_run(connection, run_id)}
    for part, url in parts.items():
        try:
            make({each: other for each, other in parts.items() if each != part})
        except (StorageError, SQLAlchemyError):
            raise
        except Exception:
            spoilt[part] = url
    return spoilt


def _rendered(
    connection: Connection, desk: Desk, reader: Reader, due: Delivery, now: datetime, left_out: Mapping[Part, str]
) -> tuple[str, bytes, str | None]:
    """Message-ID, bytes and subject."""
    run = digests.run(connection, due.run_id)
    digest = _frozen(connection, desk, run, reader.timezone if reader.weekly else None, left_out, reader.wanted)
    message_id = new_message_id(desk.sender)
    if due.recipient in desk.channels:
        return message_id, brief(digest, reader, desk.channels[due.recipient].limit).packed(), None
    leaving = desk.leaving(run.subscriber_id, due.recipient) if desk.leaving else None
    unsubscribe = leaving.link if leaving else desk.sender.unsubscribe
    rendered = desk.shared.rendered(digest, reader, unsubscribe=unsubscribe)
    mime = build_message(
        rendered,
        sender=desk.sender,
        recipient=due.recipient,
        message_id=message_id,
        date=now.astimezone(reader.timezone),
        language=reader.language,
        leaving=leaving,
        references=references_of(connection, digest, due),
    )
    return message_id, desk.seal(mime) if desk.seal else mime, rendered.subject


def _with_missed(connection: Connection, digest: Digest, subscriber_id: int, items: Sequence[StoredMention]) -> Digest:
    missed = digests.missed(connection, subscriber_id, [each.id for each in items])
    return replace(digest, missed=missed) if missed else digest


def _with_alerted(connection: Connection, digest: Digest, subscriber_id: int, since: datetime | None) -> Digest:
    alerted = digests.alerted(connection, subscriber_id, since, digest.slot)
    return replace(digest, alerted=alerted) if alerted else digest


def _with_filtered(digest: Digest, filtered: int) -> Digest:
    return replace(digest, filtered=filtered) if filtered else digest


def _digest(
    connection: Connection,
    desk: Desk,
    items: Sequence[StoredMention],
    told: Mapping[int, FirstTelling],
    changed: Sequence[StoredChange],
    *,
    topics: Sequence[str],
    slot: datetime,
    span: Span,
    wanted: Filter,
) -> Digest:
    ids = tuple(each.id for each in items)
    what = (ids, frozenset(told.items()), tuple(each.id for each in changed), tuple(topics), slot, span, wanted)
    return desk.shared.of(
        ("digest", what), lambda: _composed(connection, desk, items, told, changed, topics, slot, span, wanted)
    )


def _composed(
    connection: Connection,
    desk: Desk,
    items: Sequence[StoredMention],
    told: Mapping[int, FirstTelling],
    changed: Sequence[StoredChange],
    topics: Sequence[str],
    slot: datetime,
    span: Span,
    wanted: Filter,
) -> Digest:
    own = {each.id for each in items}
    repeated = {each.original_id for each in items if each.original_id is not None} - own
    originals = {each.id: each for each in mentions.by_ids(connection, repeated)}
    return compose(
        items,
        slot=slot,
        topics=[desk.topic_names.get(topic, topic) for topic in topics],
        names=desk.names,
        originals=originals,
        told=told,
        changes=changed,
        rewritings=changes.rewritings(connection, changed),
        watch=_watch(connection, desk, topics, span, wanted),
    )


def _with_week(
    connection: Connection, desk: Desk, digest: Digest, topics: Sequence[str], zone: ZoneInfo | None
) -> Digest:
    if zone is None:
        return digest
    return desk.shared.of(("week", digest, zone.key), lambda: _weekly(connection, desk, digest, topics, zone))


def _weekly(connection: Connection, desk: Desk, digest: Digest, topics: Sequence[str], zone: ZoneInfo) -> Digest:
    since = digest.slot - timedelta(days=DAYS + 2)  # two more for zones and for the hour of the slot
    found = mentions.search(connection, topics=topics, verdicts=["new", "duplicate"], since=since)
    return replace(digest, week=week_of(found, digest.slot, zone, desk.names))


def _stories(items: Sequence[StoredMention]) -> set[int]:
    return {each.story_id for each in items if each.story_id is not None}


def _watch(connection: Connection, desk: Desk, topics: Sequence[str], span: Span, wanted: Filter) -> Watch:
    start, until = span.after, span.until
    watched = sources.in_catalogue(sources.all_sources(connection), set(desk.watched))
    tried = [each for each in watched if each.last_tried is not None]
    incidents = health.open_incidents(connection)
    failed = troubles.failed(tried, incidents, desk.names)
    outlets = {each.outlet for each in tried}
    successes = [each.last_ok for each in tried if each.last_ok is not None]
    return Watch(
        since=span.since,
        rounds=len(rounds.since(connection, start, until)),
        outlets=len(outlets),
        outlets_ok=len(outlets) - len(failed),
        last_success=max(successes, default=None),
        pages=pages.count_fetched(connection, start, until),
        failed=tuple(failed),
        ailing=tuple(troubles.ailing(tried, incidents, desk.names)),
        near_misses=tuple(_near_misses(connection, desk, topics, span, wanted)),
    )


def _near_misses(
    connection: Connection, desk: Desk, topics: Sequence[str], span: Span, wanted: Filter
) -> list[NearMiss]:
    return [
        NearMiss(each.title, desk.names.outlets.get(each.outlet, each.outlet), each.url, objections(each), each.score)
        for each in mentions.near_misses(connection, topics, span.after, span.until, wanted=wanted.takes)
    ]
