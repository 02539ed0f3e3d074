"""Finding phrases of evidence among the words of a text, and what stands beside a title."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from matching.text import words

Word = tuple[str, int, int]
Form = tuple[tuple[str, ...], str, str]
SHORTEST_WITH_PLURAL = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a class of evidence at start..end of a folded text."""

    kind: str
    phrase: str
    start: int
    end: int


class Lexicon:
    """Phrases by kind, looked up in a list of words in one pass; plural endings are allowed for."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        by_beginning: defaultdict[tuple[str, ...], list[Form]] = defaultdict(list)
        for kind, kind_phrases in phrases.items():
            for phrase in kind_phrases:
                pieces = tuple(words(phrase))
                for form in _with_plurals(pieces):
                    by_beginning[form[:2]].append((form, kind, phrase))
        for forms in by_beginning.values():
            forms.sort(key=lambda form: -len(form[0]))
        self._by_beginning = dict(by_beginning)
        self._firsts = frozenset(beginning[0] for beginning in by_beginning)

    def hits(self, text_words: list[Word]) -> list[Hit]:
        """Every phrase, the longest one where several begin at the same word; none that lies in another of its kind."""
        begun = (index for index, (word, _, _) in enumerate(text_words) if word in self._firsts)
        hits: list[Hit] = []
        ends: dict[str, int] = {}
        for hit in (self._hit(text_words, index) for index in begun):
            if hit is not None and hit.end > ends.get(hit.kind, -1):
                ends[hit.kind] = hit.end
                hits.append(hit)
        return hits

    def _hit(self, text_words: list[Word], index: int) -> Hit | None:
        """The longest phrase that begins at a word; of many that begin alike only those with the same second word."""
        first = text_words[index][0]
        beginning = (first, text_words[index + 1][0]) if index + 1 < len(text_words) else (first,)
        for form, kind, phrase in self._by_beginning.get(beginning, ()):
            rest = text_words[index + 2 : index + len(form)]
            if form[2:] == tuple(word for word, _, _ in rest):
                return Hit(kind, phrase, text_words[index][1], text_words[index + len(form) - 1][2])
        for _, kind, phrase in self._by_beginning.get((first,), ()):
            return Hit(kind, phrase, *text_words[index][1:])
        return None


def _with_plurals(pieces: tuple[str, ...]) -> set[tuple[str, ...]]:
    """A phrase and, unless its last word is very short ("vo" is not "vos"), its plurals."""
    last = pieces[-1]
    endings = ("", "s", "x") if len(last) >= SHORTEST_WITH_PLURAL else ("",)
    return {(*pieces[:-1], last + ending) for ending in endings}


class Beside:
    """The words right before and right after a place in a text."""

    def __init__(self, text: str, text_words: list[Word], start: int, end: int) -> None:
        self._text = text
        self._words = text_words
        self._first = bisect_left(text_words, start, key=itemgetter(1))
        self._next = bisect_left(text_words, end, key=itemgetter(1))
        self.start, self.end = start, end

    def before(self, count: int) -> list[str]:
        return [word for word, _, _ in self._words[max(0, self._first - count) : self._first]]

    def after(self, count: int) -> list[str]:
        return [word for word, _, _ in self._words[self._next : self._next + count]]

    def start_before(self, count: int) -> int:
        """Where the `count`-th word before the place begins."""
        return self._words[max(0, self._first - count)][1] if count else self.start

    def end_after(self, count: int) -> int:
        """Where the `count`-th word after the place ends."""
        return self._words[self._next + count - 1][2] if count else self.end

    def gap_before(self) -> str:
        """What stands between the word before and the place."""
        return self._text[self._words[self._first - 1][2] : self.start] if self._first else self._text[: self.start]

    def gap_after(self) -> str:
        """What stands between the place and the word after."""
        more = self._next < len(self._words)
        return self._text[self.end : self._words[self._next][1]] if more else self._text[self.end :]
