"""Fingerprints of a text, by which an index finds what may share passages with it.

Winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003): of the
hashes of all runs of NOISE words, the smallest in every window of WINDOW is kept. Two texts that share a run of
NOISE + WINDOW - 1 words share a fingerprint for certain; most shorter shared runs are found too.
"""

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b

NOISE = 4
WINDOW = 16


def fingerprints(text_words: Sequence[str], *, noise: int = NOISE, window: int = WINDOW) -> tuple[int, ...]:
    """The winnowed hashes of a text's words, ascending, signed 64 bit, each once; stable across machines."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in text_words]
    hashes = [_hash(b" ".join(encoded[i : i + noise])) for i in range(max(1, len(encoded) - noise + 1))]
    if not text_words:
        return ()
    kept: set[int] = set()
    smallest: deque[int] = deque()
    for index, value in enumerate(hashes):
        while smallest and hashes[smallest[-1]] >= value:
            smallest.pop()
        smallest.append(index)
        if smallest[0] <= index - window:
            smallest.popleft()
        if index >= window - 1 or index == len(hashes) - 1:
            kept.add(hashes[smallest[0]])
    return tuple(sorted(kept))


def _hash(run: bytes) -> int:
    return int.from_bytes(blake2b(run, digest_size=8).digest(), "big", signed=True)
