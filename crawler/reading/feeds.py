"""RSS and Atom feeds."""

import io
import re
from codecs import BOM_UTF8
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from time import struct_time
from typing import Any
from xml.sax import SAXParseException

import feedparser
import lxml.html

from crawler.addresses import absolute
from crawler.errors import UnreadableSource
from crawler.extraction.dates import PARIS, parse_date, plausible
from crawler.extraction.flow import content
from crawler.reading.links import LONGEST_SUMMARY, LONGEST_TITLE, MOST_LINKS, Link, Named

_REFERENCES = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,10});)+")
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_feed(body: bytes, url: str, content_type: str | None = None, zone: tzinfo = PARIS) -> Named:
    """The articles that a feed names, in its order; `zone` is that of dates without one.

    Items that stand before what is broken in it are read. Raises UnreadableSource when the body is no feed, or one of
    which nothing can be read for what is broken.
    """
    headers = {"content-type": content_type} if content_type else {}
    # As a stream: bytes by themselves are first tried as the name of a file of this machine.
    stream = io.BytesIO(_REFERENCES.sub(_mended, body))
    parsed = feedparser.parse(stream, response_headers={**headers, "content-location": url})
    if not parsed.get("version") and not parsed.entries:
        raise UnreadableSource(_why_not(body))
    found = (_link(entry, url, zone) for entry in parsed.entries[:MOST_LINKS])
    links = [link for link in found if link is not None]
    damage = _damage(body, parsed.get("bozo_exception"))
    if damage and not links:
        raise UnreadableSource(damage)
    return Named(links, damage=damage if _lacks(body, len(links)) else "")


def _damage(body: bytes, complaint: object) -> str:
    """What the XML parser complained of, with the line. feedparser puts a declaration before a feed that has none."""
    if not isinstance(complaint, SAXParseException):
        return ""
    line = (complaint.getLineNumber() or 1) - (0 if body.removeprefix(BOM_UTF8).startswith(b"<?xml") else 1)
    return f"not well-formed XML, line {max(line, 1)}: {complaint.getMessage()}"


def _lacks(body: bytes, links: int) -> bool:
    """Whether a broken feed ends before its end, or begins more items than could be read."""
    return _END.search(body) is None or min(len(_ITEM.findall(body)), MOST_LINKS) > links


def _why_not(body: bytes) -> str:
    head = body[:2000].lower()
    if not body.strip():
        return "the feed is empty"
    return (
        "the feed is an HTML page" if b"<html" in head or b"<!doctype html" in head else "this is no RSS or Atom feed"
    )


def _mended(references: re.Match[bytes]) -> bytes:
    """Character references without those that XML forbids: feedparser raises on `&#55357;&#56832;`, which some editors
    write for an emoji, the two halves of its UTF-16 form."""
    written = [each.lower() for each in references.group().decode().strip("&#;").split(";&#")]
    numbers = [int(each[1:], 16) if each.startswith("x") else int(each) for each in written]
    if not any(number in range(0xD800, 0xE000) or number in range(9) or number > 0x10FFFF for number in numbers):
        return references.group()
    letters = "".join(chr(number) if 8 < number <= 0x10FFFF else "\ufffd" for number in numbers)
    whole = letters.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(f"&#{ord(letter)};" for letter in whole).encode()


def _link(entry: Any, url: str, zone: tzinfo) -> Link | None:
    link = entry.get("link") or (entry.get("id") if str(entry.get("id", "")).startswith("http") else None)
    if not link:
        return None
    address = absolute(url, str(link))
    if address is None:
        return None
    return Link(
        url=address,
        title=plain(str(entry.get("title", "")))[:LONGEST_TITLE],
        summary=plain(str(entry.get("summary", "")))[:LONGEST_SUMMARY],
        published=_published(entry, zone),
    )


def _published(entry: Any, zone: tzinfo) -> datetime | None:
    """The entry's date; feedparser takes one without a zone, or with a zone that it does not know, for UTC."""
    for name in ("published", "updated"):
        if name in entry and (moment := parse_date(str(entry[name]), zone) or _moment(entry.get(f"{name}_parsed"))):
            return moment
    return None


def _moment(moment: struct_time | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return plausible(datetime(*moment[:6], tzinfo=UTC))
    except (ValueError, TypeError):
        return None


def plain(markup: str) -> str:
    """The text of a piece of HTML on one line."""
    if "<" in markup or "&" in markup:
        with suppress(ValueError, lxml.etree.ParserError):
            markup = content(lxml.html.fromstring(f"<div>{markup[:200_000]}</div>"))
    return re.sub(r"[ \t\r\n]+", " ", _NOT_TEXT.sub("", markup)).strip()
