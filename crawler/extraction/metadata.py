"""What a page says of itself: JSON-LD first, then Open Graph, microdata, meta elements, and what a reader sees."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.addresses import same_site
from crawler.extraction.dates import find_date, parse_date
from crawler.extraction.furniture import is_furniture
from crawler.reading.links import LONGEST_SUMMARY, LONGEST_TITLE

ARTICLE_TYPES = frozenset(
    (
        "Article NewsArticle BlogPosting ReportageNewsArticle ReviewNewsArticle OpinionNewsArticle"
        " AnalysisNewsArticle BackgroundNewsArticle LiveBlogPosting Report Review WebPage SocialMediaPosting"
    ).split()
)
_DATE_NAMES = (
    "article:published_time og:article:published_time date dc.date dc.date.issued dcterms.created pubdate publish-date"
    " publication_date article.published sailthru.date parsely-pub-date cxenseparse:recs:publishtime"
).split()
_STANDFIRST = re.compile(
    r"(?:^|[\s_-])(?:chapo|chapeau|standfirst|lede|excerpt|introduction|intro|sous-titre|subtitle|subhead|lead|accroche"
    r"|article[-_]{1,2}(?:header[-_]{1,2})?(?:desc(?:ription)?|summary)|entry-summary)(?:$|[\s_-])",
    re.IGNORECASE,
)
_STANDFIRST_HINTS = "chap lead intro stand sub excerpt lede desc summary accroche".split()
_BYLINES = (
    "//*[@itemprop='author']//*[@itemprop='name']",
    "//*[@itemprop='author']",
    "//*[@rel='author']",
    "//*[contains(@class, 'author') or contains(@class, 'auteur')]",
    "//*[contains(@class, 'byline') or contains(@class, 'signature')]",
)
_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|published|publication|pubdate|time|infos?|meta|heure)(?:$|[\s_-])", re.IGNORECASE
)
_PUBLISHED = re.compile(
    r"\b(?:publi[ée]e?s?|mis en ligne|paru|post[ée]|le)\b.{0,40}?\d{4}.{0,12}", re.IGNORECASE | re.DOTALL
)
_BY = re.compile(r"^\s*(?:par|de|by|r[ée]dig[ée] par|publi[ée] par|texte\s*:|propos recueillis par)\s+", re.IGNORECASE)
_NO_AUTHOR = re.compile(r"https?://|@|^\W*$|\d", re.IGNORECASE)
_NAME = r"[A-ZÀ-Ý][\w’'.-]*(?: [A-ZÀ-Ý][\w’'.-]*){1,3}"
_SIGNED = re.compile(rf"(?:[Pp]ar|[Tt]exte\s?:|[Rr]édigé par) ({_NAME}(?:(?:, | et ){_NAME})*)\s*(?:[,|–·-]|le \d|$)")
LONGEST_NAME = 80
LONGEST_BYLINE = 300


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


def read_metadata(tree: HtmlElement, url: str) -> Metadata:
    """The page's own account; empty or None where it gives none. `body` is JSON-LD's articleBody."""
    linked = _linked_data(tree)
    meta = _meta(tree)
    visible = _Visible(tree)
    site = meta.get("og:site_name", "")
    headline = visible.headline()
    return Metadata(
        title=_title(linked, meta, headline, visible.page_title(), site)[:LONGEST_TITLE],
        lead=_first(
            visible.standfirst(), linked.get("description"), meta.get("og:description"), meta.get("description")
        )[:LONGEST_SUMMARY],
        published=_published(linked, meta, visible),
        modified=_dated(
            linked.get("dateModified"), meta.get("article:modified_time"), visible.property("dateModified")
        ),
        authors=_authors(linked, meta, visible),
        language=(
            tree.get("lang")
            or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
            or _text(linked.get("inLanguage"))
            or None
        ),
        canonical=_canonical(tree, url),
        body=_text(linked.get("articleBody")),
    )


def _title(linked: dict[str, Any], meta: dict[str, str], headline: str, page_title: str, site: str) -> str:
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


def _published(linked: dict[str, Any], meta: dict[str, str], visible: "_Visible") -> datetime | None:
    written = (linked.get("datePublished"), linked.get("dateCreated"), visible.property("datePublished"))
    said = _dated(*written, *map(meta.get, _DATE_NAMES))
    return said or visible.date()


def _dated(*written: Any) -> datetime | None:
    for each in written:
        if each and (moment := parse_date(_text(each))):
            return moment
    return None


def _authors(linked: dict[str, Any], meta: dict[str, str], visible: "_Visible") -> tuple[str, ...]:
    """The page's own account, unless its visible signature names those authors and more."""
    claimed = list(_names(linked.get("author")))
    if not claimed:
        named = ("author", "article:author", "dc.creator", "parsely-author")
        claimed = [name for key in named if meta.get(key) for name in _split(meta[key])]
    said, seen = _presentable(claimed), _presentable(visible.bylines())
    return seen if not said or (set(said) < set(seen)) else said


def _presentable(names: Sequence[str]) -> tuple[str, ...]:
    cleaned = (_BY.sub("", each).strip(" \xa0.,|·-") for each in names)
    return tuple(
        dict.fromkeys(name for name in cleaned if 2 <= len(name) <= LONGEST_NAME and not _NO_AUTHOR.search(name))
    )


def _split(byline: str) -> list[str]:
    """The names of a byline: parted at commas, and at "et" where names of at least two words stand on both sides."""
    plain = " ".join(_BY.sub("", byline[:LONGEST_BYLINE]).split())
    names = [each.strip() for each in re.split(r"[,;&|•·]", plain) if each.strip()]
    parts = [part.strip() for name in names for part in name.split(" et ")]
    return parts if all(re.match(r"[A-ZÀ-Ý][\w’'.-]*(?: [\w’'.-]+)+$", part) for part in parts) else names


def _names(author: Any) -> Iterator[str]:
    """The names of JSON-LD authors; those of organisations only where no person is named."""
    authors = author if isinstance(author, list) else [author]
    people = [each for each in authors if not (isinstance(each, dict) and each.get("@type") == "Organization")]
    for each in [one for one in people if one] or authors:
        name = each.get("name") if isinstance(each, dict) else each
        yield from [one for one in (name if isinstance(name, list) else [name]) if isinstance(one, str)]


def _canonical(tree: HtmlElement, url: str) -> str | None:
    """The canonical link, believed only within the page's own site."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return _own_address(str(link.get("href")), url)
    return None


def _own_address(link: str, url: str) -> str | None:
    """The address if it can be this page's: on its site, and not the front page, which careless templates write."""
    try:
        address = urljoin(url, link.strip())
        parts, own = urlsplit(address), urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.port != own.port:
            return None
    except ValueError:
        return None
    is_front_page = parts.path in ("", "/") and not parts.query and own.path not in ("", "/")
    return address if same_site(parts.hostname or "", own.hostname or "") and not is_front_page else None


def _linked_data(tree: HtmlElement) -> dict[str, Any]:
    """The JSON-LD node that describes the article: the most telling type wins."""
    nodes = [node for node in _nodes(tree) if _types(node) & ARTICLE_TYPES]
    return max(nodes, key=lambda node: ("headline" in node, "WebPage" not in _types(node), len(node)), default={})


def _nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        try:
            pending = [
                json.loads(re.sub(r"^\s*(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)\s*$", "", script.text), strict=False)
            ]
        except (ValueError, RecursionError):
            continue
        while pending:
            node = pending.pop()
            if isinstance(node, list):
                pending += node[:200]
            elif isinstance(node, dict):
                yield node
                pending += [
                    node[key]
                    for key in ("@graph", "mainEntity", "mainEntityOfPage")
                    if isinstance(node.get(key), (dict, list))
                ]


def _types(node: dict[str, Any]) -> set[str]:
    types = node.get("@type")
    return {str(each).rpartition("/")[2] for each in (types if isinstance(types, list) else [types])}


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").lower()
        if name and element.get("content"):
            found.setdefault(name, _text(element.get("content")))
    return found


class _Visible:
    """What a reader sees in the head of the article."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree
        self._headline = next((h1 for h1 in tree.iter("h1") if _content(h1) and not _in_header_logo(h1)), None)

    def headline(self) -> str:
        return _content(self._headline) if self._headline is not None else ""

    def page_title(self) -> str:
        title = self._tree.find(".//title")
        return _content(title) if title is not None else ""

    def standfirst(self) -> str:
        """The chapô: an element called so, near the headline and not a teaser of another article."""
        hints = " or ".join(f"contains(@class, '{hint}') or contains(@id, '{hint}')" for hint in _STANDFIRST_HINTS)
        for element in self._tree.xpath(f"//*[@itemprop='description' or {hints}]"):
            named = " ".join((element.get("class") or "", element.get("id") or ""))
            if element.tag == "meta" or not (_STANDFIRST.search(named) or element.get("itemprop") == "description"):
                continue
            text = _content(element)
            if 40 <= len(text) <= 1500 and self._is_below_headline(element) and not _is_teaser(element):
                return text
        return ""

    def _is_below_headline(self, element: HtmlElement) -> bool:
        return self._headline is None or bool(element.xpath("boolean(preceding::h1)"))

    def property(self, name: str) -> str:
        """A microdata property's value."""
        for element in self._tree.xpath("//*[@itemprop=$name]", name=name):
            if not _is_teaser(element):
                return str(element.get("datetime") or element.get("content") or _content(element))
        return ""

    def bylines(self) -> list[str]:
        """The names in the article's signature, by the most telling markup, else by its words ("Par ...")."""
        for path in _BYLINES:
            signed = [each for each in self._tree.xpath(path) if each.tag not in ("meta", "input", "label")]
            signed = [each for each in signed if 0 < len(_content(each)) <= 2 * LONGEST_NAME and not _is_teaser(each)]
            parent = signed[0].getparent() if signed else None
            beside = [each for each in signed if "itemprop" in path or each.getparent() is parent]
            names = [name for each in beside for name in _split(_content(each))]
            if names:
                return names
        return self._signed_in_words()

    def _signed_in_words(self) -> list[str]:
        for element in self._tree.iter("p", "div", "span", "font", "em", "i", "small", "address"):
            if len(element) <= 3 and (found := _SIGNED.match(_content(element)[:200])) and not _is_teaser(element):
                return _split(found.group(1))
        return []

    def date(self) -> datetime | None:
        """The first date at the head of the article: a time element, or words such as "Publié le 3 mars 2024"."""
        for element in self._tree.iter("time"):
            moment = parse_date(element.get("datetime") or _content(element))
            if moment is not None and not _is_teaser(element):
                return moment
        for element in self._tree.xpath("//*[@class or @id]"):
            named = " ".join((element.get("class") or "", element.get("id") or ""))
            if _DATED.search(named) and len(text := _content(element)) <= 200 and not _is_teaser(element):
                moment = find_date(text)
                if moment is not None:
                    return moment
        body = self._tree.find(".//body")
        found = _PUBLISHED.search(_content(body)[:20_000]) if body is not None else None
        return find_date(found.group()) if found else None


def _is_teaser(element: HtmlElement) -> bool:
    """Whether the element belongs to the presentation of another article or to the page's furniture."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in ("body", "html", "main"):
            return False
        if ancestor.tag in ("aside", "nav", "footer", "li") or is_furniture(ancestor):
            return True
    return False


def _in_header_logo(element: HtmlElement) -> bool:
    named = (element.get("class") or "") + " ".join(each.get("class") or "" for each in element.iterancestors())
    return bool(re.search(r"logo|site-title|brand", named, re.IGNORECASE))


def _content(element: HtmlElement) -> str:
    pieces = (piece for piece in element.itertext() if isinstance(piece, str))
    return re.sub(r"[ \t\r\n]+", " ", "".join(pieces)).strip()


def _first(*values: Any) -> str:
    return next((text for value in values if (text := _text(value))), "")


def _text(value: Any) -> str:
    """A value as text on one line, entities that were escaped twice resolved."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, str):
        return ""
    if re.search(r"&(?:#\d+|#x[0-9a-f]+|\w+);", value, re.IGNORECASE):
        value = html.unescape(value)
    return re.sub(r"[ \t\r\n]+", " ", value).strip()
