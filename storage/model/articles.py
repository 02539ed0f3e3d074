"""Articles, what became of them, mentions, stories, and where pages are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.model.collecting import Page

YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class Revisit:
    """An article to visit again: its page, its own address, and by what its server tells whether it changed."""

    article_id: int
    page: Page
    address: str
    first_seen: datetime
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class StoredChange:
    """What became of an article: `before` and `after` are titles; of one that moved, `after` is its address."""

    id: int
    article_id: int
    kind: str
    seen_at: datetime
    outlet: str
    url: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    id: int
    url: str


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention with the article revision that carried it.

    `unread` says why the page was not read, where the article is what its source said of it; `status` is HTTP's.
    """

    id: int
    article_id: int
    topic: str
    verdict: str
    found_at: datetime
    score: float
    outlet: str
    url: str
    title: str
    lead: str
    published: datetime | None
    authors: tuple[str, ...]
    occurrences: tuple[dict[str, Any], ...]
    passages: tuple[dict[str, Any], ...]
    resemblance: float
    containment: float
    novelty: float
    added: tuple[str, ...]
    reference_id: str | None
    original_id: int | None
    story_id: int | None
    unread: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class StoryMember:
    """A mention as the stories see it."""

    mention_id: int
    story_id: int
    title: str
    lead: str
    text: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is kept: a file, by its name in the archive's folder or by its full path, and an offset in it."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A kept page, with the address of its article and when it was seen as it is kept."""

    place: Place
    url: str
    outlet: str
    seen_at: datetime


def believable(published: datetime | None) -> datetime | None:
    """When an article says that it appeared; None when it does not say, or says what cannot be."""
    return published if published and published.tzinfo and published.year in YEARS else None


def moment_of(published: datetime | None, found_at: datetime) -> datetime:
    """The instant that orders an article: its publication, and at the latest when it was found."""
    return min(believable(published) or found_at, found_at)
