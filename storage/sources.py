"""Sources: which are due, what they answered, how they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select, update

from storage.model import Source, SourceKind
from storage.schema import source
from storage.upserts import insert_new

FIRST_BACK_OFF = timedelta(minutes=15)
LONGEST_BACK_OFF = timedelta(hours=24)


def register(connection: Connection, outlet: str, kind: SourceKind, url: str) -> Source:
    """The source at `url`, made when it is new, moved when its catalogue entry changed outlet or kind."""
    if insert_new(connection, source, {"outlet": outlet, "kind": kind, "url": url}) is None:
        moved = update(source).where(source.c.url == url, (source.c.outlet != outlet) | (source.c.kind != kind))
        connection.execute(moved.values(outlet=outlet, kind=kind))
    return _source(connection.execute(select(source).where(source.c.url == url)).mappings().one())


def all_sources(connection: Connection) -> list[Source]:
    return [_source(row) for row in connection.execute(select(source).order_by(source.c.id)).mappings()]


def due(sources: Iterable[Source], now: datetime, *, forced: bool = False) -> list[Source]:
    """Those that are to be asked now; a server's Retry-After binds even a forced round."""
    return [
        each
        for each in sources
        if (each.not_before is None or each.not_before <= now)
        and (forced or each.next_due is None or each.next_due <= now)
    ]


def close(
    connection: Connection,
    source_id: int,
    *,
    etag: str | None,
    last_modified: str | None,
    items: int | None,
    now: datetime,
    interval: timedelta,
) -> None:
    """Everything that the source's listing named is stored: its validators may be remembered.

    `items` is None when the source answered that nothing changed (304).
    """
    values = {
        "etag": etag,
        "last_modified": last_modified,
        "last_tried": now,
        "last_ok": now,
        "next_due": now + interval,
        "fails": 0,
        "last_error": None,
    }
    if items is not None:
        values["last_items"] = items
    connection.execute(update(source).where(source.c.id == source_id).values(values))


def fail(connection: Connection, asked: Source, *, error: str, now: datetime) -> None:
    """The source could not be read; it is asked again later, ever more rarely, but never given up.

    Counts from what `asked` said when the round began: however often a round says it, it is one failure.
    """
    back_off = min(FIRST_BACK_OFF * 2 ** min(asked.fails, 10), LONGEST_BACK_OFF)
    connection.execute(
        update(source)
        .where(source.c.id == asked.id)
        .values(fails=asked.fails + 1, last_error=error[:500], last_tried=now, next_due=now + back_off)
    )


def acquit(connection: Connection, asked: Source) -> None:
    """Takes back what `fail` said of the source in this round."""
    before = {"fails": asked.fails, "last_error": asked.last_error, "next_due": asked.next_due}
    connection.execute(update(source).where(source.c.id == asked.id).values(before))


def postpone(connection: Connection, outlet: str, until: datetime) -> None:
    """The outlet's server asked to be left alone until then (Retry-After, RFC 9110 section 10.2.3)."""
    connection.execute(update(source).where(source.c.outlet == outlet).values(not_before=until))


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
    )
