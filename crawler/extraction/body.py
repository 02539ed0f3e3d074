"""The article's text: an outlet's own selectors first, then trafilatura, then what JSON-LD carries."""

import re
from collections.abc import Sequence

import trafilatura
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

BLOCKS = frozenset(["p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "dt", "dd", "td", "th", "figcaption"])
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:share|partage|social|related|similaire|newsletter|comments?|commentaires?|trending|populaires?"
    r"|a-lire|lire-aussi|read-also|paywall|promo|pub|ads?|sidebar|breadcrumb|tags?|cookie|consent|outbrain|taboola)(?:$|[\s_-])",
    re.IGNORECASE,
)
_FURNITURE_TAGS = (
    "script",
    "style",
    "noscript",
    "nav",
    "aside",
    "footer",
    "form",
    "button",
    "iframe",
    "template",
    "svg",
)
SHORTEST_BODY = 80


def read_body(tree: HtmlElement, url: str, selectors: Sequence[str], exclude: Sequence[str], linked: str) -> list[str]:
    """The paragraphs of the article; `linked` is JSON-LD's articleBody, the last resort of the three."""
    chosen = _selected(tree, selectors, exclude)
    if sum(map(len, chosen)) >= SHORTEST_BODY:
        return chosen
    for selector in exclude:
        for element in _find(tree, selector):
            element.drop_tree()
    general = _general(tree, url)
    if len(linked) > 1.2 * sum(map(len, general)) and len(linked) >= SHORTEST_BODY:
        return [paragraph for each in re.split(r"\n+", linked) if (paragraph := each.strip())]
    return general


def _general(tree: HtmlElement, url: str) -> list[str]:
    document = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, include_tables=True, favor_precision=True, with_metadata=False
    )
    text = getattr(document, "text", None) or ""
    return [paragraph for line in text.split("\n") if (paragraph := line.strip(" \t|-"))]


def _selected(tree: HtmlElement, selectors: Sequence[str], exclude: Sequence[str]) -> list[str]:
    for selector in selectors:
        found = _find(tree, selector)
        outermost = [each for each in found if not any(each in other.iterdescendants() for other in found)]
        refused = {each for unwanted in exclude for each in _find(tree, unwanted)}
        if outermost:
            return [text for each in outermost for text in _paragraphs(each, refused)]
    return []


def _find(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    matched = (
        etree.XPath(selector)(tree) if selector.startswith("/") else CSSSelector(selector, translator="html")(tree)
    )
    return [each for each in matched if isinstance(each, HtmlElement)] if isinstance(matched, list) else []


def _paragraphs(element: HtmlElement, refused: set[HtmlElement]) -> list[str]:
    """The text of the element's blocks in order, without page furniture."""
    pieces: list[str] = []

    def walk(node: HtmlElement) -> None:
        if node in refused or not isinstance(node.tag, str) or node.tag in _FURNITURE_TAGS:
            pieces.append(node.tail or "")
            return
        if node is not element and _FURNITURE.search(f"{node.get('class') or ''} {node.get('id') or ''}"):
            pieces.append(node.tail or "")
            return
        breaks = node.tag in BLOCKS or node.tag in ("div", "section", "br", "figure", "ul", "ol", "table", "tr")
        pieces.extend(("\n" if breaks else "", node.text or ""))
        for child in node:
            walk(child)
        pieces.extend(("\n" if breaks else "", node.tail or "" if node is not element else ""))

    walk(element)
    lines = re.split(r"\n+", "".join(pieces))
    return [text for line in lines if (text := re.sub(r"[ \t\r]+", " ", line).strip())]
