"""News sitemaps."""

from crawler.spiders.source import SourceSpider


class NewsSitemapsSpider(SourceSpider):
    """Articles from the outlets' news sitemaps, index files followed."""

    name = "news_sitemaps"
    kinds = ("news_sitemap",)
