"""News sitemaps and their index files (https://www.sitemaps.org/protocol.html, Google News namespace)."""

import gzip
import io
import zlib
from datetime import datetime
from typing import TypeVar

from lxml import etree

from crawler.addresses import absolute
from crawler.errors import UnreadableSource
from crawler.extraction.dates import parse_date
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS, Link

T = TypeVar("T")

NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
MOST_SITEMAPS = 10
LARGEST_SITEMAP = 50 * 1024 * 1024


def read_sitemap(body: bytes, url: str) -> tuple[list[Link], list[str]]:
    """The articles that a sitemap names, newest first, and the sitemaps that an index names, newest first.

    Raises UnreadableSource when the body is no sitemap.
    """
    root = _parsed(_unpacked(body))
    entries = [element for element in root if isinstance(element.tag, str)]
    kind = etree.QName(root).localname
    if kind == "sitemapindex":
        dated = [(_moment(each), absolute(url, loc)) for each in entries if (loc := _child(each, "loc"))]
        return [], [address for _, address in _newest_first(dated)][:MOST_SITEMAPS]
    if kind != "urlset":
        raise UnreadableSource(f"this is no sitemap: its root element is <{kind}>")
    links = [(_moment(each), _link(each, loc, url)) for each in entries if (loc := _child(each, "loc"))]
    return [link for _, link in _newest_first(links)][:MOST_LINKS], []


def _newest_first(dated: list[tuple[datetime | None, T]]) -> list[tuple[datetime | None, T]]:
    return sorted(dated, key=lambda pair: -(pair[0].timestamp() if pair[0] else 0.0))


def _parsed(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSource(f"this is no sitemap: {error}") from error
    if root is None:
        raise UnreadableSource("the sitemap is empty")
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


def _link(entry: etree._Element, loc: str, url: str) -> Link:
    title = entry.findtext(f"{NEWS}news/{NEWS}title") or ""
    return Link(absolute(url, loc), " ".join(title.split())[:LONGEST_TITLE], "", _moment(entry))


def _moment(entry: etree._Element) -> datetime | None:
    written = entry.findtext(f"{NEWS}news/{NEWS}publication_date") or _child(entry, "lastmod")
    return parse_date(written) if written else None


def _child(entry: etree._Element, name: str) -> str | None:
    text = next(
        (each.text for each in entry if isinstance(each.tag, str) and etree.QName(each).localname == name), None
    )
    return text.strip() if text and text.strip() else None
