"""Subscribers, runs, deliveries and what happens to addresses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from storage.states import DeliveryState


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
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class FirstTelling:
    """When a reader was first told of a story, and the headline that stood for it."""

    slot: datetime
    title: str


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
