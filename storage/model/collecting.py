"""Sources, the pages that they name, and rounds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from storage.kinds import SourceKind


class PageState(StrEnum):
    DISCOVERED = "discovered"
    NO_MENTION = "no_mention"
    MENTION = "mention"
    GONE = "gone"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


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
class Unread:
    """A page that was not read so far: how often it was tried, why in vain, and when it may be tried next.

    `next_try` is None for now, and for a page that does not wait.
    """

    page: Page
    state: PageState
    attempts: int
    error: str | None
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class OutletActivity:
    """What an outlet gave lately: pages fetched, pages that failed, and why the last one did."""

    outlet: str
    pages: int
    failed: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An outlet's pages in the frontier, and when the next may be tried; None for now."""

    pages: int
    next_try: datetime | None


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
