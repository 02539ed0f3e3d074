"""Any source by its kind, and what kind of source a body is."""

import re
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

import lxml.html
from lxml import etree

from crawler.addresses import absolute
from crawler.outlets import Outlet
from crawler.reading.feeds import read_feed
from crawler.reading.links import Named
from crawler.reading.listings import read_listing
from crawler.reading.sitemaps import read_sitemap
from storage.kinds import SourceKind

BEGINNING = 4096
HEAD = 256 * 1024
MOST_TAGS = 100
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:urlset|sitemapindex)\b", re.IGNORECASE)
_LINK = re.compile(rb"<link\b[^<>]{1,2000}>", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")


def read_source(
    outlet: Outlet, kind: SourceKind, source: str, body: bytes, url: str, content_type: str | None = None
) -> Named:
    """What the answer of a source of the outlet names.

    `source` is the address in the outlet's entry, `url` the one that answered. Raises UnreadableSource.
    """
    zone = ZoneInfo(outlet.zone)
    if kind == "news_sitemap":
        return Named(*read_sitemap(body, url, zone))
    if kind == "listing":
        return Named(read_listing(body, url, outlet.article_pattern(source), content_type))
    return read_feed(body, url, content_type, zone)


def kind_of(body: bytes) -> Literal["feed", "news_sitemap", "page"]:
    """What a body is by its first element, whatever its Content-Type says; what is neither is a page."""
    beginning = body[:BEGINNING]
    if _FEED.search(beginning):
        return "feed"
    packed = beginning.startswith(b"\x1f\x8b")
    return "news_sitemap" if packed or _SITEMAP.search(beginning) else "page"


def declared_feeds(body: bytes, url: str) -> list[str]:
    """The feeds that a page's head declares (<link rel="alternate">), in its order; only these tags are parsed."""
    found = []
    for tag in islice(_LINK.finditer(body[:HEAD]), MOST_TAGS):
        address = _declared(tag.group(), url)
        if address is not None and address.startswith(("http://", "https://")):
            found.append(address)
    return list(dict.fromkeys(found))


def _declared(tag: bytes, url: str) -> str | None:
    try:
        link = lxml.html.fragment_fromstring(tag.decode("utf-8", "replace"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    kind = (link.get("type") or "").lower().partition(";")[0].strip()
    if "alternate" not in (link.get("rel") or "").lower().split() or kind not in _FEED_TYPES or not link.get("href"):
        return None
    return absolute(url, link.get("href") or "")
