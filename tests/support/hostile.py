"""Answers that mean harm: bombs, floods and drips, written to the socket byte by byte."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, count, repeat

import brotli

from tests.support.http_server import HTML, MIB, Answer, Exchange

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]
except ImportError:  # before Python 3.14
    from backports import zstd

LONGEST_FLOOD = 1 << 30


def _gzip(zeros: bytes) -> bytes:
    return gzip.compress(zeros, 9)


def _brotli(zeros: bytes) -> bytes:
    return bytes(brotli.compress(zeros, quality=5))


def _zstd(zeros: bytes) -> bytes:
    """With the widest window that decoders accept by default: 128 MiB of memory before a byte comes out."""
    return bytes(zstd.compress(zeros, options={zstd.CompressionParameter.window_log: 27}))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "deflate": zlib.compress,
    "br": _brotli,
    "zstd": _zstd,
    "gzip, gzip": lambda zeros: _gzip(_gzip(zeros)),
    "br, zstd": lambda zeros: _zstd(_brotli(zeros)),
}


@cache
def packed(encoding: str, mib: int) -> bytes:
    return PACKERS[encoding](b"<html>" + b"\0" * mib * MIB)


def bomb(encoding: str, mib: int = 200) -> Answer:
    """A page that becomes that large when it is unpacked: 204 KB on the wire as gzip, 200 bytes as brotli."""
    body = packed(encoding, mib)
    return lambda exchange: exchange.send(200, body, Content_Type=HTML, Content_Encoding=encoding)


def raw(*pieces: bytes) -> Answer:
    """These bytes and nothing else; then the connection ends."""
    return _flood(lambda: pieces)


def _flood(pieces: Callable[[], Iterable[bytes]], pause: float = 0.0, first: bytes = b"") -> Answer:
    """Bytes of the test's own until the client hangs up, or 1 GiB of them."""

    def answer(exchange: Exchange) -> None:
        sent = 0
        for piece in chain([first], pieces()):
            exchange.wfile.write(piece)
            exchange.wfile.flush()
            sent += len(piece)
            if sent > LONGEST_FLOOD or exchange.closing.wait(pause):
                return

    return answer


def endless_headers() -> Answer:
    """Header after header, no two of one name."""

    def headers() -> Iterator[bytes]:
        for number in count():
            yield b"".join(b"X-%d-%d: %s\r\n" % (number, each, b"y" * 1000) for each in range(50))

    return _flood(headers, first=b"HTTP/1.1 200 OK\r\n")


def long_headers(body: bytes, kib: int) -> Answer:
    """An answer with that many KiB of headers, after which the connection stays open for another request."""
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1014) for number in range(kib))

    def answer(exchange: Exchange) -> None:
        exchange.close_connection = False
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n" % len(body))
        exchange.wfile.write(lines + b"\r\n" + body)

    return answer


def endless_continuation() -> Answer:
    """One header that goes on over line after line."""
    return _flood(lambda: repeat((b" " + b"y" * 1000 + b"\r\n") * 50), first=b"HTTP/1.1 200 OK\r\nX-Long: y\r\n")


def endless_line() -> Answer:
    """One header without an end of line."""
    return _flood(lambda: repeat(b"y" * 65536), first=b"HTTP/1.1 200 OK\r\nX-Long: ")


def endless_greetings() -> Answer:
    """103 Early Hints, and again."""
    return _flood(lambda: repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500))


def endless_chunks() -> Answer:
    """A body in chunks, 1 GiB of them."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    return _flood(lambda: repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n"), first=head)


def drip() -> Answer:
    """A body of a byte a second, for ever."""
    return _flood(lambda: repeat(b"x"), 1.0, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")


def dripping_head() -> Answer:
    """The same before the body begins."""
    return _flood(lambda: repeat(b"x"), 1.0, b"HTTP/1.1 200 OK\r\nX-Slow: ")
