"""Listing pages: web pages that link to articles."""

import re
from urllib.parse import urlsplit

import lxml.html

from crawler.addresses import absolute, address_key, same_site
from crawler.errors import UnreadablePage, UnreadableSource
from crawler.extraction.flow import content
from crawler.extraction.tree import PageTooMuch, parse_html
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS, Link

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+){3,}", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{4,}")


def read_listing(body: bytes, url: str, pattern: str | None, content_type: str | None = None) -> list[Link]:
    """The articles that a listing links to, each once, in its order.

    `pattern` is searched in the absolute address; without one, links of the same site whose address looks like an
    article's count: a slug of at least four words, or a long number. Raises UnreadableSource when there is no page,
    or one that is too much for a tree.
    """
    try:
        tree = parse_html(body, content_type)
    except (UnreadablePage, PageTooMuch) as error:
        raise UnreadableSource(f"the listing cannot be read: {error}") from error
    article = re.compile(pattern) if pattern else None
    found: dict[str, Link] = {}
    for anchor in tree.iter("a"):
        link = _link(anchor, url)
        if link is None or len(found) >= MOST_LINKS:
            continue
        if article.search(link.url) if article else _looks_like_an_article(link.url, url):
            key = address_key(link.url)
            found[key] = max(found.get(key, link), link, key=lambda each: len(each.title))
    return list(found.values())


def _link(anchor: lxml.html.HtmlElement, url: str) -> Link | None:
    href = anchor.get("href")
    if not href or href.startswith("#"):
        return None
    address = absolute(url, href)
    if address is None or not address.startswith(("http://", "https://")):
        return None
    return Link(address, " ".join(content(anchor).split())[:LONGEST_TITLE])


def _looks_like_an_article(address: str, url: str) -> bool:
    parts = urlsplit(address)
    if not same_site(parts.hostname or "", urlsplit(url).hostname or "") or address_key(address) == address_key(url):
        return False
    last = parts.path.rstrip("/").rpartition("/")[2]
    return bool(_SLUG.search(parts.path) or _NUMBERED.search(last))
