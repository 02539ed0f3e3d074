"""Finding which of many byte patterns stand in a page: with Hyperscan where it is installed, with `re` elsewhere.

Both read the same patterns, which are in lower case and look at nothing around what they match, and both answer alike.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

hyperscan: Any
try:
    import hyperscan
except ImportError:  # the extra "fast" is not installed
    hyperscan = None

IS_VECTORISED = hyperscan is not None


class Scan(Protocol):
    """Says which patterns, by their places in the list, stand in some bytes, whatever the case of letters."""

    def found(self, raw: bytes) -> set[int]: ...


def scan_for(patterns: Sequence[bytes], *, vectorised: bool) -> Scan:
    """A scan for regular expressions of the kind that `re` and Hyperscan read alike."""
    return _HyperscanScan(patterns) if vectorised else _PythonScan(patterns)


class _PythonScan:
    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = [re.compile(pattern, re.DOTALL) for pattern in patterns]

    def found(self, raw: bytes) -> set[int]:
        lowered = raw.lower()
        return {number for number, pattern in enumerate(self._patterns) if pattern.search(lowered)}


class _HyperscanScan:
    def __init__(self, patterns: Sequence[bytes]) -> None:
        flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
        count = len(patterns)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=list(patterns), ids=list(range(count)), elements=count, flags=[flags] * count
        )

    def found(self, raw: bytes) -> set[int]:
        found: set[int] = set()
        self._database.scan(raw, match_event_handler=lambda number, *_: found.add(number))
        return found


class WordScan:
    """Which of very many words stand in a page. With Hyperscan also those that stand inside longer words."""

    def __init__(self, words: Sequence[bytes], *, vectorised: bool) -> None:
        self._numbers = {word: number for number, word in enumerate(words)}
        self._scan = _HyperscanScan([re.escape(word) for word in words]) if vectorised else None

    def found(self, raw: bytes) -> set[int]:
        if self._scan is not None:
            return self._scan.found(raw)
        return {self._numbers[run] for run in set(_RUNS.findall(raw.lower())) if run in self._numbers}


_RUNS = re.compile(rb"[0-9a-z]+")
