"""News sitemaps and their index files (https://www.sitemaps.org/protocol.html, Google News namespace)."""

import gzip
import io
import re
import zlib
from collections.abc import Iterable

from lxml import etree

from crawler.addresses import absolute
from crawler.errors import UnreadableSource
from crawler.extraction.dates import parse_date
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS, Link

MOST_SITEMAPS = 10
LARGEST_SITEMAP = 50 * 1024 * 1024


def read_sitemap(body: bytes, url: str) -> tuple[list[Link], list[str]]:
    """The articles that a sitemap names, newest first, and the sitemaps that an index names, newest first.

    Raises UnreadableSource when the body is no sitemap.
    """
    root = _parsed(_unpacked(body))
    kind = _name(root)
    if kind not in ("urlset", "sitemapindex"):
        raise UnreadableSource(f"this is no sitemap: its root element is <{kind}>")
    links = _newest_first(link for entry in root if (link := _link(entry, url)) is not None)
    if kind == "sitemapindex":
        return [], [link.url for link in links[:MOST_SITEMAPS]]
    return links[:MOST_LINKS], []


def _newest_first(links: Iterable[Link]) -> list[Link]:
    return sorted(links, key=lambda link: -(link.published.timestamp() if link.published else 0.0))


def _parsed(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSource(f"this is no sitemap: {error}") from error
    if root is None:
        raise UnreadableSource("this is no sitemap: it holds no element")
    return root


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            unpacked = packed.read(LARGEST_SITEMAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableSource(f"the compressed sitemap is broken: {error}") from error
    if len(unpacked) > LARGEST_SITEMAP:
        raise UnreadableSource(f"the sitemap is larger than {LARGEST_SITEMAP >> 20} MiB")
    return unpacked


def _link(entry: etree._Element, url: str) -> Link | None:
    said: dict[str, str] = {}
    for each in (*entry, *(child for news in entry if _name(news) == "news" for child in news)):
        said.setdefault(_name(each), _text(each))
    address = absolute(url, said["loc"]) if said.get("loc") else None
    if address is None:
        return None
    dates = (said.get("publication_date"), said.get("lastmod"))
    published = next((parse_date(date) for date in dates if date), None)
    return Link(address, said.get("title", "")[:LONGEST_TITLE], "", published)


def _name(element: etree._Element) -> str:
    """The element's name without its namespace or prefix; many a sitemap forgets to declare the one of news."""
    return re.split("[}:]", element.tag)[-1] if isinstance(element.tag, str) else ""


def _text(element: etree._Element) -> str:
    try:
        return " ".join((element.text or "").split())
    except UnicodeDecodeError:  # lxml keeps a surrogate that the parser let through, and cannot give it back
        return ""
