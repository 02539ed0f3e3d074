"""Fingerprints of a text, by which an index finds what may share passages with it.

Winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003): of the
hashes of all runs of NOISE words, the smallest in every window of WINDOW is kept. Two texts that share a run of
NOISE + WINDOW - 1 words share a fingerprint for certain; most shorter shared runs are found too.
"""

import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b

NOISE = 4
WINDOW = 16


def fingerprints(text_words: Sequence[str], *, noise: int = NOISE, window: int = WINDOW) -> tuple[int, ...]:
    """The winnowed hashes of a text's words, ascending, signed 64 bit, each once; stable across machines."""
    if not text_words:
        return ()
    encoded = [word.encode("utf-8", "surrogatepass") for word in text_words]
    runs = map(b" ".join, zip(*(encoded[skipped:] for skipped in range(min(noise, len(encoded)))), strict=False))
    digests = b"".join([blake2b(run, digest_size=8).digest() for run in runs])
    return tuple(sorted(set(_winnowed(struct.unpack(f">{len(digests) // 8}q", digests), window))))


def _winnowed(hashes: tuple[int, ...], window: int) -> Iterator[int]:
    """The smallest of every window, again only where it has left the window."""
    smallest, place = 0, -1
    for end in range(min(window, len(hashes)), len(hashes) + 1):
        start = max(0, end - window)
        if place < start:
            smallest = min(hashes[start:end])
            place = hashes.index(smallest, start)
        elif hashes[end - 1] < smallest:
            smallest, place = hashes[end - 1], end - 1
        else:
            continue
        yield smallest
