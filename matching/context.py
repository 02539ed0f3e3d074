"""What speaks for and against a place in its sentence and in the rest of the article."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from matching.evidence import Hit
from matching.model import Signal
from matching.section import Section
from matching.weights import KINDS, WEIGHTS

MOST_SHOWN = 4
MOST_READ = 100  # phrases that are gone through for those to show
_MARKS = ("person", "character")
_FOR = ("film words", "genre words", *_MARKS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All phrases of evidence in an article, by kind, and the other numbered codes ("code 7") as they are written."""

    hits: Mapping[str, Sequence[tuple[Section, Hit]]]
    other_codes: Sequence[str]


def gathered(sections: Iterable[Section], other_codes: Sequence[str]) -> Evidence:
    """The evidence of an article's sections."""
    hits: dict[str, list[tuple[Section, Hit]]] = {}
    for section in sections:
        for hit in section.hits:
            hits.setdefault(KINDS[hit.kind], []).append((section, hit))
    return Evidence(hits, other_codes)


def context(
    section: Section, sentence: tuple[int, int], place: tuple[int, int], evidence: Evidence
) -> Iterator[Signal]:
    """The signals of the place's sentence and of the rest of the article.

    A person or character of the film in the sentence says what is named there: what the rest of the article deals with
    besides is then no evidence against it.
    """
    near: dict[str, list[Hit]] = {}
    inside = bisect_left(section.places, sentence[0]), bisect_left(section.places, sentence[1])
    for hit in section.hits[slice(*inside)]:
        if not (hit.start < place[1] and place[0] < hit.end):
            near.setdefault(KINDS[hit.kind], []).append(hit)
    for kind, hits in near.items():
        yield _graded(f"{kind} in the sentence", _written([(section, hit) for hit in hits]))
    identified = any(kind in near for kind in _MARKS)
    if evidence.other_codes and not identified:
        name = "another numbered code in the article"
        yield Signal(name, _listed(list(dict.fromkeys(evidence.other_codes))), WEIGHTS[name])
    counts = Counter({kind: len(hits) - len(near.get(kind, ())) for kind, hits in evidence.hits.items()})
    for_film = sum(counts[kind] for kind in _FOR)
    for kind, count in counts.items():
        against = WEIGHTS[f"{kind} in the article"] < 0
        if count > 0 and not (against and (identified or for_film >= 2 * count)):
            own = {hit.start for hit in near.get(kind, ())}
            others = (
                (other, hit)
                for other, hit in islice(evidence.hits[kind], MOST_READ)
                if other is not section or hit.start not in own
            )
            yield _graded(f"{kind} in the article", _written(others), count)


def _graded(name: str, phrases: list[str], count: int | None = None) -> Signal:
    """The first piece of evidence counts whole, each further different one half of the one before."""
    number = min(len(phrases) if count is None else count, MOST_SHOWN)
    more = count - len(phrases) if count is not None and len(phrases) == MOST_SHOWN else 0
    return Signal(name, _listed(phrases, more), WEIGHTS[name] * (2 - 0.5 ** (number - 1)))


def _written(hits: Iterable[tuple[Section, Hit]]) -> list[str]:
    """The first different phrases as they are written, MOST_SHOWN at most."""
    found: dict[str, str] = {}
    for section, hit in hits:
        if hit.phrase not in found:
            found[hit.phrase] = section.written(hit.start, hit.end)
            if len(found) == MOST_SHOWN:
                break
    return list(found.values())


def _listed(phrases: list[str], more: int = 0) -> str:
    shown = ", ".join(phrases[:MOST_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
