"""The bytes of a page out of an archived HTTP answer: transfer and content encodings undone, within a limit.

Archives hold answers as received (wget, warcio) or already decoded with their old headers (some crawlers); so an
encoding that the bytes do not have is not undone.
"""

import re
import zlib
from collections.abc import Callable
from io import BytesIO

from fastwarc.stream_io import BrotliReader, GzipReader, WarcReader, ZstdReader

LARGEST_PAGE = 10 * 1024 * 1024  # as in a live round
_READERS: dict[str, Callable[[BytesIO], WarcReader]] = {
    "gzip": GzipReader,
    "x-gzip": GzipReader,
    "br": BrotliReader,
    "zstd": ZstdReader,
}
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def page_bytes(raw: bytes, transfer: str | None, content: str | None) -> bytes:
    """The page as it was before encoding: at most LARGEST_PAGE + 1 bytes of it. Header values as sent, or None."""
    if transfer and "chunked" in transfer.lower():
        raw = _joined(raw)
    for name in reversed((content or "").lower().split(",")):
        raw = _undone(raw, name.strip())
    return raw


def _joined(raw: bytes) -> bytes:
    """The chunks' contents in one (RFC 9112 section 7.1); the bytes themselves where they are not chunked."""
    pieces: list[bytes] = []
    at = 0
    while found := _CHUNK.match(raw, at):
        length = int(found.group(1), 16)
        if length == 0:
            return b"".join(pieces)
        pieces.append(raw[found.end() : found.end() + length])
        at = found.end() + length
        at += 2 if raw.startswith(b"\r\n", at) else 1
    return b"".join(pieces) if pieces and at >= len(raw) else raw


def _undone(raw: bytes, encoding: str) -> bytes:
    if encoding == "deflate":
        return _inflated(raw)
    reader = _READERS.get(encoding)
    if reader is None:
        return raw
    try:
        return reader(BytesIO(raw)).read(LARGEST_PAGE + 1)
    except OSError:
        return raw


def _inflated(raw: bytes) -> bytes:
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # with zlib's head as RFC 9110 says, or without as some servers do
        try:
            return zlib.decompressobj(bits).decompress(raw, LARGEST_PAGE + 1)
        except zlib.error:
            continue
    return raw
