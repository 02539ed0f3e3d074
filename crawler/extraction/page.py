"""What a page says: bytes in, an Article out, one parse."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.errors import NoArticle, UnreadablePage
from crawler.extraction.abridged import abridged
from crawler.extraction.body import read_body
from crawler.extraction.bylines import is_byline
from crawler.extraction.listing import is_front_page, is_listing
from crawler.extraction.metadata import Metadata, read_metadata
from crawler.extraction.order import PageToRead
from crawler.extraction.plain import read_plainly
from crawler.extraction.tree import parse_html
from matching.model import Article
from matching.signatures import is_signature

LONGEST_COMPARED = 20_000
FEWEST_WORDS = 60
LEAST_SHARED = 1 / 3
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")


def extract(page: PageToRead) -> Article:
    """Reads a page into an Article; raises what `read_page` raises."""
    return _article(page, *read_page(page))


def read_page(page: PageToRead) -> tuple[Metadata, list[str]]:
    """What a page says of itself, and the paragraphs of its article; raises UnreadablePage, NoArticle for a front page
    or a listing, and PageTooMuch for one that `extract_plainly` is for."""
    tree = parse_html(page.raw, page.content_type)
    said = read_metadata(tree, page.url, ZoneInfo(page.zone))
    _check_address(page, said)
    paragraphs = read_body(tree, page.url, page.body, page.exclude, said.body)
    if is_listing(tree, said, paragraphs, page.titles):
        raise NoArticle("it lists articles, and is none")
    is_headline = bool(paragraphs) and _squeezed(paragraphs[0]) == _squeezed(said.title)
    return said, paragraphs[1:] if is_headline else paragraphs


def extract_plainly(page: PageToRead) -> Article:
    """Reads a page without a tree; raises UnreadablePage where nothing can be read, NoArticle for a front page."""
    said, paragraphs = read_plainly(
        page.raw, page.url, content_type=page.content_type, titles=page.titles, zone=ZoneInfo(page.zone)
    )
    _check_address(page, said)
    if not (said.title or said.lead or paragraphs):
        raise UnreadablePage("the page has no content")
    return _article(page, said, paragraphs)


def _check_address(page: PageToRead, said: Metadata) -> None:
    if is_front_page(page.url, said):
        raise NoArticle("it is a front page, and no article")


def _article(page: PageToRead, said: Metadata, paragraphs: Sequence[str]) -> Article:
    paragraphs = list(_unsigned(paragraphs, said.authors))
    claimed = said.lead if speaks_of(said.lead, said.title, paragraphs) else ""
    lead, rest = _parted(claimed, abridged(paragraphs, page.titles))
    return Article(
        url=page.url,
        title=clean(said.title) or _last_resort_title(paragraphs, page.url),
        lead=clean(lead),
        text=clean(rest),
        outlet=page.outlet,
        published=said.published,
        modified=said.modified,
        authors=tuple(map(clean, said.authors)),
        language=said.language,
        canonical=said.canonical,
    )


def _unsigned(paragraphs: Iterable[str], authors: Collection[str]) -> Iterator[str]:
    """The paragraphs without those that only say who wrote the article and when."""
    for before, paragraph in enumerate(paragraphs):
        if not (is_signature(paragraph, before) or is_byline(paragraph, authors)):
            yield paragraph


def _parted(lead: str, paragraphs: Sequence[str]) -> tuple[str, str]:
    """Lead and text, neither repeating the other.

    A description that is the beginning of the first paragraph, cut short, stands for that paragraph.
    """
    rest = list(paragraphs)
    start = _squeezed(_ELLIPSIS.sub("", lead))
    for index, paragraph in enumerate(rest[:3]):
        squeezed = _squeezed(paragraph)
        if start and len(start) >= 30 and squeezed.startswith(start):
            return paragraph, "\n\n".join(rest[:index] + rest[index + 1 :])
        if start and squeezed and start.startswith(squeezed) and len(squeezed) > 30:
            return lead, "\n\n".join(rest[:index] + rest[index + 1 :])
    return lead, "\n\n".join(rest)


def speaks_of(description: str, title: str, paragraphs: Sequence[str]) -> bool:
    """Whether a description shares its words with the article that it comes with: a site's tagline does not."""
    claimed = _telling_words(description)
    told = _telling_words(" ".join((title, *paragraphs))[:LONGEST_COMPARED])
    return len(told) < FEWEST_WORDS or len(claimed & told) >= LEAST_SHARED * len(claimed)


def _telling_words(text: str) -> set[str]:
    return {word.casefold()[:6] for word in re.findall(r"\w{4,}", text)}  # six letters: inflections are alike


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
