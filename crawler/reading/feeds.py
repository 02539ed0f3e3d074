"""RSS and Atom feeds."""

import re
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import feedparser
import lxml.html

from crawler.addresses import absolute
from crawler.errors import UnreadableSource
from crawler.reading.links import LONGEST_SUMMARY, LONGEST_TITLE, MOST_LINKS, Link


def read_feed(body: bytes, url: str, content_type: str | None = None) -> list[Link]:
    """The articles that a feed names, in its order; raises UnreadableSource when the body is no feed."""
    headers = {"content-type": content_type} if content_type else {}
    parsed = feedparser.parse(body, response_headers={**headers, "content-location": url})
    if not parsed.get("version") and not parsed.entries:
        raise UnreadableSource(_why_not(body))
    links = (_link(entry, url) for entry in parsed.entries[:MOST_LINKS])
    return [link for link in links if link is not None]


def _why_not(body: bytes) -> str:
    head = body[:2000].lower()
    if not body.strip():
        return "the feed is empty"
    return (
        "the feed is an HTML page" if b"<html" in head or b"<!doctype html" in head else "this is no RSS or Atom feed"
    )


def _link(entry: Any, url: str) -> Link | None:
    link = entry.get("link") or (entry.get("id") if str(entry.get("id", "")).startswith("http") else None)
    if not link:
        return None
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return Link(
        url=absolute(url, str(link)),
        title=plain(str(entry.get("title", "")))[:LONGEST_TITLE],
        summary=plain(str(entry.get("summary", "")))[:LONGEST_SUMMARY],
        published=_moment(moment),
    )


def _moment(moment: struct_time | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return datetime(*moment[:6], tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def plain(markup: str) -> str:
    """The text of a piece of HTML on one line."""
    if "<" in markup or "&" in markup:
        try:
            tree = lxml.html.fromstring(f"<div>{markup[:200_000]}</div>")
            markup = "".join(str(piece) for piece in tree.itertext())
        except (ValueError, lxml.etree.ParserError):
            pass
    return re.sub(r"\s*\n\s*|[ \t\r]+", " ", markup).strip()
