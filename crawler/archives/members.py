"""The gzip members of a web archive, each undone whole.

ISA-L undoes a member in less time than FastWARC and, unlike it, while other threads of the process run.
"""

import os
from collections.abc import Generator
from dataclasses import dataclass, field

from isal import isal_zlib

LARGEST_MEMBER = 4 * 1024 * 1024  # bytes that it holds; a few wait at once, and larger ones are rare
BLOCK = 1024 * 1024
_PIECE = 48 * 1024  # of an archive at once: what is left behind a member's end is copied


@dataclass(frozen=True, slots=True)
class Member:
    """What a gzip member holds; it takes the bytes of the file from `offset` on and before `end`."""

    offset: int
    end: int
    content: bytes = field(repr=False)


def members(fd: int, start: int, end: int) -> Generator[Member, None, None]:
    """The members that begin from `start` on and before `end`, one behind the other.

    Ends early at what is none, is damaged, or holds more than LARGEST_MEMBER. Raises OSError.
    """
    block, began = b"", start  # of the file, and where it begins there
    at = start
    while at < end:
        undoing, pieces, held, first = isal_zlib.decompressobj(31), [], 0, at
        while not undoing.eof:
            if at >= began + len(block):
                block, began = os.pread(fd, BLOCK, at), at
                if not block:
                    return
            piece = memoryview(block)[at - began : at - began + _PIECE]
            try:
                pieces.append(undoing.decompress(piece, LARGEST_MEMBER + 1 - held))
            except isal_zlib.error:  # type: ignore[misc]  # its stubs take the class for one of its errors
                return
            held += len(pieces[-1])
            at += len(piece)
            if held > LARGEST_MEMBER:
                return
        at -= len(undoing.unused_data)
        yield Member(first, at, b"".join(pieces))
