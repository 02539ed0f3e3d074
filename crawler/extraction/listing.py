"""Pages that list articles: front pages, sections, tag pages. What they name, they only announce."""

import re
from collections.abc import Mapping, Sequence

from lxml.html import HtmlElement

from crawler.extraction.abridged import title_pattern
from crawler.extraction.flow import content
from crawler.extraction.metadata import Metadata

FEWEST_HEADLINES = 5
SHORTEST_HEADLINE = 20
SHORTEST_PROSE = 80


def is_listing(tree: HtmlElement, said: Metadata, paragraphs: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether the page does not call itself an article, and links' words outweigh its prose: paragraphs that say enough
    besides the links in them.

    In doubt it is an article: one of the watched `titles` in its headline or its longer paragraphs makes it one.
    """
    if said.is_article:
        return False
    headlines = [text for link in tree.iter("a") if len(text := content(link)) >= SHORTEST_HEADLINE]
    linked = set(headlines)
    longer = [each for each in paragraphs if len(each) >= SHORTEST_PROSE and each not in linked]
    by_beginning = {each[:SHORTEST_HEADLINE]: each for each in headlines}
    prose = [len(each) for each in longer if _said_besides(each, by_beginning) >= SHORTEST_PROSE]
    if len(headlines) < FEWEST_HEADLINES or sum(map(len, headlines)) <= sum(prose):
        return False
    named: re.Pattern[str] | None = title_pattern(titles) if titles else None
    return named is None or not any(map(named.search, (said.title, *longer)))


def _said_besides(paragraph: str, headlines: Mapping[str, str]) -> int:
    """How many of the paragraph's characters stand in none of the headlines, each known by its beginning; in linear
    time, whatever their number."""
    at, besides = 0, 0
    while at < len(paragraph):
        headline = headlines.get(paragraph[at : at + SHORTEST_HEADLINE])
        if headline is not None and paragraph.startswith(headline, at):
            at += len(headline)
        else:
            at, besides = at + 1, besides + 1
    return besides
