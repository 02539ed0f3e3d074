"""Listing pages: web pages that link to articles."""

import re
from collections.abc import Iterable, Iterator
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
    article = re.compile(pattern) if pattern else None
    return _each_once(
        link
        for link in _links(body, url, content_type)
        if (article.search(link.url) if article else _looks_like_an_article(link.url, url))
    )


def own_links(body: bytes, url: str, content_type: str | None = None) -> list[str]:
    """The addresses of the same site that a page links to, whatever they look like, the longest first.

    Raises what `read_listing` raises.
    """
    links = _each_once(link for link in _links(body, url, content_type) if _is_elsewhere_on_site(link.url, url))
    return sorted((link.url for link in links), key=len, reverse=True)


def _links(body: bytes, url: str, content_type: str | None) -> Iterator[Link]:
    try:
        tree = parse_html(body, content_type)
    except (UnreadablePage, PageTooMuch) as error:
        raise UnreadableSource(f"the listing cannot be read: {error}") from error
    return filter(None, (_link(anchor, url) for anchor in tree.iter("a")))


def _each_once(links: Iterable[Link]) -> list[Link]:
    """Of the links to one address, the first place and the longest title."""
    found: dict[str, Link] = {}
    for link in links:
        key = address_key(link.url)
        if key in found or len(found) < MOST_LINKS:
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
    if not _is_elsewhere_on_site(address, url):
        return False
    parts = urlsplit(address)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return bool(_SLUG.search(parts.path) or _NUMBERED.search(last))


def _is_elsewhere_on_site(address: str, url: str) -> bool:
    hosts = (urlsplit(address).hostname or "", urlsplit(url).hostname or "")
    return same_site(*hosts) and address_key(address) != address_key(url)
