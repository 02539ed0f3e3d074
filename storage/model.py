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


class EventKind(StrEnum):
    """What can happen to an address that is written to; HARD and SOFT are bounces for good and for now."""

    UNSUBSCRIBED = "unsubscribed"
    RESUMED = "resumed"
    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class AddressEvent:
    """One event on record. `via` is where it came from: "page", "mail", "report" or "operator".

    `source` identifies the message that told of it, so that reading a mailbox again changes nothing.
    """

    address: str
    kind: EventKind
    at: datetime
    via: str
    delivery_id: int | None = None
    status: str | None = None
    text: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that nothing is sent to, why, and since when."""

    address: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source publishes: so many items since then."""

    since: datetime
    items: int


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
    first_ok: datetime | None = None
    pace: Pace | None = None
    failing_since: datetime | None = None
    hindrance: str | None = None
    status: int | None = None
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ailment:
    """What a source suffers from: `hindrance` is a word for it, `status` that of HTTP.

    `items` are those that it names now, `usual` those of its last 28 days.
    """

    state: Literal["degraded", "silent"]
    hindrance: str
    status: int | None = None
    items: int | None = None
    usual: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """A source's illness, from its beginning to its end."""

    id: int
    source_id: int
    outlet: str
    url: str
    ailment: Ailment
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a source said of a page: headline, summary and date, as far as it gave them."""

    title: str = ""
    summary: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the frontier: found in a source, which `told` something of it, still to be fetched."""

    id: int
    url: str
    url_key: str
    outlet: str
    source_id: int | None
    attempts: int
    told: Told | None = None


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


RunKind = Literal["digest", "alert"]


@dataclass(frozen=True, slots=True)
class Run:
    """A digest run: what one subscriber is told in one slot; an "alert" is told at once, beside his digests."""

    id: int
    subscriber_id: int
    slot: datetime
    state: str
    planned_at: datetime
    topics: tuple[str, ...]
    kind: RunKind = "digest"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail to one recipient; `mime` is there where one delivery is asked for, and its bytes are kept."""

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
    held_why: str | None = None


@dataclass(frozen=True, slots=True)
class FirstMail:
    """The mail that first told a recipient of a story; its subject is empty where it was not kept."""

    message_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try of a delivery ended; not counted when the server, not the mail, was at fault."""

    delivery_id: int
    fence: int
    state: DeliveryState
    at: datetime
    next_at: datetime | None = None
    code: int | None = None
    text: str = ""
    is_counted: bool = True
    is_repeat_due: bool = False
    held_why: str | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A way out of the house since it last worked: faults of its server, and mails rejected in a row."""

    name: str
    fails: int = 0
    failing_since: datetime | None = None
    closed_until: datetime | None = None
    rejected: int = 0
    last_code: int | None = None
    last_text: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing goes out, until an operator lifts it; `route` is "*" for all of them."""

    id: int
    kind: str
    route: str
    reason: str
    began_at: datetime
    told_at: datetime | None


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
