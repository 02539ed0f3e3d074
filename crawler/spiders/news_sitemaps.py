"""News sitemaps."""

from scrapy.http import Response

from crawler.reading.links import Link
from crawler.reading.sitemaps import read_sitemap
from crawler.spiders.source import SourceSpider
from storage.model import Source


class NewsSitemapsSpider(SourceSpider):
    """Articles from the outlets' news sitemaps, index files followed."""

    name = "news_sitemaps"
    kinds = ("news_sitemap",)

    def links_in(self, source: Source, response: Response) -> tuple[list[Link], list[str]]:
        return read_sitemap(response.body, response.url)
