"""What a page says of itself: JSON-LD first, then Open Graph, microdata, meta elements, and what a reader sees."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.addresses import LONGEST_ADDRESS, same_site
from crawler.extraction.bylines import parted, presentable
from crawler.extraction.dates import PARIS, parse_date
from crawler.extraction.linked import is_article, linked_data, names
from crawler.extraction.visible import Visible
from crawler.reading.links import LONGEST_SUMMARY, LONGEST_TITLE

_DATE_NAMES = (
    "article:published_time og:article:published_time date dc.date dc.date.issued dcterms.created pubdate publish-date"
    " publication_date article.published sailthru.date parsely-pub-date cxenseparse:recs:publishtime"
).split()
_LANGUAGE = re.compile(r"(?!.{21})[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,2}")  # RFC 5646, as far as the web writes it
_AUTHOR_NAMES = ("author", "article:author", "dc.creator", "parsely-author")


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str
    lead: str
    published: datetime | None
    modified: datetime | None
    authors: tuple[str, ...]
    language: str | None
    canonical: str | None
    body: str
    is_article: bool


class Seen(Protocol):
    """What a reader sees in the head of an article."""

    def headline(self) -> str: ...
    def page_title(self) -> str: ...
    def standfirst(self) -> str: ...
    def property(self, name: str) -> str: ...
    def bylines(self) -> list[str]: ...
    def date(self) -> datetime | None: ...


def read_metadata(tree: HtmlElement, url: str, zone: tzinfo = PARIS) -> Metadata:
    """The page's own account; empty or None where it gives none. `body` is JSON-LD's articleBody, `zone` that of dates
    without one, and `is_article` whether the page calls itself an article."""
    scripts = (each for each in tree.iter("script") if "ld+json" in (each.get("type") or "").lower())
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    linked = linked_data(each.text for each in scripts if each.text)
    return composed(linked, _meta(tree), Visible(tree, zone), language, _canonical(tree, url), zone)


def composed(
    linked: Mapping[str, Any],
    meta: Mapping[str, str],
    seen: Seen,
    language: str | None,
    canonical: str | None,
    zone: tzinfo,
) -> Metadata:
    """The account of JSON-LD, of meta elements by their names in lower case, and of what a reader sees."""
    site = meta.get("og:site_name", "")
    lead = _first(seen.standfirst(), linked.get("description"), meta.get("og:description"), meta.get("description"))
    return Metadata(
        title=_title(linked, meta, seen.headline(), seen.page_title(), site)[:LONGEST_TITLE],
        lead=lead[:LONGEST_SUMMARY],
        published=_published(linked, meta, seen, zone),
        modified=_dated(
            zone, linked.get("dateModified"), meta.get("article:modified_time"), seen.property("dateModified")
        ),
        authors=_authors(linked, meta, seen),
        language=next(filter(_LANGUAGE.fullmatch, (language or "", one_line(linked.get("inLanguage")))), None),
        canonical=canonical,
        body=_lines(linked.get("articleBody")),
        is_article=is_article(linked) or meta.get("og:type", "").lower() in ("article", "video.other"),
    )


def one_line(value: Any) -> str:
    """A value as text on one line, entities that were escaped twice resolved."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, str):
        return ""
    if re.search(r"&(?:#\d+|#x[0-9a-f]+|\w+);", value, re.IGNORECASE):
        value = html.unescape(value)
    return re.sub(r"[ \t\r\n]+", " ", value).strip()


def _lines(value: Any) -> str:
    """A text whose line breaks stay: JSON-LD's articleBody parts its paragraphs so."""
    written = html.unescape(value) if isinstance(value, str) else ""
    return "\n".join(line for each in written.splitlines() if (line := one_line(re.sub(r"<[^<>]*>", " ", each))))


def own_address(link: str, url: str) -> str | None:
    """The address if it can be this page's: on its site, and not the front page, which careless templates write."""
    try:
        address = urljoin(url, link.strip())
        if len(address) > LONGEST_ADDRESS:
            return None
        parts, own = urlsplit(address), urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.port != own.port:
            return None
    except ValueError:
        return None
    is_front_page = parts.path in ("", "/") and not parts.query and own.path not in ("", "/")
    return address if same_site(parts.hostname or "", own.hostname or "") and not is_front_page else None


def _title(linked: Mapping[str, Any], meta: Mapping[str, str], headline: str, page_title: str, site: str) -> str:
    """The headline that a reader sees where the page's own account agrees with it, else that account."""
    claimed = _first(linked.get("headline"), _without_site(meta.get("og:title", ""), site), linked.get("name"))
    if headline and (not claimed or _alike(claimed, headline)):
        return headline
    return claimed or headline or _without_site(page_title, site)


def _alike(one: str, other: str) -> bool:
    first, second = (re.sub(r"\W+", "", text).casefold() for text in (one, other))
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and (longer.startswith(shorter) or longer.endswith(shorter))


def _without_site(title: str, site: str) -> str:
    found = re.match(r"(.{12,}?) [|–—·•-] ([^|–—]{2,40})$", " ".join(title[:LONGEST_TITLE].split()))
    if found and (not site or site.casefold() in found.group(2).casefold() or "|" in title):
        return found.group(1).strip()
    return title.strip()


def _published(linked: Mapping[str, Any], meta: Mapping[str, str], seen: Seen, zone: tzinfo) -> datetime | None:
    written = (linked.get("datePublished"), linked.get("dateCreated"), seen.property("datePublished"))
    return _dated(zone, *written, *map(meta.get, _DATE_NAMES)) or seen.date()


def _dated(zone: tzinfo, *written: Any) -> datetime | None:
    for each in written:
        if each and (moment := parse_date(one_line(each), zone)):
            return moment
    return None


def _authors(linked: Mapping[str, Any], meta: Mapping[str, str], seen: Seen) -> tuple[str, ...]:
    """The page's own account, unless its visible signature names those authors and more."""
    claimed = list(names(linked.get("author")))
    if not claimed:
        claimed = [name for key in _AUTHOR_NAMES if meta.get(key) for name in parted(meta[key])]
    said, signed = presentable(claimed), presentable(seen.bylines())
    return signed if not said or set(said) < set(signed) else said


def _canonical(tree: HtmlElement, url: str) -> str | None:
    """The canonical link, believed only within the page's own site."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return own_address(str(link.get("href")), url)
    return None


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").lower()
        if name and element.get("content"):
            found.setdefault(name, one_line(element.get("content")))
    return found


def _first(*values: Any) -> str:
    return next((text for value in values if (text := one_line(value))), "")
