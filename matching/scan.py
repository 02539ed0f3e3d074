"""Finding which of many byte patterns stand in a page: with Hyperscan where it is installed, with `re` elsewhere.

Both read the same patterns, which are in lower case and look at nothing around what they match, and both answer alike.
"""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

hyperscan: Any
try:
    import hyperscan  # type: ignore[no-redef, unused-ignore]
except ImportError:  # the extra "fast" is not installed
    hyperscan = None

IS_VECTORISED = hyperscan is not None
RUNS = re.compile(rb"[0-9a-z]+")


class TooLarge(ValueError):
    """Patterns that a vectorised scan refuses to compile: too long, or too many ways to match."""


class Scan(Protocol):
    """Says which groups, by their places in the list, have a pattern that stands in some bytes, whatever its case."""

    def found(self, raw: bytes) -> set[int]: ...


class Places(Protocol):
    """Says where matches of patterns end in some bytes, each place once, in order."""

    def ends(self, raw: bytes) -> list[int]: ...


def scan_for(groups: Sequence[Sequence[bytes]], *, vectorised: bool) -> Scan:
    """A scan for groups of regular expressions of the kind that `re` and Hyperscan read alike."""
    return _HyperscanScan(groups) if vectorised else _PythonScan(groups)


def places_of(patterns: Sequence[bytes], *, vectorised: bool) -> Places:
    """The places of regular expressions that end in one byte of a class, as `re` and Hyperscan read alike."""
    return _HyperscanPlaces(patterns) if vectorised else _PythonPlaces(patterns)


class _PythonScan:
    def __init__(self, groups: Sequence[Sequence[bytes]]) -> None:
        self._patterns = [re.compile(b"|".join(group), re.DOTALL) for group in groups]

    def found(self, raw: bytes) -> set[int]:
        lowered = raw.lower()
        return {number for number, pattern in enumerate(self._patterns) if pattern.search(lowered)}


class _HyperscanScan:
    def __init__(self, groups: Sequence[Sequence[bytes]]) -> None:
        numbered = [(pattern, number) for number, group in enumerate(groups) for pattern in group]
        self._database = _Database(numbered, hyperscan.HS_FLAG_SINGLEMATCH) if numbered else None

    def found(self, raw: bytes) -> set[int]:
        found: set[int] = set()
        if self._database is not None:
            self._database.scan(raw, lambda number, *_: found.add(number))
        return found


class _PythonPlaces:
    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._pattern = re.compile(b"(?=(" + b"|".join(patterns) + b"))", re.DOTALL)

    def ends(self, raw: bytes) -> list[int]:
        return sorted({found.end(1) for found in self._pattern.finditer(raw.lower())})


class _HyperscanPlaces:
    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._database = _Database([(pattern, 0) for pattern in patterns], 0)

    def ends(self, raw: bytes) -> list[int]:
        ends: list[int] = []
        self._database.scan(raw, lambda _number, _start, end, *_: ends.append(end))
        return sorted(set(ends))


class _Database:
    """Compiled patterns that several threads scan for at once: each has a scratch of its own, as Hyperscan demands."""

    def __init__(self, numbered: Sequence[tuple[bytes, int]], flags: int) -> None:
        flags |= hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL
        self._compiled = hyperscan.Database()
        self._thread = threading.local()
        try:
            self._compiled.compile(
                expressions=[pattern for pattern, _ in numbered],
                ids=[number for _, number in numbered],
                elements=len(numbered),
                flags=[flags] * len(numbered),
            )
        except hyperscan.error as error:
            raise TooLarge(f"Hyperscan compiles no such patterns: {error}") from error

    def scan(self, raw: bytes, on_match: Callable[..., object]) -> None:
        """Calls `on_match` with number, start, end and more of each match; the scan stops where it returns true."""
        scratch = getattr(self._thread, "scratch", None)
        if scratch is None:
            scratch = self._thread.scratch = self._compiled.scratch.clone()
        self._compiled.scan(raw, match_event_handler=on_match, scratch=scratch)


class WordScan:
    """Which of very many words stand in a page, and whether one of some patterns does, in one scan where that is free.

    With Hyperscan also the words that stand inside longer ones.
    """

    def __init__(self, words: Sequence[bytes], patterns: Sequence[bytes], *, vectorised: bool) -> None:
        self._numbers = {word: number for number, word in enumerate(words)}
        self._patterns = len(words)
        groups = [*([re.escape(word)] for word in words), patterns] if vectorised else [patterns]
        self._scan = scan_for(groups, vectorised=vectorised)
        self._vectorised = vectorised

    def found(self, raw: bytes) -> tuple[set[int], bool]:
        """The numbers of the words, and whether a pattern stands there."""
        found = self._scan.found(raw)
        if self._vectorised:
            return found - {self._patterns}, self._patterns in found
        return {self._numbers[run] for run in set(RUNS.findall(raw.lower())) if run in self._numbers}, bool(found)
