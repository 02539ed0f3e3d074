"""Where records begin in a web archive, found from its raw bytes: after damage, and for reading in parallel.

A compressed archive holds one gzip member or one zstd frame a record (WARC 1.1, annex D), so that records can be
found and read alone. What looks like a beginning may be part of a page that somebody archived or forged; so a place
that was found is believed only when the record before it ends there, or when damage leaves nothing else to go by.
"""

import os
import re
import zlib
from io import BytesIO

from fastwarc.stream_io import ZstdReader

from crawler.errors import UnreadableArchive

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
PLAIN = b"WARC/"
BLOCK = 1024 * 1024
BEGINNING = 16 * 1024 * 1024
_HEAD = 300_000  # a zstd block, which can only be decoded whole, has at most 128 KiB
_PLAIN_HEAD = 65536
_PATTERNS = {
    GZIP: re.compile(re.escape(GZIP)),
    ZSTD: re.compile(re.escape(ZSTD)),
    PLAIN: re.compile(rb"(?<=\n)WARC/[01]\."),
}


def layout_of(fd: int, name: str) -> bytes:
    """How the archive is laid out: GZIP, ZSTD or PLAIN; raises UnreadableArchive for what is none.

    One whose first record is damaged is known by those behind it, within BEGINNING bytes.
    """
    head = os.pread(fd, 5, 0)
    for layout in (GZIP, ZSTD, PLAIN):
        if (head.startswith(layout) and starts_record(fd, 0)) or not head:
            return layout
    for layout in (GZIP, ZSTD, PLAIN):
        if next_place(fd, layout, 1, BEGINNING) is not None:
            return layout
    raise UnreadableArchive(f"{name}: this is no web archive: a WARC file, plain or in gzip or zstd, is read")


def starts_record(fd: int, offset: int) -> bool:
    """Whether the bytes at `offset` begin a record."""
    head = os.pread(fd, 1024, offset)
    if head.startswith(GZIP):
        return _inflated(head).startswith(PLAIN)
    if head.startswith(ZSTD):
        return _unfolded(os.pread(fd, _HEAD, offset)).startswith(PLAIN)
    return head.startswith((b"WARC/1.", b"WARC/0."))


def next_place(fd: int, layout: bytes, offset: int, end: int) -> int | None:
    """The first place from `offset` on, and before `end`, at which a record seems to begin."""
    pattern = _PATTERNS[layout]
    if offset == 0 < end and starts_record(fd, 0):
        return 0
    at = max(0, offset - 1)
    while at < end and (block := os.pread(fd, BLOCK, at)):
        for found in pattern.finditer(block):
            place = at + found.start()
            if offset <= place < end and starts_record(fd, place):
                return place
        at += max(1, len(block) - 8)
    return None


def end_of_record(fd: int, layout: bytes, offset: int) -> int:
    """Where the record at `offset` ends, beyond the file's end where it is torn; `offset + 1` where that cannot be
    told."""
    if layout == GZIP:
        return _end_of_member(fd, offset)
    if layout == PLAIN:
        head, mark, _ = os.pread(fd, _PLAIN_HEAD, offset).partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length:[ \t]*(\d{1,18})", head)
        if mark and length:
            return offset + len(head) + len(mark) + int(length.group(1))
        if not mark and len(head) < _PLAIN_HEAD:
            return offset + len(head) + 1
    return offset + 1


def _end_of_member(fd: int, offset: int) -> int:
    inflating, at = zlib.decompressobj(31), offset
    try:
        while not inflating.eof and (block := os.pread(fd, 65536, at)):
            at += len(block)
            while block and not inflating.eof:
                inflating.decompress(block, BLOCK)
                block = inflating.unconsumed_tail
    except zlib.error:
        return offset + 1
    return at - len(inflating.unused_data) if inflating.eof else at + 1


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 16)
    except zlib.error:
        return b""


def _unfolded(head: bytes) -> bytes:
    try:
        return ZstdReader(BytesIO(head)).read(16)
    except OSError:
        return b""
