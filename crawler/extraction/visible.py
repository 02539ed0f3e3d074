"""What a reader sees in the head of the article, where the page's own account is silent; one walk over its tree."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from crawler.extraction.bylines import LONGEST_NAME, SIGNED, parted
from crawler.extraction.dates import find_date, parse_date
from crawler.extraction.flow import beginning, content
from crawler.extraction.furniture import is_furniture

_STANDFIRST = re.compile(
    r"(?:^|[\s_-])(?:chapo|chapeau|standfirst|lede|excerpt|introduction|intro|sous-titre|subtitle|subhead|lead|accroche"
    r"|article[-_]{1,2}(?:header[-_]{1,2})?(?:desc(?:ription)?|summary)|entry-summary)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|published|publication|pubdate|time|infos?|meta|heure)(?:$|[\s_-])", re.IGNORECASE
)
_SAYS_PUBLISHED = re.compile(
    r"\b(?:publi[ée]e?s?|mis en ligne|paru|post[ée])\b.{0,40}?\d{4}.{0,12}", re.IGNORECASE | re.DOTALL
)
_SAYS_A_DAY = re.compile(r"\ble\b.{0,40}?\d{4}.{0,12}", re.IGNORECASE | re.DOTALL)
_SAYS_UPDATED = re.compile(r"mise? à jour|m[àa]j\b|modifi|actualis|updat|edited", re.IGNORECASE)
_NAMED = etree.XPath("//*[@class or @id or @itemprop or @rel or self::h1 or self::time]")
_SIGNING_WORDS = ("Par", "par", "Texte", "texte", "Rédigé", "rédigé")  # with which signatures begin
_SIGNING_BEGINNINGS = frozenset(word[:length] for word in _SIGNING_WORDS for length in (1, 2, 3))
_SIGNING = ("p", "div", "span", "font", "em", "i", "small", "address")
_UNSEEN = ("meta", "link", "input", "label", "script", "style", "template")
SHORTEST_STANDFIRST = 40
LONGEST_STANDFIRST = 1500
LONGEST_HEAD = 20_000
LONGEST_SIGNATURE = 200
LONGEST_DATE = 200
MOST_ROLES = 4096


class Visible:
    """What a reader sees in the head of the article; `zone` is that of dates that are written without one."""

    def __init__(self, tree: HtmlElement, zone: tzinfo) -> None:
        self._tree = tree
        self._zone = zone
        self._has_h1 = tree.find(".//h1") is not None
        self._headline: HtmlElement | None = None
        self._in_role: dict[str, list[HtmlElement]] = defaultdict(list)
        found = _NAMED(tree)
        for element in found if isinstance(found, list) else []:
            if isinstance(element, HtmlElement):
                self._sort(element)

    def _sort(self, element: HtmlElement) -> None:
        if element.tag == "h1" and self._headline is None and content(element) and not _in_header_logo(element):
            self._headline = element
        if element.tag == "time":
            self._in_role["time"].append(element)
        for name in (element.get("itemprop") or "").split():
            self._in_role[name].append(element)
        if element.tag in _UNSEEN:
            return
        if element.get("rel") == "author":
            self._in_role["rel"].append(element)
        for role in _roles(element.get("class") or "", element.get("id") or ""):
            if role != "standfirst" or self._headline is not None or not self._has_h1:
                self._in_role[role].append(element)

    def headline(self) -> str:
        return content(self._headline) if self._headline is not None else ""

    def page_title(self) -> str:
        title = self._tree.find(".//title")
        return content(title) if title is not None else ""

    def standfirst(self) -> str:
        """The chapô: an element called so, below the headline and not a teaser of another article."""
        described = (each for each in self._in_role["description"] if each.tag not in _UNSEEN)
        for element in (*described, *self._in_role["standfirst"]):
            text = beginning(element, LONGEST_STANDFIRST + 1)
            if SHORTEST_STANDFIRST <= len(text) <= LONGEST_STANDFIRST and not _is_teaser(element):
                return text
        return ""

    def property(self, name: str) -> str:
        """A microdata property's value."""
        for element in self._in_role[name]:
            if not _is_teaser(element):
                return str(element.get("datetime") or element.get("content") or content(element))
        return ""

    def bylines(self) -> list[str]:
        """The names in the article's signature, by the most telling markup, else by its words ("Par ...")."""
        authors = [each for each in self._in_role["author"] if each.tag not in _UNSEEN]
        known = set(authors)
        within = [each for each in self._in_role["name"] if not known.isdisjoint(each.iterancestors())]
        for found, is_property in (
            (within, True),
            (authors, True),
            (self._in_role["rel"], False),
            (self._in_role["called author"], False),
            (self._in_role["called byline"], False),
        ):
            signed = [each for each in found if 0 < len(content(each)) <= 2 * LONGEST_NAME and not _is_teaser(each)]
            parent = signed[0].getparent() if signed else None
            beside = [each for each in signed if is_property or each.getparent() is parent]
            names = [name for each in beside for name in parted(content(each))]
            if names:
                return names
        return self._signed_in_words()

    def _signed_in_words(self) -> list[str]:
        for element in self._tree.iter(*_SIGNING):
            if len(element) > 3 or _first_letters(element) not in _SIGNING_BEGINNINGS:
                continue
            if (found := SIGNED.match(beginning(element, LONGEST_SIGNATURE))) and not _is_teaser(element):
                return parted(found.group(1))
        return []

    def date(self) -> datetime | None:
        """The first date at the head of the article that is not said to be of a change, else of the change."""
        of_change: datetime | None = None
        for moment, beside in self._dates():
            if not _SAYS_UPDATED.search(beside):
                return moment
            of_change = of_change or moment
        return of_change

    def _dates(self) -> Iterator[tuple[datetime, str]]:
        """Dates with what is said beside them: time elements, elements called so, words in the text."""
        for element in self._in_role["time"]:
            moment = parse_date(element.get("datetime") or content(element), self._zone)
            if moment is not None and not _is_teaser(element):
                yield moment, _beside(element)
        for element in self._in_role["dated"]:
            text = beginning(element, LONGEST_DATE + 1)
            if len(text) <= LONGEST_DATE and (dated := said_date(text, self._zone)) and not _is_teaser(element):
                yield dated
        body = self._tree.find(".//body")
        if body is not None and (dated := said_date(beginning(body, LONGEST_HEAD), self._zone, in_prose=True)):
            yield dated


def said_date(text: str, zone: tzinfo, *, in_prose: bool = False) -> tuple[datetime, str] | None:
    """The date that a text calls that of publication, else its first one with the words before it.

    In prose a date counts only where it is led in ("le 3 mars 2024").
    """
    found = _SAYS_PUBLISHED.search(text)
    if found and (moment := find_date(found.group(), zone)) is not None:
        return moment, ""
    led_in = _SAYS_A_DAY.search(text) if in_prose else None
    if in_prose and led_in is None:
        return None
    moment = find_date(led_in.group() if led_in else text, zone)
    return (moment, text[max(0, led_in.start() - 30) : led_in.start()] if led_in else text) if moment else None


@lru_cache(MOST_ROLES)
def _roles(classes: str, name: str) -> tuple[str, ...]:
    """What the names of an element say that it is."""
    named = f"{classes} {name}"
    roles = ["standfirst"] if _STANDFIRST.search(named) else []
    roles += ["dated"] if _DATED.search(named) else []
    roles += ["called author"] if "author" in classes or "auteur" in classes else []
    return (*roles, *(["called byline"] if "byline" in classes or "signature" in classes else []))


def _beside(element: HtmlElement) -> str:
    """The names of an element and of what holds it, and the words right before it."""
    parent, before = element.getparent(), element.getprevious()
    words = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    spoken = content(before)[-40:] if before is not None and not words.strip() and before.tag != "time" else ""
    names = [each.get(key) or "" for each in (element, parent) if each is not None for key in ("class", "itemprop")]
    return " ".join((*names, spoken, words[-40:]))


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


def _first_letters(element: HtmlElement) -> str:
    """Up to three characters with which the element's text begins, fewer where markup parts them; "" without a text."""
    if own := (element.text or "").lstrip():
        return own[:3]
    for piece in element.itertext():
        if isinstance(piece, str) and (text := piece.lstrip()):
            return text[:3]
    return ""
