"""What the queries give back: frozen values, never a row of the database."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

SourceKind = Literal["feed", "news_sitemap", "listing"]


class PageState(StrEnum):
    DISCOVERED = "discovered"
    NO_MENTION = "no_mention"
    MENTION = "mention"
    GONE = "gone"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


class DeliveryState(StrEnum):
    """Where a delivery stands; `sent`, `failed`, `held` and `expired` are final until an operator acts."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Source:
    id: int
    outlet: str
    kind: SourceKind
    url: str
    etag: str | None
    last_modified: str | None
    next_due: datetime | None
    not_before: datetime | None
    fails: int
    last_tried: datetime | None
    last_ok: datetime | None
    last_items: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the frontier: found in a source, still to be fetched."""

    id: int
    url: str
    url_key: str
    outlet: str
    source_id: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class OutletActivity:
    """What an outlet gave lately: pages fetched, pages that failed, and why the last one did."""

    outlet: str
    pages: int
    failed: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    id: int
    url: str
    latest_hash: str


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention with the article revision that carried it."""

    id: int
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
class Round:
    id: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    sources_ok: int
    sources_failed: int
    pages: int
    mentions: int


@dataclass(frozen=True, slots=True)
class StoredSubscriber:
    """A subscriber is told what was found from `since` on, in slots after `registered_at`."""

    id: int
    email: str
    since: datetime
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A digest run: what one subscriber is told in one slot."""

    id: int
    subscriber_id: int
    slot: datetime
    state: str
    planned_at: datetime
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    run_id: int
    recipient: str
    state: DeliveryState
    message_id: str | None
    mime: bytes | None
    sha256: str | None
    attempts: int
    doubt_resends: int
    fence: int
    created_at: datetime
    next_at: datetime
    expires_at: datetime
    last_code: int | None
    last_text: str | None
    settled_at: datetime | None
