"""Articles and their revisions."""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from matching.model import Article
from storage.model import StoredArticle
from storage.schema import article as article_table
from storage.schema import article_revision, page
from storage.upserts import insert_new

FEWEST_RUNS = 8


def find(connection: Connection, outlet: str, url_key: str) -> StoredArticle | None:
    """The article at that canonical address."""
    query = select(article_table.c.id, article_table.c.url).where(
        article_table.c.outlet == outlet, article_table.c.url_key == url_key
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else StoredArticle(row.id, row.url)


def settle_claim(
    connection: Connection, article: Article, *, outlet: str, claimed_key: str, own_key: str, page_id: int | None
) -> str:
    """The key under which an article is to be known: the one that its canonical link claims, or its page's own.

    An article that is known by the words of its source alone keeps the key of its page. Where another page's article is
    known under the claimed key and reads quite differently, one of the two claims is wrong: who lies at another address
    goes back to it.
    """
    if page_id is not None and (waiting := _told_by_source(connection, outlet, page_id)) is not None:
        return waiting
    query = select(article_table.c.id, article_table.c.page_id).where(
        article_table.c.outlet == outlet, article_table.c.url_key == claimed_key
    )
    known = connection.execute(query).one_or_none()
    if known is None or known.page_id is None or known.page_id == page_id or _alike(connection, known.id, article):
        return claimed_key
    if own_key == claimed_key:
        place = connection.execute(select(page.c.url, page.c.url_key).where(page.c.id == known.page_id)).one()
        if place.url_key != claimed_key:
            values = {"url": place.url, "url_key": place.url_key}
            connection.execute(update(article_table).where(article_table.c.id == known.id).values(values))
    return own_key


def is_told_by_source(connection: Connection, article_id: int, page_id: int | None) -> bool:
    """Whether the article is this page's and was not read yet, so that whatever the page says is the article."""
    own = (article_table.c.id == article_id) & (article_table.c.page_id == page_id)
    is_own = connection.execute(select(article_table.c.id).where(own)).first() is not None
    return is_own and not said(connection, article_id).text


def _told_by_source(connection: Connection, outlet: str, page_id: int) -> str | None:
    """The key of the page's article, where that is known by the words of its source alone."""
    key = select(page.c.url_key).where(page.c.id == page_id).scalar_subquery()
    its = (article_table.c.outlet == outlet) & (article_table.c.url_key == key)
    row = connection.execute(select(article_table.c.id, article_table.c.url_key).where(its)).one_or_none()
    return row.url_key if row is not None and is_told_by_source(connection, row.id, page_id) else None


def _alike(connection: Connection, article_id: int, article: Article) -> bool:
    """Whether the stored article's text shares a third of the shorter one's runs of three words; what is too short
    to tell is taken to be alike."""
    stored, mine = _runs(said(connection, article_id)), _runs(article)
    shorter = min(len(stored), len(mine))
    return shorter < FEWEST_RUNS or 3 * len(stored & mine) >= shorter


def _runs(article: Article) -> set[tuple[str, ...]]:
    words = f"{article.lead} {article.text}".split()
    return set(zip(words, words[1:], words[2:], strict=False))


def add(
    connection: Connection,
    article: Article,
    *,
    outlet: str,
    url_key: str,
    page_id: int | None,
    now: datetime,
    next_visit: datetime | None = None,
) -> tuple[int, int]:
    """Stores an article that was never seen, and its first revision; their ids."""
    places = {"outlet": outlet, "url_key": url_key, "url": article.canonical or article.url, "page_id": page_id}
    article_id = connection.execute(
        insert(article_table).values(**places, first_seen=now, next_visit=next_visit).returning(article_table.c.id)
    ).scalar_one()
    revision_id = revise(connection, article_id, article, now)
    assert revision_id is not None
    return article_id, revision_id


def said(connection: Connection, article_id: int) -> Article:
    """What the article said last."""
    query = (
        select(article_revision, article_table.c.url)
        .join(article_table, article_table.c.id == article_revision.c.article_id)
        .where(article_revision.c.article_id == article_id)
        .order_by(article_revision.c.seen_at.desc(), article_revision.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one()
    return Article(row.url, row.title, row.text, lead=row.lead, published=row.published)


def revise(connection: Connection, article_id: int, article: Article, now: datetime) -> int | None:
    """Keeps what the article says now; None when it said exactly this before."""
    values = {
        "article_id": article_id,
        "seen_at": now,
        "title": article.title,
        "lead": article.lead,
        "text": article.text,
        "published": article.published,
        "modified": article.modified,
        "authors": list(article.authors),
        "language": article.language,
        "content_hash": content_hash(article),
    }
    return insert_new(connection, article_revision, values)


def storable(article: Article) -> Article:
    """The article without what no database holds: NUL (PostgreSQL) and halves of surrogate pairs, which JSON-LD may
    hide as "\\u0000" and "\\ud83d"."""
    return replace(
        article,
        title=storable_text(article.title),
        lead=storable_text(article.lead),
        text=storable_text(article.text),
        authors=tuple(map(storable_text, article.authors)),
        language=storable_text(article.language) if article.language else None,
    )


def storable_text(text: str) -> str:
    """The text without NUL and halves of surrogate pairs."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def content_hash(article: Article) -> str:
    """SHA-256 of headline, lead and text."""
    content = "\x00".join((article.title, article.lead, article.text))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
