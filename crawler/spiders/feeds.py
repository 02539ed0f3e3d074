"""RSS and Atom."""

from scrapy.http import Response

from crawler.answers import header
from crawler.reading.feeds import read_feed
from crawler.reading.links import Link
from crawler.spiders.source import SourceSpider
from storage.model import Source


class FeedsSpider(SourceSpider):
    """Articles from the outlets' feeds."""

    name = "feeds"
    kinds = ("feed",)

    def links_in(self, source: Source, response: Response) -> tuple[list[Link], list[str]]:
        return read_feed(response.body, response.url, header(response, "Content-Type")), []
