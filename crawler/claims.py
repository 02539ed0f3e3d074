"""What a page claims of itself and is not believed: another article's address, a date to come."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.items import FetchedPage
from matching.model import Article
from storage import articles

AHEAD = timedelta(days=1)  # a clock or a zone may be wrong by a day; what is dated later is a mistake


def believed(connection: Connection, item: FetchedPage, now: datetime) -> tuple[Article, str]:
    """The page's article without claims that cannot be, and the key under which it is to be known."""
    assert item.article is not None
    article = item.article
    if article.published is not None and article.published > now:  # nothing is found before it appears
        article = replace(article, published=now if article.published <= now + AHEAD else None)
    claimed, own = address_key(article.canonical or item.url), address_key(item.url)
    key = articles.settle_claim(
        connection, article, outlet=item.page.outlet, claimed_key=claimed, own_key=own, page_id=item.page.id
    )
    return (article, key) if key == claimed else (replace(article, canonical=None), key)
