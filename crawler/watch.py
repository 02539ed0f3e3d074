"""A whole round as one spider, so that Scrapy's slots, one an outlet, hold politeness across all kinds of sources."""

from scrapy.http import Response

from crawler.reading.links import Link
from crawler.spiders.feeds import FeedsSpider
from crawler.spiders.listings import ListingsSpider
from crawler.spiders.news_sitemaps import NewsSitemapsSpider
from crawler.spiders.revisiting import RevisitingSpider
from crawler.spiders.source import SourceSpider
from storage.model import Source, SourceKind

SPIDERS: dict[SourceKind, type[SourceSpider]] = {
    "feed": FeedsSpider,
    "news_sitemap": NewsSitemapsSpider,
    "listing": ListingsSpider,
}


class WatchSpider(RevisitingSpider):
    """The three spiders in one: each source is read as the spider of its kind reads it."""

    name = "watch"
    kinds = ("feed", "news_sitemap", "listing")

    def links_in(self, source: Source, response: Response) -> tuple[list[Link], list[str]]:
        return SPIDERS[source.kind].links_in(self, source, response)
