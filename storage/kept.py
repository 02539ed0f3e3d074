"""Kept pages: in which web archive, and where in it, the page stands that an article's revision was read from."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from storage.model import KeptPage, Place
from storage.schema import article, article_revision, kept_page


def add(connection: Connection, revision_id: int, place: Place) -> None:
    """The page that the revision was read from is kept there."""
    connection.execute(insert(kept_page).values(revision_id=revision_id, file=place.file, offset=place.offset))


def of_article(connection: Connection, url_key: str) -> list[KeptPage]:
    """The kept pages of the article with that key, the latest first."""
    query = (
        select(kept_page, article.c.url, article.c.outlet, article_revision.c.seen_at)
        .join(article_revision, article_revision.c.id == kept_page.c.revision_id)
        .join(article, article.c.id == article_revision.c.article_id)
        .where(article.c.url_key == url_key)
        .order_by(kept_page.c.id.desc())
    )
    return [
        KeptPage(Place(row.file, row.offset), row.url, row.outlet, row.seen_at) for row in connection.execute(query)
    ]


def forget(connection: Connection, files: Iterable[str]) -> None:
    """These files are pruned: what they kept is kept no more."""
    for file in files:
        connection.execute(delete(kept_page).where(kept_page.c.file == file))
