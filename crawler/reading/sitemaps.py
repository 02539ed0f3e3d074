"""News sitemaps and their index files (https://www.sitemaps.org/protocol.html, Google News namespace)."""

import gzip
import io
import re
import zlib
from datetime import datetime, tzinfo
from heapq import nlargest
from typing import Any

from lxml import etree

from crawler.addresses import absolute
from crawler.errors import UnreadableSource
from crawler.extraction.dates import PARIS, parse_date
from crawler.reading.entities import resolved
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS, Link

MOST_SITEMAPS = 10
MOST_ENTRIES = 50_000  # as the protocol says; what comes after them is not read
LARGEST_SITEMAP = 50 * 1024 * 1024
LONGEST_TEXT = 4000

Said = dict[str, str]


def read_sitemap(body: bytes, url: str, zone: tzinfo = PARIS) -> tuple[list[Link], list[str]]:
    """The articles that a sitemap names, newest first, and the sitemaps that an index names, newest first.

    `zone` is that of dates without one.

    Read in passing, so that a sitemap of a million addresses takes no more memory than one of a hundred. Raises
    UnreadableSource when the body is no sitemap.
    """
    kind, entries = _read(body, zone)
    if kind not in ("urlset", "sitemapindex"):
        raise UnreadableSource(f"this is no sitemap: its root element is <{kind}>")
    most = MOST_SITEMAPS if kind == "sitemapindex" else MOST_LINKS
    newest = nlargest(most, entries, key=lambda entry: entry[1].timestamp() if entry[1] else 0.0)
    links = [link for said, date in newest if (link := _link(said, date, url)) is not None]
    return ([], [link.url for link in links]) if kind == "sitemapindex" else (links, [])


def _read(body: bytes, zone: tzinfo) -> tuple[str, list[tuple[Said, datetime | None]]]:
    """The name of the root element, and what each entry says, with its date."""
    entries: list[tuple[Said, datetime | None]] = []
    parsing = etree.iterparse(
        _Unpacked(body), tag=("{*}url", "{*}sitemap"), resolve_entities=False, no_network=True, recover=True
    )
    try:
        for _, entry in parsing:
            said = _said(entry)
            entries.append((said, _date(said, zone)))
            if len(entries) == MOST_ENTRIES:
                return _name(entry.getroottree().getroot()), entries
            _forget(entry)
    except (etree.XMLSyntaxError, ValueError) as error:
        if not entries:
            raise UnreadableSource(f"this is no sitemap: {error}") from error
    if not entries and parsing.error_log:
        raise UnreadableSource(f"this is no sitemap: {parsing.error_log[0].message}")
    if parsing.root is None:
        raise UnreadableSource("this is no sitemap: it holds no element")
    return _name(parsing.root), entries


def _forget(entry: etree._Element) -> None:
    entry.clear()
    parent = entry.getparent()
    while parent is not None and entry.getprevious() is not None:
        del parent[0]


class _Unpacked(io.RawIOBase):
    """A body to read, unpacked in passing where it is compressed; no more than LARGEST_SITEMAP of it."""

    def __init__(self, body: bytes) -> None:
        packed = body.startswith(b"\x1f\x8b")
        self._stream: Any = gzip.GzipFile(fileobj=io.BytesIO(body)) if packed else io.BytesIO(resolved(body))
        self._left = LARGEST_SITEMAP

    def read(self, size: int = -1) -> bytes:
        try:
            piece: bytes = self._stream.read(min(size, 65536) if size > 0 else 65536)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableSource(f"the compressed sitemap is broken: {error}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableSource(f"the sitemap is larger than {LARGEST_SITEMAP >> 20} MiB")
        return piece


def _said(entry: etree._Element) -> Said:
    said: Said = {}
    for each in (*entry, *(child for news in entry if _name(news) == "news" for child in news)):
        said.setdefault(_name(each), _text(each))
    return said


def _date(said: Said, zone: tzinfo) -> datetime | None:
    dates = (said.get("publication_date"), said.get("lastmod"))
    return next((moment for date in dates if date and (moment := parse_date(date, zone)) is not None), None)


def _link(said: Said, published: datetime | None, url: str) -> Link | None:
    address = absolute(url, said["loc"]) if said.get("loc") else None
    return Link(address, said.get("title", ""), "", published) if address is not None else None


def _name(element: etree._Element) -> str:
    """The element's name without its namespace or prefix; many a sitemap forgets to declare the one of news."""
    return re.split("[}:]", element.tag)[-1] if isinstance(element.tag, str) else ""


def _text(element: etree._Element) -> str:
    try:
        text = "".join(map(str, element.itertext()))[:LONGEST_TEXT]
    except UnicodeDecodeError:  # lxml keeps a surrogate that the parser let through, and cannot give it back
        return ""
    return " ".join(text.split())[: LONGEST_TITLE if _name(element) == "title" else LONGEST_TEXT]
