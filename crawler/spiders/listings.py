"""Listing pages."""

from crawler.spiders.source import SourceSpider


class ListingsSpider(SourceSpider):
    """Articles from web pages that link to them, known by the outlet's pattern of an article's address."""

    name = "listings"
    kinds = ("listing",)
