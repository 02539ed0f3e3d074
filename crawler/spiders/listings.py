"""Listing pages."""

from scrapy.http import Response

from crawler.answers import header
from crawler.reading.links import Link
from crawler.reading.listings import read_listing
from crawler.spiders.source import SourceSpider
from storage.model import Source


class ListingsSpider(SourceSpider):
    """Articles from web pages that link to them, known by the outlet's pattern of an article's address."""

    name = "listings"
    kinds = ("listing",)

    def links_in(self, source: Source, response: Response) -> tuple[list[Link], list[str]]:
        listings = {listing.url: listing.article for listing in self.ledger.outlets[source.outlet].listings}
        pattern = listings.get(source.url)
        return read_listing(response.body, response.url, pattern, header(response, "Content-Type")), []
