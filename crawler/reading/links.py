"""What a source names: links to articles, with what it says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST_TITLE = 500
LONGEST_SUMMARY = 5000
MOST_LINKS = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """An article's address in a source; title, summary and date as far as the source gives them."""

    url: str
    title: str = ""
    summary: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The articles that a source's answer names, and further documents of the source to ask.

    `damage` says what keeps further articles from being read.
    """

    links: list[Link]
    further: Sequence[str] = ()
    damage: str = ""
