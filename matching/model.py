"""The values that pass between the rooms: what an article is, and what was decided about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

Where = Literal["title", "lead", "body"]
KnownKind = Literal["reference", "mention"]
Prominence = Literal["headline", "subject", "list", "passing"]

NOTABLE_CONTAINMENT = 0.1


class Verdict(StrEnum):
    """What an article is to a subscriber."""

    NEW = "new"
    DUPLICATE = "duplicate"
    IRRELEVANT = "irrelevant"


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says, without its furniture.

    `text` is the body, paragraphs separated by a blank line; it does not repeat `lead`.
    `published` and `modified` are aware. `outlet` is an outlet's id, None for a page of no known outlet.
    """

    url: str
    title: str
    text: str
    lead: str = ""
    outlet: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    canonical: str | None = None

    @property
    def compared(self) -> str:
        """What of it is compared with other articles: lead and text; the headline only where there is nothing else."""
        return "\n\n".join(part for part in (self.lead, self.text) if part) or self.title

    def section(self, where: Where) -> str:
        return {"title": self.title, "lead": self.lead, "body": self.text}[where]


@dataclass(frozen=True, slots=True)
class Signal:
    """One piece of evidence for (positive weight) or against (negative) an occurrence naming the work."""

    name: str
    detail: str
    weight: float


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a title's words stand, with the evidence weighed there.

    `start` and `end` count characters of the section as it was written; `score` is a probability in 0..1.
    `prominence` says what the work is to the article: its headline, its subject, one of a list, named in passing.
    """

    text: str
    where: Where
    work: str
    start: int
    end: int
    score: float
    signals: tuple[Signal, ...]
    prominence: Prominence = "passing"

    @property
    def log_odds(self) -> float:
        """The sum of the signals' weights."""
        return sum(signal.weight for signal in self.signals)

    @property
    def accepted(self) -> bool:
        """Whether the evidence is not against the work: what is in balance is told rather than missed."""
        return self.score >= 0.5


@dataclass(frozen=True, slots=True)
class Passage:
    """A short quotation around a mention; the mention stands at `start`..`end` of `text`."""

    text: str
    start: int
    end: int
    where: Where


@dataclass(frozen=True, slots=True)
class Assessment:
    """Whether an article mentions a topic: accepted occurrences, and those that were weighed and refused."""

    topic: str
    score: float
    mentions: tuple[Occurrence, ...]
    refused: tuple[Occurrence, ...]

    @property
    def mentioned(self) -> bool:
        return bool(self.mentions)


@dataclass(frozen=True, slots=True)
class Known:
    """An article that later ones are compared with: a reference of the topic or a stored mention.

    `id` is a reference's id or a mention's number; a stored copy is known under its original's `root`.
    """

    kind: KnownKind
    id: str
    title: str
    url: str | None
    text: str
    root: "KnownId | None" = None


@dataclass(frozen=True, slots=True)
class KnownId:
    kind: KnownKind
    id: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an article relates to one known article, all three figures in 0..1 (see matching.duplicates)."""

    known: Known
    resemblance: float
    containment: float
    novelty: float
    shared: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on an article for one topic, with everything that explains it."""

    verdict: Verdict
    topic: str | None
    score: float
    mentions: tuple[Occurrence, ...] = ()
    refused: tuple[Occurrence, ...] = ()
    passages: tuple[Passage, ...] = ()
    closest: Comparison | None = None
    duplicate_of: KnownId | None = None
    fingerprints: tuple[int, ...] = field(default=(), repr=False)

    @property
    def resemblance(self) -> float:
        return self.closest.resemblance if self.closest else 0.0

    @property
    def containment(self) -> float:
        return self.closest.containment if self.closest else 0.0

    @property
    def novelty(self) -> float:
        return self.closest.novelty if self.closest else 1.0

    @property
    def added(self) -> Sequence[str]:
        """What the article says that the closest known one does not, where they share more than a turn of phrase."""
        return self.closest.added if self.closest and self.containment >= NOTABLE_CONTAINMENT else ()
