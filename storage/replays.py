"""Replays of web archives: how far each was read, and what was read and is still to be judged.

How far is committed together with what was read up to there, and an article leaves the waiting list in the transaction
that stores its verdict: so that nothing is lost and nothing done twice, wherever a replay was ended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, tuple_, update

from matching.model import Article
from storage.articles import storable
from storage.schema import replay, replay_page
from storage.upserts import insert_new


@dataclass(frozen=True, slots=True)
class Replay:
    """An archive's state: `offset` is where reading goes on, None when all is read; `counts` is what was seen."""

    id: int
    path: str
    offset: int | None
    counts: dict[str, int]
    began_at: datetime


@dataclass(frozen=True, slots=True)
class ReplayedPage:
    """A page that was read: `moment` is its date of publication, or that of its record. `article` is None, and
    `error` says why, for one that cannot be read; `error` is "" for one in which no watched title stands."""

    id: int
    offset: int
    url: str
    outlet: str | None
    moment: datetime
    article: Article | None
    error: str


def begin(connection: Connection, *, identity: str, topics: str, path: str, now: datetime) -> Replay:
    """The replay of that archive for those topics, as far as it got, or a new one."""
    values = {"identity": identity, "topics": topics, "path": path, "offset": 0, "counts": {}, "began_at": now}
    insert_new(connection, replay, values)
    row = connection.execute(select(replay).where(replay.c.identity == identity, replay.c.topics == topics)).one()
    return Replay(row.id, path, row.offset, dict(row.counts), row.began_at)


def restart(connection: Connection, replay_id: int, now: datetime) -> None:
    """The archive is to be read anew."""
    connection.execute(delete(replay_page).where(replay_page.c.replay_id == replay_id))
    connection.execute(update(replay).where(replay.c.id == replay_id).values(offset=0, counts={}, began_at=now))


def advance(
    connection: Connection,
    replay_id: int,
    *,
    offset: int | None,
    counts: Mapping[str, int],
    pages: Iterable[ReplayedPage],
) -> None:
    """The archive is read up to `offset`, None for its end, and `pages` wait for their verdict."""
    rows = [_row(replay_id, each) for each in pages]
    if rows:
        connection.execute(insert(replay_page), rows)
    connection.execute(update(replay).where(replay.c.id == replay_id).values(offset=offset, counts=dict(counts)))


def waiting(
    connection: Connection, replay_id: int, *, after: ReplayedPage | None = None, limit: int = 100
) -> list[ReplayedPage]:
    """The next pages of the waiting list in the order of publication, behind `after`; of one moment, by address."""
    order = (replay_page.c.moment, replay_page.c.url, replay_page.c.id)
    query = select(replay_page).where(replay_page.c.replay_id == replay_id).order_by(*order).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(after.moment, after.url, after.id))
    return [_page(row) for row in connection.execute(query).mappings()]


def waiting_count(connection: Connection, replay_id: int) -> int:
    """How many pages of the archive wait for their verdict."""
    query = select(func.count()).select_from(replay_page).where(replay_page.c.replay_id == replay_id)
    return connection.execute(query).scalar_one()


def count(connection: Connection, replay_id: int, counts: Mapping[str, int]) -> None:
    """What was seen in the archive, and what came of its pages up to now."""
    connection.execute(update(replay).where(replay.c.id == replay_id).values(counts=dict(counts)))


def settled(connection: Connection, page: ReplayedPage) -> None:
    """The page is judged and what came of it is stored."""
    connection.execute(delete(replay_page).where(replay_page.c.id == page.id))


def _row(replay_id: int, page: ReplayedPage) -> dict[str, Any]:
    return {
        "replay_id": replay_id,
        "offset": page.offset,
        "url": page.url,
        "outlet": page.outlet,
        "moment": page.moment,
        "article": _plain(page.article) if page.article else None,
        "error": page.error,
    }


def _plain(article: Article) -> dict[str, Any]:
    plain = asdict(storable(article))
    return plain | {name: plain[name] and plain[name].isoformat() for name in ("published", "modified")}


def _page(row: RowMapping) -> ReplayedPage:
    return ReplayedPage(
        row["id"], row["offset"], row["url"], row["outlet"], row["moment"], _article(row["article"]), row["error"]
    )


def _article(plain: Mapping[str, Any] | None) -> Article | None:
    if plain is None:
        return None
    dates = {name: plain[name] and datetime.fromisoformat(plain[name]) for name in ("published", "modified")}
    return Article(**{**plain, **dates, "authors": tuple(plain["authors"])})
