"""Stories: whether two articles on a topic report the same event.

The relation is decided by the two articles alone, so that a story (the articles that it links, directly or through
others) is the same in whatever order the articles arrive.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from matching.frequencies import DOCUMENTS, FREQUENCIES
from matching.kept import Kept
from matching.residue import without_residue
from matching.text import words
from matching.topic import Topic
from matching.vocabulary import EVERYWHERE, OF_TIME

WINDOW = timedelta(days=4)
SAME_EVENT = 0.09
LEAST_SHARED = 8.0  # two rare words; articles of 150 words on one event share three times as much
MOST_OF_ONE = 5.0  # a city's name alone, however often it stands there, makes no event
TITLE_WEIGHT = 2.0
NAME_WEIGHT = 2.0
TOPIC_WEIGHT = 0.15
UNLISTED = 1
KEPT = 1000  # articles whose terms are kept, some 15 kB each
_NAME = re.compile(r"(?<=[a-zà-öø-ÿ,;:'’«(] )[A-ZÀ-Ý][\w’'-]+|\b\d[\d.,]*\b")
_STOP = frozenset((*EVERYWHERE, *OF_TIME))


@dataclass(frozen=True, slots=True)
class Profile:
    """What an article reports, as weighted terms, and when."""

    terms: dict[str, float]
    norm: float
    moment: datetime


class StoryTeller:
    """Says whether articles report one event; compiled once a topic."""

    def __init__(self, topic: Topic) -> None:
        common = [phrase for phrases in topic.evidence.values() for phrase in phrases]
        common += [title for work in topic.works for title in work.titles]
        self._common = frozenset(stem for phrase in common for stem in stems(phrase))
        self._kept = Kept[dict[str, float]](KEPT)

    def profile(self, title: str, lead: str, text: str, moment: datetime) -> Profile:
        """The article's terms: frequency, dampened, times rarity; names and numbers count double, the topic's own
        words little, since every article has them."""
        terms = self.terms(title, lead, text)
        return Profile(terms, math.sqrt(sum(value * value for value in terms.values())), moment)

    def terms(self, title: str, lead: str, text: str) -> dict[str, float]:
        """The terms with their weights; those of the articles asked for last are kept."""
        return self._kept.of("\0".join((title, lead, text)), lambda: self._terms_of(title, lead, text))

    def _terms_of(self, title: str, lead: str, text: str) -> dict[str, float]:
        told = without_residue(f"{lead}\n{text}")
        counts: dict[str, float] = defaultdict(float)
        for part, weight in ((title, TITLE_WEIGHT), (told, 1.0)):
            for stem in stems(part):
                counts[stem] += weight
        names = {stem for name in set(_NAME.findall(told)) for stem in stems(name)}
        return {stem: (1 + math.log(count)) * self._weight(stem, names) for stem, count in counts.items()}

    def same_event(self, one: Profile, other: Profile) -> bool:
        """Whether both report one event: alike as a whole, and in more than two short items share by chance, or in
        every term."""
        if abs(one.moment - other.moment) > WINDOW or similarity(one, other) < SAME_EVENT:
            return False
        return one.terms == other.terms or self._shared(one, other) >= LEAST_SHARED

    def _shared(self, one: Profile, other: Profile) -> float:
        """The weight of the terms of both, each up to MOST_OF_ONE: the topic's own, which every article has, say
        nothing."""
        terms = one.terms.keys() & other.terms.keys() - self._common
        return sum(sorted(min(MOST_OF_ONE, one.terms[term], other.terms[term]) for term in terms))

    def _weight(self, stem: str, names: Collection[str]) -> float:
        kind = TOPIC_WEIGHT if stem in self._common else NAME_WEIGHT if stem in names else 1.0
        return kind * rarity(stem)


def similarity(one: Profile, other: Profile) -> float:
    """The cosine of two profiles, 0..1."""
    smaller, larger = sorted((one.terms, other.terms), key=len)
    dot = sum(value * larger[term] for term, value in smaller.items() if term in larger)
    return dot / (one.norm * other.norm) if one.norm and other.norm else 0.0


def rarity(stem: str) -> float:
    """The inverse document frequency of a stem, smoothed (Spärck Jones 1972)."""
    return max(0.0, math.log((DOCUMENTS + 1) / (FREQUENCIES.get(stem, UNLISTED) + 0.5)))


def stems(text: str) -> list[str]:
    """The telling words of a text without their endings, in order."""
    return [_stem(word) for word in words(text) if word not in _STOP and (len(word) > 2 or word.isdigit())]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """The word without the commonest French endings: enough to make plural and gender one."""
    for ending in ("ements", "ement", "ations", "ation", "euses", "euse", "eurs", "eur", "ees", "ee", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
