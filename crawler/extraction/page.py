"""What a page says: bytes in, an Article out, one parse."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from crawler.errors import UnreadablePage
from crawler.extraction.body import read_body
from crawler.extraction.decoding import decode
from crawler.extraction.metadata import read_metadata
from matching.model import Article

LONGEST_TEXT = 400_000
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where an outlet's pages hold the article and what in it is not the article; XPath or CSS."""

    body: Sequence[str] = ()
    exclude: Sequence[str] = ()


def parse_html(raw: bytes, content_type: str | None = None) -> HtmlElement:
    """The tree of a page; raises UnreadablePage when there is none to be had."""
    text = decode(raw, content_type)
    if not text.strip():
        raise UnreadablePage("the page is empty")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePage(f"the page has no content: {error}") from error
    return tree


def extract(
    raw: bytes,
    url: str,
    *,
    content_type: str | None = None,
    outlet: str | None = None,
    selectors: Selectors = Selectors(),
) -> Article:
    """Reads a page into an Article; raises UnreadablePage."""
    tree = parse_html(raw, content_type)
    said = read_metadata(tree, url)
    paragraphs = read_body(tree, url, selectors.body, selectors.exclude, said.body)
    lead, text = _parted(said.title, said.lead, paragraphs)
    return Article(
        url=url,
        title=clean(said.title) or _last_resort_title(paragraphs, url),
        lead=clean(lead),
        text=clean(text[:LONGEST_TEXT]),
        outlet=outlet,
        published=said.published,
        modified=said.modified,
        authors=tuple(map(clean, said.authors)),
        language=said.language,
        canonical=said.canonical,
    )


def _parted(title: str, lead: str, paragraphs: Sequence[str]) -> tuple[str, str]:
    """Lead and text, neither repeating the other nor the headline.

    A description that is the beginning of the first paragraph, cut short, stands for that paragraph.
    """
    rest = list(paragraphs)
    if rest and _squeezed(rest[0]) == _squeezed(title):
        rest = rest[1:]
    start = _squeezed(_ELLIPSIS.sub("", lead))
    for index, paragraph in enumerate(rest[:3]):
        squeezed = _squeezed(paragraph)
        if start and len(start) >= 30 and squeezed.startswith(start):
            return paragraph, "\n\n".join(rest[:index] + rest[index + 1 :])
        if start and squeezed and start.startswith(squeezed) and len(squeezed) > 30:
            return lead, "\n\n".join(rest[:index] + rest[index + 1 :])
    return lead, "\n\n".join(rest)


def clean(text: str) -> str:
    """The text without what steers a terminal or turns the order of reading, and without halves of characters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _STEERING.sub("", whole)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _last_resort_title(paragraphs: Sequence[str], url: str) -> str:
    if paragraphs:
        return paragraphs[0][:120]
    slug = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return re.sub(r"\.\w+$", "", slug).replace("-", " ") or url
