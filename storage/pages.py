"""Pages: the frontier of what is still to be fetched, and what became of the rest."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, case, func, select, update

from storage.articles import storable_text
from storage.model import OutletActivity, Page, PageState, Told, Unread, Waiting
from storage.portions import portions
from storage.schema import page, source
from storage.upserts import insert_all_new

MOST_ATTEMPTS = 4  # to read a page once
MOST_READINGS = 4
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
LONGEST_HOPE = timedelta(days=14)

_WITHOUT_MENTION = (PageState.NO_MENTION, PageState.GONE, PageState.REFUSED, PageState.QUARANTINED)
_READINGS = page.c.readings + case((page.c.state == PageState.DISCOVERED, 1), else_=0)  # as it leaves the frontier


def discover(
    connection: Connection,
    outlet: str,
    source_id: int | None,
    links: Iterable[tuple[str, str]],
    now: datetime,
    *,
    most: int | None = None,
    told: Mapping[str, Told] = MappingProxyType({}),
) -> list[Page]:
    """Puts links (address, canonical key) that nobody has seen into the frontier, `most` of them, and returns those.

    `told` is what the source said of them, by canonical key; it is kept until the page is settled.
    """
    named = {key: url for url, key in reversed(list(links))}  # of one key, the address that stands first
    known = _known(connection, named)
    unseen = [(key, named[key]) for key in reversed(named) if key not in known][:most]
    common = {"outlet": outlet, "source_id": source_id, "state": PageState.DISCOVERED, "discovered_at": now}
    rows = [
        {"url_key": key, "url": url, **common, **_as_columns(told.get(key)), "told_digest": _digest(told.get(key))}
        for key, url in unseen
    ]
    ids = dict(insert_all_new(connection, page, rows, page.c.url_key, page.c.id))
    return [Page(ids[key], url, key, outlet, source_id, 0, told.get(key)) for key, url in unseen if key in ids]


def rediscover(connection: Connection, told: Mapping[str, Told]) -> list[Page]:
    """Puts pages that carried no mention, or could not be had, back into the frontier where their sources now say
    something else of them than when they were last put there; `told` is that, by canonical key.

    It is read MOST_READINGS times in all: sources that differ about a page would have it read for ever.
    """
    again = page.c.state.in_(_WITHOUT_MENTION), page.c.readings < MOST_READINGS
    rows = [
        row
        for some in portions(list(told))
        for row in connection.execute(select(page).where(page.c.url_key.in_(some), *again)).mappings()
        if row["told_digest"] != _digest(told[row["url_key"]])
    ]
    for row in rows:
        values = {"state": PageState.DISCOVERED, "next_try": None, "attempts": 0}
        _say(connection, row["id"], told[row["url_key"]], values)
    return [replace(_page(row), told=told[row["url_key"]], attempts=0) for row in rows]


def retell(
    connection: Connection, source_id: int, told: Mapping[str, Told], names: Callable[[Told], bool]
) -> dict[int, Told]:
    """Keeps what the source says now of pages that still wait, by canonical key; returns it by page.

    The words of another source give way to those that name a watched work, and these to none that do not.
    """
    said: dict[int, Told] = {}
    for some in portions(list(told)):
        waiting = select(page).where(page.c.url_key.in_(some), page.c.state == PageState.DISCOVERED)
        for row in connection.execute(waiting).mappings():
            before, now = _page(row).told or Told(), told[row["url_key"]]
            is_own = row["source_id"] == source_id
            takes_over = (is_own and names(now)) if names(before) else (is_own or names(now))
            if takes_over and row["told_digest"] != _digest(now):
                said[row["id"]] = replace(now, published=now.published or before.published)
    for page_id, now in said.items():
        _say(connection, page_id, now, {})
    return said


def _say(connection: Connection, page_id: int, told: Told, values: Mapping[str, Any]) -> None:
    its = {"told_digest": _digest(told), **_as_columns(told), **values}
    connection.execute(update(page).where(page.c.id == page_id).values(its))


def _digest(told: Told | None) -> str:
    """What tells the words of a source from others."""
    said = f"{told.title}\0{told.summary}".encode("utf-8", "surrogatepass") if told else b""
    return blake2b(said, digest_size=8).hexdigest()


def _as_columns(told: Told | None) -> dict[str, Any]:
    given = told or Told()
    return {
        "told_title": storable_text(given.title) or None,
        "told_summary": storable_text(given.summary) or None,
        "told_published": given.published,
    }


def _known(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Which of the pages with these canonical keys were found before."""
    query = select(page.c.url_key)
    return {
        found
        for some in portions(list(keys))
        for found in connection.execute(query.where(page.c.url_key.in_(some))).scalars()
    }


def frontier(connection: Connection, outlets: Iterable[str], now: datetime) -> list[Page]:
    """Pages of these outlets that are still to be fetched and may be tried now, oldest first."""
    query = select(page).where(*_may_be_tried(now)).where(page.c.outlet.in_(list(outlets))).order_by(page.c.id)
    return [_page(row) for row in connection.execute(query).mappings()]


def outlets_of_waiting(connection: Connection, page_ids: Iterable[int]) -> dict[int, str]:
    """The outlet of each of these pages that is still in the frontier."""
    query = select(page.c.id, page.c.outlet).where(page.c.state == PageState.DISCOVERED)
    return {
        row.id: row.outlet
        for some in portions(list(page_ids))
        for row in connection.execute(query.where(page.c.id.in_(some)))
    }


def told(connection: Connection, page_id: int) -> Told | None:
    """What its source said of a page, which is forgotten when the page is settled; None when that is nothing."""
    row = connection.execute(select(page).where(page.c.id == page_id)).mappings().one_or_none()
    return _page(row).told if row is not None else None


def was_known_at(connection: Connection, page_id: int, moment: datetime) -> bool:
    """Whether the page had been found by then."""
    known = (page.c.id == page_id) & (page.c.discovered_at <= moment)
    return connection.execute(select(page.c.id).where(known)).first() is not None


def unread(connection: Connection, keys: Iterable[str]) -> Unread | None:
    """The page at one of these canonical addresses, where it was not read so far: it waits, or it cannot be had."""
    failed = (page.c.state == PageState.DISCOVERED) | page.c.error.is_not(None)
    rows = connection.execute(select(page).where(page.c.url_key.in_(list(keys)), failed).order_by(page.c.id))
    row = rows.mappings().first()
    if row is None:
        return None
    state = PageState(row["state"])
    return Unread(
        _page(row), state, row["attempts"], row["error"], row["next_try"] if state is PageState.DISCOVERED else None
    )


def newest(connection: Connection) -> int:
    """The id of the page that was found last; 0 when there is none."""
    return connection.execute(select(func.max(page.c.id))).scalar_one() or 0


def outlets_waiting(
    connection: Connection, outlets: Iterable[str], now: datetime, sources: Iterable[int] = ()
) -> list[str]:
    """The outlets with pages in the frontier that may be tried now, of these outlets or named by these sources."""
    query = select(page.c.outlet).where(*_may_be_tried(now)).group_by(page.c.outlet).order_by(func.min(page.c.id))
    chosen = page.c.outlet.in_(list(outlets)) | page.c.source_id.in_(list(sources))
    return list(connection.execute(query.where(chosen)).scalars())


def waiting_of(
    connection: Connection,
    outlet: str,
    now: datetime,
    *,
    after: int,
    most: int,
    sources: Collection[int] | None = None,
    since: int = 0,
) -> list[Page]:
    """The outlet's pages in the frontier that were found after the page `after`, `most` of them, oldest first.

    With `sources` those of other sources count only when they were found after the page `since`.
    """
    query = select(page).where(page.c.outlet == outlet, page.c.id > after, *_may_be_tried(now))
    if sources is not None:
        query = query.where((page.c.id > since) | page.c.source_id.in_(list(sources)))
    return [_page(row) for row in connection.execute(query.order_by(page.c.id).limit(most)).mappings()]


def _may_be_tried(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return page.c.state == PageState.DISCOVERED, page.c.next_try.is_(None) | (page.c.next_try <= now)


def count_waiting(connection: Connection, outlet: str) -> int:
    """How many pages of the outlet are in the frontier."""
    waiting = (page.c.outlet == outlet, page.c.state == PageState.DISCOVERED)
    return connection.execute(select(func.count()).where(*waiting)).scalar_one()


def waiting(connection: Connection, now: datetime) -> dict[str, Waiting]:
    """By outlet, how many pages are in the frontier, and when the next of them may be tried."""
    query = (
        select(page.c.outlet, func.count(), func.min(func.coalesce(page.c.next_try, now)))
        .where(page.c.state == PageState.DISCOVERED)
        .group_by(page.c.outlet)
    )
    rows = connection.execute(query)
    return {outlet: Waiting(pages, moment if moment > now else None) for outlet, pages, moment in rows}


def first_seen(connection: Connection, keys: Iterable[str]) -> list[datetime]:
    """When each of the pages with these canonical keys was found, in no order."""
    query = select(page.c.discovered_at).where(page.c.url_key.in_(list(keys)))
    return list(connection.execute(query).scalars())


def of_first_listing(connection: Connection, page_id: int) -> bool:
    """Whether the page was found when its source was read for the first time."""
    query = (
        select(page.c.discovered_at, source.c.first_ok)
        .join(source, source.c.id == page.c.source_id)
        .where(page.c.id == page_id)
    )
    row = connection.execute(query).one_or_none()
    return row is not None and (row.first_ok is None or row.discovered_at <= row.first_ok)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a page, and when; the validators are its server's."""

    page: Page
    state: PageState
    now: datetime
    status: int | None = None
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None


def settle(connection: Connection, visited: Page, state: PageState, *, now: datetime, **further: Any) -> None:
    """The page needs no further visit to be understood; `further` are fields of Settled."""
    settle_all(connection, [Settled(visited, state, now, **further)])


def settle_all(connection: Connection, settled: Iterable[Settled]) -> None:
    """The pages need no further visit to be understood."""
    rows = [
        {
            "page_id": each.page.id,
            "state": each.state,
            "fetched_at": each.now,
            "status": each.status,
            "error": each.error[:500] if each.error else None,
            "etag": each.etag,
            "last_modified": each.last_modified,
            "attempts": each.page.attempts + 1,
            "next_try": None,
            **_as_columns(None),
        }
        for each in settled
    ]
    if rows:
        connection.execute(update(page).where(page.c.id == bindparam("page_id")).values(readings=_READINGS), rows)


def fail(connection: Connection, visited: Page, *, error: str, now: datetime, status: int | None = None) -> PageState:
    """The page could not be had this time; after MOST_ATTEMPTS it is set aside, and said to be.

    Counts from what `visited` said when the round took it up: however often a round says it, it is one failure.
    """
    attempts = visited.attempts + 1
    state = PageState.QUARANTINED if attempts >= MOST_ATTEMPTS else PageState.DISCOVERED
    values = {
        "attempts": attempts,
        "status": status,
        "fetched_at": now,
        "next_try": now + FIRST_WAIT * 4 ** (attempts - 1),
    }
    _not_had(connection, visited, state, error, values)
    return state


def postpone(connection: Connection, visited: Page, *, error: str, now: datetime, until: datetime) -> PageState:
    """The page's outlet could not be reached or asked for rest: no try of the page, which waits at least `until`.

    It waits half as long as it is known, a day at most; what is known for LONGEST_HOPE is set aside.
    """
    known_for = now - connection.execute(select(page.c.discovered_at).where(page.c.id == visited.id)).scalar_one()
    state = PageState.QUARANTINED if known_for > LONGEST_HOPE else PageState.DISCOVERED
    wait = min(max(known_for / 2, FIRST_WAIT), LONGEST_WAIT)
    _not_had(connection, visited, state, error, {"next_try": max(now + wait, until)})
    return state


def _not_had(connection: Connection, visited: Page, state: PageState, error: str, values: Mapping[str, Any]) -> None:
    counted = {"readings": _READINGS} if state is PageState.QUARANTINED else {}
    its = {"state": state, "error": error[:500], **values, **counted}
    connection.execute(update(page).where(page.c.id == visited.id).values(its))


def revive(connection: Connection, outlets: Iterable[str]) -> int:
    """Puts the pages that were set aside back into the frontier, as if they were never tried; how many."""
    aside = (page.c.state == PageState.QUARANTINED, page.c.outlet.in_(list(outlets)))
    values = {"state": PageState.DISCOVERED, "attempts": 0, "next_try": None}
    return connection.execute(update(page).where(*aside).values(values)).rowcount


def activity(connection: Connection, since: datetime) -> dict[str, OutletActivity]:
    """Per outlet, what was fetched and what failed since then."""
    recent = page.c.fetched_at >= since
    counts = connection.execute(
        select(page.c.outlet, func.count(), func.count(page.c.error)).where(recent).group_by(page.c.outlet)
    ).all()
    errors = connection.execute(
        select(page.c.outlet, page.c.error).where(recent, page.c.error.is_not(None)).order_by(page.c.fetched_at)
    ).all()
    last = {row.outlet: row.error for row in errors}
    return {outlet: OutletActivity(outlet, pages, failed, last.get(outlet)) for outlet, pages, failed in counts}


def count_fetched(connection: Connection, after: datetime, until: datetime) -> int:
    """Pages that were fetched and read in that time, `until` included; what failed or was refused proves no watch."""
    read = page.c.state.in_((PageState.NO_MENTION, PageState.MENTION)) & page.c.error.is_(None)
    query = select(func.count()).where(page.c.fetched_at > after, page.c.fetched_at <= until, read)
    return connection.execute(query).scalar_one()


def _page(row: RowMapping) -> Page:
    told = Told(row["told_title"] or "", row["told_summary"] or "", row["told_published"])
    return Page(
        row["id"],
        row["url"],
        row["url_key"],
        row["outlet"],
        row["source_id"],
        row["attempts"],
        told if told != Told() else None,
    )
