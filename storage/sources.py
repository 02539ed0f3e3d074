"""Sources: which are due, what they answered, how they are."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select, update

from storage.model import Pace, Source, SourceKind
from storage.schema import source
from storage.upserts import insert_new

LONGEST_REST = timedelta(days=7)
LEAP = timedelta(minutes=5)
MOST_SAMPLES = 10


def register(connection: Connection, outlet: str, kind: SourceKind, url: str) -> Source:
    """The source at `url`, made when it is new, moved when its catalogue entry changed outlet or kind."""
    if insert_new(connection, source, {"outlet": outlet, "kind": kind, "url": url}) is None:
        moved = update(source).where(source.c.url == url, (source.c.outlet != outlet) | (source.c.kind != kind))
        connection.execute(moved.values(outlet=outlet, kind=kind))
    return _source(connection.execute(select(source).where(source.c.url == url)).mappings().one())


def all_sources(connection: Connection) -> list[Source]:
    return [_source(row) for row in connection.execute(select(source).order_by(source.c.id)).mappings()]


def due(
    sources: Iterable[Source],
    now: datetime,
    *,
    forced: bool = False,
    longest: Callable[[Source], timedelta] = lambda _: timedelta.max,
) -> list[Source]:
    """Those that are to be asked now; a server's Retry-After binds even a forced round.

    What was set by a clock that ran ahead, and was set back since, binds nobody; and nothing that was set under another
    configuration keeps a source that was read waiting for longer than `longest` says of it.
    """
    return [
        each
        for each in sources
        if not _rests(each, now) and (forced or _is_due(each, now) or _waits_too_long(each, now, longest(each)))
    ]


def _rests(asked: Source, now: datetime) -> bool:
    return asked.not_before is not None and now < asked.not_before <= now + LONGEST_REST


def _is_due(asked: Source, now: datetime) -> bool:
    if asked.next_due is None or asked.next_due <= now:
        return True
    return asked.last_tried is not None and asked.last_tried > now + LEAP


def _waits_too_long(asked: Source, now: datetime, longest: timedelta) -> bool:
    return asked.fails == 0 and asked.last_ok is not None and now - asked.last_ok >= longest


def close(
    connection: Connection,
    source_id: int,
    *,
    etag: str | None,
    last_modified: str | None,
    items: int | None,
    now: datetime,
    interval: timedelta,
    pace: Pace | None = None,
    hindrance: str | None = None,
    damage: str = "",
) -> None:
    """Everything that the source's listing named is stored: its validators may be remembered.

    `items` is None when the source answered that nothing changed (304); it is asked again after `interval`.
    `hindrance` says what its answer was where it named nothing, `damage` what may have kept it from naming more.
    """
    values = {
        "etag": etag,
        "last_modified": last_modified,
        "last_tried": now,
        "last_ok": now,
        "first_ok": func.coalesce(source.c.first_ok, now),
        "next_due": now + interval,
        "fails": 0,
        "failing_since": None,
        "status": None,
        "last_error": damage[:500] or None,
    }
    if items is not None:
        values |= {"last_items": items, "hindrance": hindrance}
    if pace is not None:
        values |= {"paced_from": pace.since, "paced_items": pace.items}
    connection.execute(update(source).where(source.c.id == source_id).values(values))


def fail(
    connection: Connection,
    asked: Source,
    *,
    error: str,
    now: datetime,
    wait: timedelta = timedelta(minutes=15),
    hindrance: str = "other",
    status: int | None = None,
) -> None:
    """The source could not be read; it is asked again after `wait`, and never given up.

    Counts from what `asked` said when the round began: however often a round says it, it is one failure.
    """
    connection.execute(
        update(source)
        .where(source.c.id == asked.id)
        .values(
            fails=asked.fails + 1,
            failing_since=asked.failing_since or now,
            hindrance=hindrance,
            status=status,
            last_error=error[:500],
            last_tried=now,
            next_due=now + wait,
        )
    )


def acquit(connection: Connection, asked: Source) -> None:
    """Takes back what `fail` said of the source in this round."""
    said = ("fails", "failing_since", "hindrance", "status", "last_error", "next_due")
    before = {name: getattr(asked, name) for name in said}
    connection.execute(update(source).where(source.c.id == asked.id).values(before))


def postpone(connection: Connection, outlet: str, until: datetime) -> None:
    """The outlet's server asked to be left alone until then (Retry-After, RFC 9110 section 10.2.3)."""
    connection.execute(update(source).where(source.c.outlet == outlet).values(not_before=until))


def keep_samples(connection: Connection, source_id: int, kinds: Sequence[str]) -> None:
    """Remembers what the latest pages of the source were, after those of earlier rounds."""
    latest = [*samples(connection, source_id), *kinds][-MOST_SAMPLES:]
    connection.execute(update(source).where(source.c.id == source_id).values(samples=latest))


def samples(connection: Connection, source_id: int) -> tuple[str, ...]:
    """What the latest pages of the source were, oldest first."""
    kept = connection.execute(select(source.c.samples).where(source.c.id == source_id)).scalar_one_or_none()
    return tuple(kept or ())


def in_catalogue(sources: Sequence[Source], urls: set[str]) -> list[Source]:
    """Those that the present catalogue still names."""
    return [each for each in sources if each.url in urls]


def _source(row: RowMapping) -> Source:
    return Source(
        id=row["id"],
        outlet=row["outlet"],
        kind=row["kind"],
        url=row["url"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        next_due=row["next_due"],
        not_before=row["not_before"],
        fails=row["fails"],
        last_tried=row["last_tried"],
        last_ok=row["last_ok"],
        last_items=row["last_items"],
        last_error=row["last_error"],
        first_ok=row["first_ok"],
        failing_since=row["failing_since"],
        hindrance=row["hindrance"],
        status=row["status"],
        samples=tuple(row["samples"] or ()),
        pace=Pace(row["paced_from"], row["paced_items"]) if row["paced_items"] else None,
    )
