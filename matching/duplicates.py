"""How much of an article stands in a known one.

The measures are Broder's over the sets of word shingles A and B ("On the resemblance and containment of documents",
1997): resemblance |A ∩ B| / |A ∪ B|, containment |A ∩ B| / |A|; novelty is 1 - containment. A shingle counts as
shared when it lies inside a passage that both texts have: a run of shared shingles in the same order, in which up to
RETOUCH words at a time may have been exchanged. So retouching does not hide a copy, and everyday turns of phrase that
two articles on one subject have in common do not make one: a passage is at least SHORTEST_PASSAGE words.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from matching.model import Comparison, Known
from matching.residue import without_residue
from matching.text import fold, folded_words, sentences, word_spans

SHINGLE = 3
RETOUCH = 4
SHORTEST_PASSAGE = 10
MOST_PLACES = 8
MOST_WORDS = 40_000
PREPARED = 32  # texts that stay ready, some 150 kB each
NOVELTY_OF_NEWS = 0.45
SHORTEST_SENTENCE = 4
OLD_SHARE_OF_SENTENCE = 0.6
_OPENED = re.compile(r"[\"«“(]\s?$")
_CLOSED = re.compile(r"[.!?…]?\s?[\"»”)]?[.!?…]?")


class Text:
    """A text prepared for comparison: its words without residue; where they stand and its shingles when asked."""

    __slots__ = ("_folded", "_places", "_sentences", "_spans", "source", "words")

    words: tuple[str, ...]

    def __init__(self, text: str) -> None:
        """Reads a text; of a very long one the first MOST_WORDS words."""
        self.source = without_residue(text)
        self._folded = fold(self.source)
        self.words = tuple(folded_words(self._folded.text)[:MOST_WORDS])
        self._spans: list[tuple[str, int, int]] | None = None
        self._places: dict[tuple[str, ...], list[int]] | None = None
        self._sentences: list[tuple[int, int, int, int]] | None = None

    @property
    def shingles(self) -> int:
        return max(0, len(self.words) - SHINGLE + 1)

    @property
    def runs(self) -> Iterator[tuple[str, ...]]:
        """The shingles in their order."""
        return zip(*(self.words[skipped:] for skipped in range(SHINGLE)), strict=False)

    @property
    def places(self) -> dict[tuple[str, ...], list[int]]:
        """Where each shingle begins, in words."""
        if self._places is None:
            places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
            for index, shingle in enumerate(self.runs):
                places[shingle].append(index)
            self._places = dict(places)
        return self._places

    @property
    def sentences(self) -> list[tuple[int, int, int, int]]:
        """The sentences: the words (from, to) of each, and its place (start, end) in `source`."""
        if self._sentences is None:
            self._sentences, first = [], 0
            starts = self._folded.starts(start for _, start, _ in self.spans[: len(self.words)])
            for start, end in sentences(self.source):
                last = bisect_left(starts, end, lo=first)
                self._sentences.append((first, last, start, end))
                first = last
        return self._sentences

    def holds(self, words: tuple[str, ...]) -> bool:
        """Whether these words, three or more, stand in the text in a row."""
        places = self.places.get(words[:SHINGLE], ())
        return any(self.words[each : each + len(words)] == words for each in places[:MOST_PLACES])

    def quote(self, start: int, end: int) -> str:
        """The words start..end as they are written."""
        first, last = self._folded.span(*self.spans[start][1:])[0], self._folded.span(*self.spans[end - 1][1:])[1]
        opened, closed = _OPENED.search(self.source, max(0, first - 3), first), _CLOSED.match(self.source, last)
        return self.source[opened.start() if opened else first : closed.end() if closed else last]

    @property
    def spans(self) -> list[tuple[str, int, int]]:
        """The words with their places in the folded text."""
        if self._spans is None:
            self._spans = word_spans(self._folded.text)
        return self._spans


@dataclass(slots=True)
class _Chain:
    """A run of shared shingles under way: its places in both texts and how much of it is really shared."""

    first: int
    last: int
    known_first: int
    known_last: int
    matched: int = 1


@lru_cache(maxsize=PREPARED)
def prepare(text: str) -> Text:
    """The text made ready; known texts come again and again."""
    return Text(text)


@dataclass(frozen=True, slots=True)
class _Overlap:
    """What of an article stands in a known text: the measures, and the runs of its words (from, to) that do."""

    known: Known
    known_text: Text
    resemblance: float
    containment: float
    passages: list[tuple[int, int]]

    def in_words(self, article: Text) -> Comparison:
        """The comparison, with what both say and what the article adds."""
        return Comparison(
            known=self.known,
            resemblance=round(self.resemblance, 4),
            containment=round(self.containment, 4),
            novelty=round(1 - self.containment, 4),
            shared=tuple(article.quote(start, end) for start, end in self.passages),
            added=tuple(self._added(article)) if self.containment > 0 and self.passages else (),
        )

    def _added(self, article: Text) -> Iterator[str]:
        """The article's sentences that neither the passages cover nor the known article has as they are, in order."""
        before = list(accumulate(_covered(article, self.passages), initial=0))
        title = Text(self.known.title)
        for first, last, start, end in article.sentences:
            words, covered = article.words[first:last], before[last] - before[first]
            if len(words) < SHORTEST_SENTENCE or covered >= OLD_SHARE_OF_SENTENCE * len(words):
                continue
            if not self.known_text.holds(words) and not title.holds(words):
                yield article.source[start:end]


def compare(article: Text, known: Known, known_text: Text) -> Comparison:
    """The article against one known text: the three measures, the passages they share, and what the article adds."""
    return _overlap(article, known, known_text).in_words(article)


def closest(article: Text, known: Iterable[tuple[Known, Text]]) -> Comparison | None:
    """The comparison with that known text to which the article adds least, the first where several are alike; None when
    it shares nothing with any."""
    overlaps = [_overlap(article, each, text) for each, text in known]
    shared = [each for each in overlaps if round(each.containment, 4) > 0]
    best = max(shared, key=lambda each: (round(each.containment, 4), round(each.resemblance, 4)), default=None)
    return None if best is None else best.in_words(article)


def _overlap(article: Text, known: Known, known_text: Text) -> _Overlap:
    if not article.words or not known_text.words:
        same = float(article.words == known_text.words)
        return _Overlap(known, known_text, same, same, [])
    passages = [(start, end) for start, end, _, _ in shared_passages(article, known_text)]
    shared = sum(max(0, end - start - SHINGLE + 1) for start, end in _merged(passages))
    total = max(article.shingles, 1)
    if article.shingles == 0:
        shared = int(article.words == known_text.words)
    union = total + max(known_text.shingles, 1) - shared
    return _Overlap(known, known_text, min(1.0, shared / union) if union else 1.0, shared / total, passages)


def shared_passages(article: Text, known: Text) -> list[tuple[int, int, int, int]]:
    """The passages of both texts: word places (start, end) in the article and in the known text."""
    chains: list[_Chain] = []
    open_chains: list[_Chain] = []
    places, known_places = article.places, known.places
    common = places.keys() & known_places.keys()
    for place, shingle in sorted((place, each) for each in common for place in places[each]):
        open_chains = [chain for chain in open_chains if place - chain.last <= SHINGLE + RETOUCH]
        for known_place in known_places[shingle][:MOST_PLACES]:
            chain = next((each for each in open_chains if _continues(each, place, known_place)), None)
            if chain is None:
                chain = _Chain(place, place, known_place, known_place)
                chains.append(chain)
                open_chains.append(chain)
            else:
                chain.last, chain.known_last, chain.matched = place, known_place, chain.matched + 1
    return [
        (chain.first, chain.last + SHINGLE, chain.known_first, chain.known_last + SHINGLE)
        for chain in chains
        if chain.last + SHINGLE - chain.first >= SHORTEST_PASSAGE or _whole(chain, article, known)
    ]


def _whole(chain: _Chain, article: Text, known: Text) -> bool:
    """A very short text is shared when nearly all of it is."""
    length = chain.last + SHINGLE - chain.first
    return length >= 0.8 * len(article.words) or length >= 0.8 * len(known.words)


def _continues(chain: _Chain, place: int, known_place: int) -> bool:
    step, known_step = place - chain.last, known_place - chain.known_last
    return 0 < known_step <= SHINGLE + RETOUCH and step > 0 and abs(step - known_step) <= RETOUCH


def _merged(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs, in order, with those in one that overlap or touch."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def _covered(article: Text, passages: Iterable[tuple[int, int]]) -> list[bool]:
    """Of each word whether it stands in a passage."""
    covered = [False] * len(article.words)
    for start, end in passages:
        covered[start:end] = [True] * (end - start)
    return covered
