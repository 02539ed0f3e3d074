"""Pages that list articles: front pages, sections, tag pages. What they name, they only announce."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extraction.abridged import title_pattern
from crawler.extraction.flow import content
from crawler.extraction.metadata import Metadata

_FRONT = ("", "/", "/index.html")  # the last is how a front page is saved
FEWEST_HEADLINES = 5
SHORTEST_HEADLINE = 20
SHORTEST_PROSE = 80


def is_front_page(url: str, said: Metadata) -> bool:
    """Whether the page is that of its host itself, and does not call itself an article."""
    parts = urlsplit(url)
    return bool(parts.netloc) and parts.path in _FRONT and not parts.query and not said.is_article


def is_listing(tree: HtmlElement, said: Metadata, paragraphs: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether the page does not call itself an article, and links' words outweigh its prose: paragraphs that say enough
    besides the links in them.

    In doubt it is an article: one of the watched `titles` in its headline or its longer paragraphs makes it one.
    """
    if said.is_article:
        return False
    headlines = [text for link in tree.iter("a") if len(text := content(link)) >= SHORTEST_HEADLINE]
    if len(headlines) < FEWEST_HEADLINES:
        return False
    linked = set(headlines)
    longer = [each for each in paragraphs if len(each) >= SHORTEST_PROSE and each not in linked]
    left = sum(map(len, headlines))
    besides = _Besides(headlines)
    for paragraph in longer:
        left -= len(paragraph) if besides.says(paragraph) >= SHORTEST_PROSE else 0
        if left <= 0:
            return False
    named: re.Pattern[str] | None = title_pattern(titles) if titles else None
    return named is None or not any(map(named.search, (said.title, *longer)))


class _Besides:
    """Tells what paragraphs say besides headlines; in linear time, whatever their number."""

    def __init__(self, headlines: Sequence[str]) -> None:
        self._by_beginning = {each[:SHORTEST_HEADLINE]: each for each in headlines}
        self._first = re.compile(f"[{re.escape(''.join({each[0] for each in headlines}))}]")

    def says(self, paragraph: str) -> int:
        """How many of the paragraph's characters stand in none of the headlines, each known by its beginning."""
        at = covered = 0
        while found := self._first.search(paragraph, at):
            at = found.start()
            headline = self._by_beginning.get(paragraph[at : at + SHORTEST_HEADLINE])
            if headline is not None and paragraph.startswith(headline, at):
                at, covered = at + len(headline), covered + len(headline)
            else:
                at += 1
        return len(paragraph) - covered
