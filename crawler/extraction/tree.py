"""A page's tree, where a tree is good for it. This module imports no extraction: a round reads listings with it."""

import re

import lxml.html
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

from crawler.errors import UnreadablePage
from crawler.extraction.decoding import decode

LARGEST_PAGE = 4 * 1024 * 1024
MOST_ELEMENTS = 30_000
LONGEST_TAG = 65_536
_MANY_ATTRIBUTES = re.compile(rb"<[a-zA-Z][^<>]{%d}" % LONGEST_TAG)
# lxml.html's own asks Python for the class of each element; it differs for those of forms only
_ONE_CLASS = etree.ElementDefaultClassLookup(HtmlElement, HtmlComment, HtmlProcessingInstruction, HtmlEntity)


_OF_HEAD = frozenset(("base", "link", "meta", "noscript", "script", "style", "template", "title"))


class PageTooMuch(Exception):
    """A page too large, too wide or too deep for a tree; the message says which."""


def parse_html(raw: bytes, content_type: str | None = None) -> HtmlElement:
    """The whole tree of a page; raises UnreadablePage when there is none to be had, and PageTooMuch."""
    _check_width(raw)
    text = decode(raw, content_type)
    if not text.strip():
        raise UnreadablePage("the page is empty")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePage(f"the page has no content: {error}") from error
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):  # libxml2 has left out the rest
        raise PageTooMuch("its elements are nested too deep")
    _set_body(tree)
    return tree


def _set_body(tree: HtmlElement) -> None:
    """Where a page leaves out the tags around its body, as it may, libxml2 takes elements of HTML 5 for a part of its
    head; there the body begins with the first that is no metadata (HTML Living Standard, 13.2.6.4.4)."""
    head, body = tree.find("head"), tree.find("body")
    stray = () if head is None else (each for each in head.iterchildren("*") if each.tag not in _OF_HEAD)
    first = next(iter(stray), None)
    if first is None:
        return
    if body is None:
        body = etree.SubElement(tree, "body")
    moved, text, body.text = [first, *first.itersiblings()], body.text, None
    body[:0] = moved
    moved[-1].tail = (moved[-1].tail or "") + (text or "") or None


def _check_width(raw: bytes) -> None:
    if len(raw) > LARGEST_PAGE:
        raise PageTooMuch(f"it is larger than {LARGEST_PAGE >> 20} MiB")
    if raw.count(b"<") > 2 * MOST_ELEMENTS:
        raise PageTooMuch(f"it has more than {MOST_ELEMENTS} elements")
    # lxml's time is quadratic in the attributes of an element
    if max(map(len, raw.split(b"<"))) > LONGEST_TAG and _MANY_ATTRIBUTES.search(raw):
        raise PageTooMuch("an element has too many attributes")
