"""What a reader sees in the head of the article, where the page's own account is silent."""

import re
from datetime import datetime

from lxml.html import HtmlElement

from crawler.extraction.bylines import LONGEST_NAME, SIGNED, parted
from crawler.extraction.dates import find_date, parse_date
from crawler.extraction.furniture import is_furniture

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
SAYS_PUBLISHED = re.compile(
    r"\b(?:publi[ée]e?s?|mis en ligne|paru|post[ée]|le)\b.{0,40}?\d{4}.{0,12}", re.IGNORECASE | re.DOTALL
)


class Visible:
    """What a reader sees in the head of the article."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree
        self._headline = next((h1 for h1 in tree.iter("h1") if content(h1) and not _in_header_logo(h1)), None)

    def headline(self) -> str:
        return content(self._headline) if self._headline is not None else ""

    def page_title(self) -> str:
        title = self._tree.find(".//title")
        return content(title) if title is not None else ""

    def standfirst(self) -> str:
        """The chapô: an element called so, near the headline and not a teaser of another article."""
        hints = " or ".join(f"contains(@class, '{hint}') or contains(@id, '{hint}')" for hint in _STANDFIRST_HINTS)
        for element in self._tree.xpath(f"//*[@itemprop='description' or {hints}]"):
            named = " ".join((element.get("class") or "", element.get("id") or ""))
            if element.tag == "meta" or not (_STANDFIRST.search(named) or element.get("itemprop") == "description"):
                continue
            text = content(element)
            if 40 <= len(text) <= 1500 and self._is_below_headline(element) and not _is_teaser(element):
                return text
        return ""

    def _is_below_headline(self, element: HtmlElement) -> bool:
        return self._headline is None or bool(element.xpath("boolean(preceding::h1)"))

    def property(self, name: str) -> str:
        """A microdata property's value."""
        for element in self._tree.xpath("//*[@itemprop=$name]", name=name):
            if not _is_teaser(element):
                return str(element.get("datetime") or element.get("content") or content(element))
        return ""

    def bylines(self) -> list[str]:
        """The names in the article's signature, by the most telling markup, else by its words ("Par ...")."""
        for path in _BYLINES:
            signed = [each for each in self._tree.xpath(path) if each.tag not in ("meta", "input", "label")]
            signed = [each for each in signed if 0 < len(content(each)) <= 2 * LONGEST_NAME and not _is_teaser(each)]
            parent = signed[0].getparent() if signed else None
            beside = [each for each in signed if "itemprop" in path or each.getparent() is parent]
            names = [name for each in beside for name in parted(content(each))]
            if names:
                return names
        return self._signed_in_words()

    def _signed_in_words(self) -> list[str]:
        for element in self._tree.iter("p", "div", "span", "font", "em", "i", "small", "address"):
            if len(element) <= 3 and (found := SIGNED.match(content(element)[:200])) and not _is_teaser(element):
                return parted(found.group(1))
        return []

    def date(self) -> datetime | None:
        """The first date at the head of the article: a time element, or words such as "Publié le 3 mars 2024"."""
        for element in self._tree.iter("time"):
            moment = parse_date(element.get("datetime") or content(element))
            if moment is not None and not _is_teaser(element):
                return moment
        for element in self._tree.xpath("//*[@class or @id]"):
            named = " ".join((element.get("class") or "", element.get("id") or ""))
            if _DATED.search(named) and len(text := content(element)) <= 200 and not _is_teaser(element):
                moment = find_date(text)
                if moment is not None:
                    return moment
        body = self._tree.find(".//body")
        found = SAYS_PUBLISHED.search(content(body)[:20_000]) if body is not None else None
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


def content(element: HtmlElement) -> str:
    pieces = (piece for piece in element.itertext() if isinstance(piece, str))
    return re.sub(r"[ \t\r\n]+", " ", "".join(pieces)).strip()
