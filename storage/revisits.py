"""Visiting articles again: when, what they said last, and what changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from matching.model import Article
from matching.revision import Change
from storage import articles
from storage.model import Page, Revisit
from storage.schema import article, article_change, article_revision, page, source

STATES = ("gone", "walled", "restored")


def next_visit(first_seen: datetime, now: datetime, ages: Iterable[timedelta]) -> datetime | None:
    """The first of an article's ages that lies ahead; None when it has outlived them all."""
    return min((first_seen + age for age in ages if first_seen + age > now), default=None)


def due(connection: Connection, outlets: Iterable[str], now: datetime, limit: int) -> list[Revisit]:
    """The articles of these outlets that are to be visited again, the longest due first, unless their outlet's server
    asked for rest."""
    resting = select(source.c.outlet).where(source.c.not_before > now)
    query = (
        select(article.c.id.label("article_id"), article.c.first_seen, article.c.url.label("address"), page)
        .join(page, page.c.id == article.c.page_id)
        .where(article.c.next_visit <= now, article.c.outlet.in_(list(outlets)), article.c.outlet.not_in(resting))
        .order_by(article.c.next_visit, article.c.id)
        .limit(limit)
    )
    return [_revisit(row, state(connection, row.article_id)) for row in connection.execute(query)]


def is_due(connection: Connection, outlets: Iterable[str], now: datetime) -> bool:
    return bool(due(connection, outlets, now, 1))


def put_off(connection: Connection, article_ids: Sequence[int], until: datetime) -> None:
    """Whatever becomes of these visits, the articles are not visited before then."""
    connection.execute(update(article).where(article.c.id.in_(list(article_ids))).values(next_visit=until))


def miss(connection: Connection, revisit: Revisit, now: datetime, patience: timedelta) -> bool:
    """The article is not where it stood: whether it was not there `patience` ago either. If not, it is asked for again
    when that time is over."""
    own = article.c.id == revisit.article_id
    since = connection.execute(select(article.c.missed_at).where(own)).scalar_one() or now
    if since + patience <= now:
        return True
    connection.execute(update(article).where(own).values(missed_at=since, next_visit=since + patience))
    return False


def missing(connection: Connection, outlet: str) -> set[int]:
    """The articles of the outlet that were not found when they were visited last, before it is known that they are
    gone."""
    query = select(article.c.id).where(article.c.outlet == outlet, article.c.missed_at.is_not(None))
    return set(connection.execute(query).scalars())


def plan(connection: Connection, revisit: Revisit, moment: datetime | None) -> None:
    """It is known how the article stands; it is visited again then, or never."""
    values = {"next_visit": moment, "missed_at": None}
    connection.execute(update(article).where(article.c.id == revisit.article_id).values(values))


def state(connection: Connection, article_id: int) -> str | None:
    """Whether the article is "gone", "walled" or was "restored"; None when it always stood where it stands."""
    return _last(connection, article_id, STATES, article_change.c.kind)


def is_unmentioned(connection: Connection, article_id: int) -> bool:
    """Whether the article names none of the works any more for which it was stored."""
    return _last(connection, article_id, ("unmentioned", "mentioned"), article_change.c.kind) == "unmentioned"


def last_address(connection: Connection, article_id: int) -> str | None:
    """Where the article moved to last."""
    return _last(connection, article_id, ("moved",), article_change.c.after)


def log(
    connection: Connection, article_id: int, kind: Change, now: datetime, *, before: str = "", after: str = ""
) -> None:
    """Keeps that the article changed: `before` and `after` are titles, or addresses of one that moved."""
    values = {"article_id": article_id, "kind": kind, "seen_at": now, "before": before, "after": after}
    connection.execute(insert(article_change).values(values))


def keep(connection: Connection, article_id: int, said: Article, now: datetime) -> None:
    """Keeps what the article says now as its latest revision, though it may have said so before."""
    said = articles.storable(said)
    if articles.revise(connection, article_id, said, now) is None:
        again = (article_revision.c.article_id == article_id) & (
            article_revision.c.content_hash == articles.content_hash(said)
        )
        connection.execute(update(article_revision).where(again).values(seen_at=now))


def validators(connection: Connection, page_id: int, etag: str | None, last_modified: str | None) -> None:
    """Remembers by what the page's server tells whether it changed."""
    connection.execute(update(page).where(page.c.id == page_id).values(etag=etag, last_modified=last_modified))


def _last(connection: Connection, article_id: int, kinds: Sequence[str], column: Any) -> str | None:
    query = (
        select(column)
        .where(article_change.c.article_id == article_id, article_change.c.kind.in_(kinds))
        .order_by(article_change.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else str(found)


def _revisit(row: Row[Any], state: str | None) -> Revisit:
    """One that is gone is asked for whole: by what it was known by, its server may say that nothing changed."""
    known = (row.etag, row.last_modified) if state != "gone" else (None, None)
    visited = Page(row.id, row.url, row.url_key, row.outlet, row.source_id, row.attempts)
    return Revisit(row.article_id, visited, row.address, row.first_seen, *known)
