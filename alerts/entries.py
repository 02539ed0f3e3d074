"""Entries: what a stored mention becomes in a digest.

Occurrences, passages and sentences are stored as JSON; a malformed one costs its own place in the entry, and never
the entry or the digest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from alerts.excerpts import quote, shorten
from alerts.model import Copy, Entry, Objection, Quotation
from storage.model import StoredMention, believable, moment_of

TITLE = 240
NAME = 80
QUOTATION = 300
SENTENCE = 200
SENTENCES = 3
PLACES = ("title", "lead", "body")
OBJECTIONS = 2
GONE = (404, 410)
_MORE = re.compile(r" and \d+ more$")  # what matching counts and does not show


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the ids of outlets, works and references; an id without a name stands for itself.

    Works and references go by their topic's id and their own: two topics may each have a work "film".
    """

    outlets: Mapping[str, str]
    works: Mapping[tuple[str, str], str]
    references: Mapping[tuple[str, str], str]


def entry(mention: StoredMention, copies: Sequence[Copy], names: Names) -> Entry:
    """An article of a story, with the copies that hang under it."""
    return Entry(
        title=shorten(mention.title, TITLE),
        outlet=outlet(mention, names),
        url=mention.url,
        published=believable(mention.published),
        found=mention.found_at,
        authors=tuple(shorten(each, NAME) for each in _texts(mention.authors)),
        works=_works(mention, names),
        where=PLACES[place(mention)],
        quotation=_quotation(mention),
        added=_added(mention),
        copies=tuple(copies),
        unread=_unread(mention),
    )


def joined(entries: Sequence[Entry]) -> Entry:
    """An article that has an entry for each of its topics: the first, with the works and copies of all, and the highest
    place."""
    return replace(
        entries[0],
        works=tuple(dict.fromkeys(work for each in entries for work in each.works)),
        where=min((each.where for each in entries), key=PLACES.index),
        copies=tuple({one.url: one for each in entries for one in each.copies}.values()),
    )


def copy(mention: StoredMention, original: StoredMention | None, names: Names) -> Copy:
    """An article that repeats `original`; without a delay when either date is unknown or the original's is later."""
    appeared = believable(mention.published)
    before = believable(original.published) if original else None
    delay = int((appeared - before).total_seconds() // 60) if appeared and before else -1
    return Copy(outlet(mention, names), mention.url, appeared, delay if delay >= 0 else None, _added(mention))


def objections(missed: StoredMention) -> tuple[Objection, ...]:
    """What spoke most against the occurrence that came nearest, the gravest first."""
    nearest = max(_records(missed.occurrences), key=lambda each: each.get("score", 0.0), default={})
    against = [each for each in _records(nearest.get("signals")) if each.get("weight", 0.0) < 0]
    told = [
        Objection(str(each["name"]), shorten(_MORE.sub("", str(each["detail"])), NAME))
        for each in sorted(against, key=lambda each: float(each["weight"]))
        if str(each["detail"]).casefold() != str(nearest.get("text")).casefold()
    ]
    return tuple(told[:OBJECTIONS]) or (Objection("", str(nearest.get("text", ""))),)


def outlet(mention: StoredMention, names: Names) -> str:
    return shorten(names.outlets.get(mention.outlet, mention.outlet), NAME)


def moment(mention: StoredMention) -> datetime:
    """The instant that orders an article: its publication, and at the latest when it was found."""
    return moment_of(mention.published, mention.found_at)


def place(mention: StoredMention) -> int:
    """The highest place of the mention, as an index of PLACES."""
    return min(map(_rank, _records(mention.occurrences)), default=len(PLACES) - 1)


def _unread(mention: StoredMention) -> Literal["", "closed", "unread"]:
    """A browser may well open what refused a program, or was no article; not what is gone or broken for everybody."""
    if mention.unread is None:
        return ""
    return "closed" if mention.status is not None and (mention.status in GONE or mention.status >= 500) else "unread"


def _works(mention: StoredMention, names: Names) -> tuple[str, ...]:
    """The titles of the works that are named, the one in the highest place first."""
    by_place = sorted(_records(mention.occurrences), key=_rank)
    ids = dict.fromkeys(_texts([one.get("work") for one in by_place]))
    return tuple(names.works.get((mention.topic, each), each) for each in ids)


def _rank(occurrence: Mapping[str, Any]) -> int:
    where = occurrence.get("where")
    return PLACES.index(where) if where in PLACES else len(PLACES) - 1


def _quotation(mention: StoredMention) -> Quotation | None:
    """The first passage below the headline, which the entry shows anyway; for want of one, the lead without a mark."""
    for passage in _records(mention.passages):
        text, start, end = passage.get("text"), passage.get("start"), passage.get("end")
        if passage.get("where") != "title" and isinstance(text, str) and text.strip():
            if not isinstance(start, int) or not isinstance(end, int):
                start = end = 0
            return quote(text, start, end, QUOTATION)
    lead = mention.lead.strip()
    return quote(lead, 0, 0, QUOTATION) if lead else None


def _added(mention: StoredMention) -> tuple[str, ...]:
    if mention.novelty >= 1:
        return ()
    return tuple(quote(each.strip(), 0, 0, SENTENCE).text for each in _texts(mention.added)[:SENTENCES])


def _records(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str) and each.strip()] if isinstance(value, list | tuple) else []
