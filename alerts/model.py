"""What a digest holds, before it has a language's words or a format."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from storage.model import EVERYTHING, Filter

Seal = Callable[[bytes], bytes]
CLOSE = 0.2
Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Quotation:
    """A short passage of an article; the mention stands at `start`..`end` of `text`, equal when there is none."""

    text: str
    start: int
    end: int

    @property
    def before(self) -> str:
        return self.text[: self.start]

    @property
    def marked(self) -> str:
        return self.text[self.start : self.end]

    @property
    def after(self) -> str:
        return self.text[self.end :]


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that repeats another; `delay_minutes` counts from the original's publication.

    `added` are the first sentences of what it says besides.
    """

    outlet: str
    url: str
    published: datetime | None
    delay_minutes: int | None
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One article of a story. `where` is title, lead or body, the highest place of a mention.

    `works` are the titles of the works that it names, the one in the highest place first. `unread` is "closed" when its
    page did not open, "unread" when it was not read for another reason: headline and quotation are its source's then.
    """

    title: str
    outlet: str
    url: str
    published: datetime | None
    found: datetime
    authors: tuple[str, ...]
    works: tuple[str, ...]
    where: str
    quotation: Quotation | None
    added: tuple[str, ...]
    copies: tuple[Copy, ...]
    unread: Literal["", "closed", "unread"] = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that report one event, the earliest first.

    `first_told` is the slot of the earlier digest that told of it, if one did, `told_as` the headline that it bore
    there; `id` that of the stored story, if any.
    """

    entries: tuple[Entry, ...]
    first_told: datetime | None = None
    id: int | None = None
    told_as: str = ""

    @property
    def follow_up(self) -> bool:
        return self.first_told is not None


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Copies of an article that is no news in this digest: a reference, or an article told before.

    All of them add something, or none does.
    """

    title: str
    is_reference: bool
    copies: tuple[Copy, ...]

    @property
    def adds(self) -> bool:
        return any(each.added for each in self.copies)


@dataclass(frozen=True, slots=True)
class Sentences:
    """So many sentences, and the one of them that says most."""

    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an article told before: `kind` has words in every language; `before` is a title it had, `removed`
    and `added` is what its text lost and gained."""

    kind: str
    title: str
    before: str
    outlet: str
    url: str
    seen: datetime
    article_id: int
    removed: Sentences | None = None
    added: Sentences | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """What spoke against a mention: the name of a signal, and the words in which it was seen."""

    signal: str
    words: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An article that was refused; its objections, the gravest first; its score, at 0.5 of which it had been taken."""

    title: str
    outlet: str
    url: str
    objections: tuple[Objection, ...]
    score: float = 0.0

    @property
    def close(self) -> bool:
        return self.score >= CLOSE


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an outlet is in trouble: `hindrance` is a word that every language has a translation of.

    `status` is that of HTTP; `items` are the articles that a source names, `usual` those that it used to.
    """

    hindrance: str
    status: int | None = None
    items: int | None = None
    usual: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An outlet in trouble, `since` then where that is known."""

    name: str
    reason: Reason
    last_success: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """The proof that the watch was kept since `since` (None: since the beginning).

    `failed` are the outlets that did not answer, `ailing` those that answer less than they used to.
    """

    since: datetime | None
    rounds: int
    outlets: int
    outlets_ok: int
    last_success: datetime | None
    pages: int
    failed: tuple[Trouble, ...]
    near_misses: tuple[NearMiss, ...]
    ailing: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """How many articles and copies appeared on a day."""

    date: date
    articles: int
    copies: int

    @property
    def mentions(self) -> int:
        return self.articles + self.copies


@dataclass(frozen=True, slots=True)
class Week:
    """A week in numbers: its days in order, and each outlet's mentions, most first. There is at least one mention."""

    days: tuple[Day, ...]
    outlets: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that one mail tells; `topics` are names for people, `slot` is the instant it stands for.

    `missed` counts the articles that an earlier mail was to tell and that could not be sent, `alerted` those that were
    told at once since the digest before, `filtered` those that the reader's filters left out since then; `left_out`
    holds the addresses of those that cannot be rendered. `is_alert` when the mail is one of those told at once.
    """

    topics: tuple[str, ...]
    slot: datetime
    stories: tuple[Story, ...]
    copies: tuple[CopyGroup, ...]
    watch: Watch
    changes: tuple[Change, ...] = ()
    missed: int = 0
    alerted: int = 0
    week: Week | None = None
    left_out: tuple[str, ...] = ()
    filtered: int = 0
    is_alert: bool = False

    @property
    def articles(self) -> int:
        return sum(len(story.entries) for story in self.stories)

    @property
    def changed(self) -> int:
        """How many articles changed, each in one way or several."""
        return len({each.article_id for each in self.changes})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the digest, and how: the language of its words ("fr", "en") and the zone of its times.

    `weekly` when it is to carry the picture of the week; `counts_copies` when copies are counted and not named;
    `wanted` is what he asked to be told of.
    """

    email: str
    language: str
    timezone: ZoneInfo
    weekly: bool = False
    counts_copies: bool = False
    wanted: Filter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows by its content-id (RFC 2392)."""

    content_id: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class MailServer:
    """A submission server; the password is None when it asks for none. A connection carries so many mails at most."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None = field(repr=False)
    timeout: float = 60.0
    mails_per_connection: int = 100


@dataclass(frozen=True, slots=True)
class Sender:
    """The From of every mail; `unsubscribe` is the mailto: or https: address of List-Unsubscribe."""

    address: str
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class DkimOrder:
    """In whose name mails are signed: the key's record is at SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key_file: Path
