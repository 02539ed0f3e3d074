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
from collections.abc import Iterable, Iterator, Sequence
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
            starts = [self._folded.span(*self._span(word))[0] for word in range(len(self.words))]
            self._sentences, first = [], 0
            for start, end in sentences(self.source):
                last = bisect_left(starts, end, lo=first)
                self._sentences.append((first, last, start, end))
                first = last
        return self._sentences

    def quote(self, start: int, end: int) -> str:
        """The words start..end as they are written."""
        first, last = self._folded.span(*self._span(start))[0], self._folded.span(*self._span(end - 1))[1]
        opened, closed = _OPENED.search(self.source, max(0, first - 3), first), _CLOSED.match(self.source, last)
        return self.source[opened.start() if opened else first : closed.end() if closed else last]

    def _span(self, word: int) -> tuple[int, int]:
        if self._spans is None:
            self._spans = word_spans(self._folded.text)
        return self._spans[word][1:]


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


def compare(article: Text, known: Known, known_text: Text) -> Comparison:
    """The article against one known text: the three measures, the passages they share, and what the article adds."""
    if not article.words or not known_text.words:
        same = article.words == known_text.words
        return Comparison(known, float(same), float(same), float(not same), (), ())
    passages = shared_passages(article, known_text)
    covered = _covered(len(article.words), [(start, end) for start, end, _, _ in passages])
    shared = _shingles_within(covered)
    total = max(article.shingles, 1)
    if article.shingles == 0:
        shared = int(article.words == known_text.words)
    containment = shared / total
    union = total + max(known_text.shingles, 1) - shared
    quotes = tuple(article.quote(start, end) for start, end, _, _ in passages)
    resemblance = min(1.0, shared / union) if union else 1.0
    return Comparison(
        known=known,
        resemblance=round(resemblance, 4),
        containment=round(containment, 4),
        novelty=round(1 - containment, 4),
        shared=quotes,
        added=tuple(_added(article, covered)) if shared else (),
    )


def shared_passages(article: Text, known: Text) -> list[tuple[int, int, int, int]]:
    """The passages of both texts: word places (start, end) in the article and in the known text."""
    chains: list[_Chain] = []
    open_chains: list[_Chain] = []
    known_places = known.places
    for place, shingle in enumerate(article.runs):
        if shingle not in known_places:
            continue
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


def _covered(length: int, spans: Iterable[tuple[int, int]]) -> list[bool]:
    covered = [False] * length
    for start, end in spans:
        covered[start:end] = [True] * (end - start)
    return covered


def _shingles_within(covered: Sequence[bool]) -> int:
    run = count = 0
    for each in covered:
        run = run + 1 if each else 0
        count += run >= SHINGLE
    return count


def _added(article: Text, covered: Sequence[bool]) -> Iterator[str]:
    """The article's sentences that the shared passages do not cover, in order."""
    before = list(accumulate(covered, initial=0))
    for first, last, start, end in article.sentences:
        if last - first >= 4 and before[last] - before[first] < OLD_SHARE_OF_SENTENCE * (last - first):
            yield article.source[start:end]
