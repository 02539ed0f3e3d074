"""Any source by its kind, and what kind of source a body is."""

import re
from typing import Literal

import lxml.html

from crawler.addresses import absolute
from crawler.errors import UnreadablePage
from crawler.extraction.page import parse_html
from crawler.reading.feeds import read_feed
from crawler.reading.links import Link
from crawler.reading.listings import read_listing
from crawler.reading.sitemaps import read_sitemap
from storage.model import SourceKind

BEGINNING = 4096
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:urlset|sitemapindex)\b", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")


def read_source(
    kind: SourceKind, body: bytes, url: str, content_type: str | None = None, pattern: str | None = None
) -> tuple[list[Link], list[str]]:
    """The articles that a source names, and further documents to ask; raises UnreadableSource."""
    if kind == "news_sitemap":
        return read_sitemap(body, url)
    if kind == "listing":
        return read_listing(body, url, pattern, content_type), []
    return read_feed(body, url, content_type), []


def kind_of(body: bytes) -> Literal["feed", "news_sitemap", "page"]:
    """What a body is by its first element, whatever its Content-Type says; what is neither is a page."""
    beginning = body[:BEGINNING]
    if _FEED.search(beginning):
        return "feed"
    packed = beginning.startswith(b"\x1f\x8b")
    return "news_sitemap" if packed or _SITEMAP.search(beginning) else "page"


def declared_feeds(body: bytes, url: str, content_type: str | None = None) -> list[str]:
    """The feeds that a page's head declares (<link rel="alternate">), in its order."""
    try:
        tree = parse_html(body, content_type)
    except UnreadablePage:
        return []
    found = (absolute(url, each.get("href") or "") for each in tree.iter("link") if _declares_a_feed(each))
    return list(dict.fromkeys(address for address in found if address and address.startswith(("http://", "https://"))))


def _declares_a_feed(link: lxml.html.HtmlElement) -> bool:
    kind = (link.get("type") or "").lower().partition(";")[0].strip()
    return "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES and bool(link.get("href"))
