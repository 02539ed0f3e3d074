"""The article's text: an outlet's own selectors first, then trafilatura, a second and third opinion where it
finds little."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import trafilatura
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from crawler.extraction import furniture
from crawler.extraction.flow import flowing

SHORTEST_BODY = 80
SHORTEST_PARAGRAPH = 25
SHORTEST_PROSE = 80
MUCH_MORE = 1.5
MOSTLY_LINKS = 0.5


def read_body(tree: HtmlElement, url: str, selectors: Sequence[str], exclude: Sequence[str], linked: str) -> list[str]:
    """The paragraphs of the article; `linked` is JSON-LD's articleBody. The tree loses its furniture on the way."""
    for selector in exclude:
        for element in _find(tree, selector):
            element.drop_tree()
    chosen = _selected(tree, selectors)
    if _length(chosen) >= SHORTEST_BODY:
        return chosen
    furniture.prune(tree)
    prose, densest = _densest(tree)
    general = _general(tree, url, precise=True)
    general = _longer(general, list(_paragraphs(densest)) if densest is not None else [])
    if 2 * _length(general) < prose:
        general = _longer(general, _general(tree, url, precise=False))
    if len(linked) > 1.2 * _length(general) and len(linked) >= SHORTEST_BODY:
        return [paragraph for each in re.split(r"\n+", linked) if (paragraph := each.strip())]
    return general


def _length(paragraphs: Iterable[str]) -> int:
    return sum(map(len, paragraphs))


def _longer(first: list[str], second: list[str]) -> list[str]:
    """The second opinion where it finds much more."""
    return second if _length(second) > MUCH_MORE * _length(first) else first


def _general(tree: HtmlElement, url: str, *, precise: bool) -> list[str]:
    document = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, favor_precision=precise, fast=True, with_metadata=False
    )
    text = getattr(document, "text", None) or ""
    return [paragraph for line in text.split("\n") if (paragraph := line.strip(" \t|-"))]


def _selected(tree: HtmlElement, selectors: Sequence[str]) -> list[str]:
    """What the first selector that finds something finds, nested finds once."""
    for selector in selectors:
        found = _find(tree, selector)
        inside = {id(each) for other in found for each in other.iterdescendants()}
        outermost = [each for each in found if id(each) not in inside]
        if outermost:
            return [text for each in outermost for text in _paragraphs(each)]
    return []


def _densest(tree: HtmlElement) -> tuple[int, HtmlElement | None]:
    """How much prose the page holds, and the element with most of it right in it or one step below: galleries, lists
    of films."""
    weights: dict[HtmlElement, float] = defaultdict(float)
    prose = 0
    for paragraph in tree.iter("p", "figcaption", "dd"):
        length = len(paragraph.text_content().strip())
        parent = paragraph.getparent()
        if length < SHORTEST_PARAGRAPH or parent is None:
            continue
        prose += length if length >= SHORTEST_PROSE else 0
        weights[parent] += length
        if parent.getparent() is not None:
            weights[parent.getparent()] += 0.7 * length
    return prose, max(weights, key=lambda element: weights[element], default=None)


def _find(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    matched = (
        etree.XPath(selector)(tree) if selector.startswith("/") else CSSSelector(selector, translator="html")(tree)
    )
    return [each for each in matched if isinstance(each, HtmlElement)] if isinstance(matched, list) else []


def _paragraphs(element: HtmlElement) -> list[str]:
    """The text of the element's blocks in order, without page furniture and without rows of links."""
    lines = re.split(r"\n+", "".join(flowing(element, _unwanted)))
    return [text for line in lines if (text := re.sub(r"[ \t\r]+", " ", line).strip())]


def _unwanted(node: HtmlElement) -> bool:
    if node.tag in furniture.TAGS or furniture.is_furniture(node):
        return True
    if node.tag not in ("ul", "ol", "div", "p"):
        return False
    text = len(node.text_content().strip())
    linked = sum(len(each.text_content()) for each in node.iter("a"))
    return text > 0 and linked > MOSTLY_LINKS * text and text < 300
