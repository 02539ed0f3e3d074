"""A whole round as one spider, so that Scrapy's slots, one an outlet, hold politeness across all kinds of sources."""

from crawler.spiders.revisiting import RevisitingSpider


class WatchSpider(RevisitingSpider):
    """The three spiders in one, and the visits to articles that carried a mention."""

    name = "watch"
    kinds = ("feed", "news_sitemap", "listing")
