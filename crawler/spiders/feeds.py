"""RSS and Atom."""

from crawler.spiders.source import SourceSpider


class FeedsSpider(SourceSpider):
    """Articles from the outlets' feeds."""

    name = "feeds"
    kinds = ("feed",)
