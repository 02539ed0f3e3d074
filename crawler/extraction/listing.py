"""Pages that list articles: front pages, sections, tag pages. What they name, they only announce."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.extraction.abridged import title_pattern
from crawler.extraction.flow import content
from crawler.extraction.metadata import Metadata

FEWEST_HEADLINES = 5
SHORTEST_HEADLINE = 20
SHORTEST_PROSE = 80


def is_listing(tree: HtmlElement, said: Metadata, paragraphs: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether the page does not call itself an article, and links' words outweigh its prose.

    In doubt it is an article: one of the watched `titles` in its headline or prose makes it one.
    """
    if said.is_article:
        return False
    headlines = [text for link in tree.iter("a") if len(text := content(link)) >= SHORTEST_HEADLINE]
    linked = set(headlines)
    prose = [each for each in paragraphs if len(each) >= SHORTEST_PROSE and each not in linked]
    if len(headlines) < FEWEST_HEADLINES or sum(map(len, headlines)) <= sum(map(len, prose)):
        return False
    named: re.Pattern[str] | None = title_pattern(titles) if titles else None
    return named is None or not any(map(named.search, (said.title, *prose)))
