"""Finding phrases of evidence among the words of a text, and what stands beside a title."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matching.text import words

Word = tuple[str, int, int]
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
        by_first: defaultdict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
        for kind, kind_phrases in phrases.items():
            for phrase in kind_phrases:
                pieces = tuple(words(phrase))
                for form in _with_plurals(pieces):
                    by_first[form[0]].append((form, kind, phrase))
        for forms in by_first.values():
            forms.sort(key=lambda form: -len(form[0]))
        self._by_first = dict(by_first)

    def hits(self, text_words: list[Word]) -> list[Hit]:
        """Every phrase, the longest one where several begin at the same word."""
        found = []
        for index, (word, start, _) in enumerate(text_words):
            if word not in self._by_first:
                continue
            for form, kind, phrase in self._by_first[word]:
                last = index + len(form) - 1
                if last < len(text_words) and all(
                    text_words[index + n][0] == piece for n, piece in enumerate(form[1:], 1)
                ):
                    found.append(Hit(kind, phrase, start, text_words[last][2]))
                    break
        return found


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
        starts = [word[1] for word in text_words]
        self._first = bisect_left(starts, start)
        self._next = bisect_left(starts, end)
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
