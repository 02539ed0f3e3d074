"""Real web sites on 127.0.0.1 that answer as the test says, fail as the test says, and remember who asked what."""

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, repeat
from typing import Self

HOST = "127.0.0.1"
HTML = "text/html; charset=utf-8"
MIB = 1024 * 1024
FOR_THE_WHOLE_SITE = ("/robots.txt", "/.well-known/tdmrep.json")


@dataclass(slots=True)
class Asked:
    """A request that a site got, header names in lower case; `began` and `ended` are seconds on a monotonic clock."""

    path: str
    headers: Mapping[str, str]
    began: float
    ended: float = float("inf")
    body: bytes = b""


class Exchange(BaseHTTPRequestHandler):
    """One request being answered."""

    protocol_version = "HTTP/1.1"
    server: "_Listener"
    asked: Asked
    _body: bytes = b""

    def do_GET(self) -> None:
        site = self.server.site
        self.asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, time.monotonic())
        self.asked.body = self._body
        site.requests.append(self.asked)
        self.close_connection = True
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            site.answer_to(self.path)(self)
        self.asked.ended = time.monotonic()

    def do_POST(self) -> None:
        self._body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    do_PUT = do_POST

    @property
    def closing(self) -> threading.Event:
        """Set when the site is being closed."""
        return self.server.site.closing

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answers in full; `Content_Type` stands for Content-Type."""
        self.start(status, {"Content-Length": str(len(body)), **_headers(headers)})
        self.wfile.write(body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


Answer = Callable[[Exchange], None]


@dataclass
class Site:
    """A web site of its own, so an outlet of its own: what each path answers, and what was asked.

    What has no answer is 404, robots.txt too.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    scheme: str = "http"
    host: str = HOST

    def __setitem__(self, path: str, answer: Answer) -> None:
        self.answers[path] = answer

    def answer_to(self, path: str) -> Answer:
        return self.answers.get(path, status(404))

    @property
    def domain(self) -> str:
        return f"{self.host}:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.domain}{path}"

    def paths(self) -> list[str]:
        """What was asked, in order, what speaks for the whole site left out."""
        return [each.path for each in self.requests if each.path not in FOR_THE_WHOLE_SITE]

    def asked(self, path: str) -> list[Asked]:
        return [each for each in self.requests if each.path == path]

    def forget(self) -> None:
        """Begins a new list of requests."""
        self.requests.clear()

    @classmethod
    @contextmanager
    def open(cls, tls: ssl.SSLContext | None = None, *, host: str = HOST, port: int = 0) -> Iterator[Self]:
        site = cls(scheme="https" if tls else "http", host=host)
        listener = _Listener(site, tls, port)
        site.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            listener.shutdown()
            listener.server_close()
            thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: Site, tls: ssl.SSLContext | None, port: int) -> None:
        super().__init__((site.host, port), Exchange)
        self.site = site
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of the test's."""


def _headers(written: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in written.items()}


def content(body: bytes | str, kind: str = HTML, status: int = 200, **headers: str) -> Answer:
    """A body in full; text goes out as UTF-8."""
    raw = body.encode() if isinstance(body, str) else body
    return lambda exchange: exchange.send(status, raw, Content_Type=kind, **headers)


def status(code: int, **headers: str) -> Answer:
    return lambda exchange: exchange.send(code, b"<html><body>nothing</body></html>", Content_Type=HTML, **headers)


def redirect(to: str, code: int = 302) -> Answer:
    return status(code, Location=to)


def busy(retry_after: str, code: int = 429) -> Answer:
    return status(code, Retry_After=retry_after)


def validated(body: str, kind: str, *, etag: str, modified: str) -> Answer:
    """304 to whoever sends the right validators back, else the body with them."""

    def answer(exchange: Exchange) -> None:
        known = exchange.asked.headers.get("if-none-match"), exchange.asked.headers.get("if-modified-since")
        if known == (etag, modified):
            exchange.send(304, ETag=etag)
        else:
            exchange.send(200, body.encode(), Content_Type=kind, ETag=etag, Last_Modified=modified)

    return answer


def cut_short(body: str, kind: str = HTML, **headers: str) -> Answer:
    """The body, though a longer one was promised; then the connection ends."""
    raw = body.encode()

    def answer(exchange: Exchange) -> None:
        promised = {"Content-Length": str(len(raw) + 10_000), "Content-Type": kind}
        exchange.start(200, {**promised, **_headers(headers)})
        exchange.wfile.write(raw)

    return answer


def dripping(kind: str = HTML) -> Answer:
    """A byte now and then, for ever."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, {"Content-Length": "100000", "Content-Type": kind})
        while not exchange.closing.wait(0.05):
            exchange.wfile.write(b"x")

    return answer


def silent() -> Answer:
    """Nothing at all until the site closes."""

    def answer(exchange: Exchange) -> None:
        exchange.closing.wait()

    return answer


def reset() -> Answer:
    """The connection is reset."""

    def answer(exchange: Exchange) -> None:
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange.rfile.close()
        exchange.connection.close()

    return answer


def huge(mib: int, *, announced: bool) -> Answer:
    """A page of that many MiB, made while it is sent; its length is `announced` or not."""
    begin = b"<html><body><p>Hublot</p>"

    def answer(exchange: Exchange) -> None:
        length = {"Content-Length": str(mib * MIB)} if announced else {}
        exchange.start(200, {"Content-Type": HTML, **length})
        exchange.wfile.write(begin + b"x" * (MIB - len(begin)))
        for block in repeat(b"x" * MIB, mib - 1):
            exchange.wfile.write(block)

    return answer


def gzip_bomb(mib: int) -> Answer:
    """A page that becomes that large when it is unpacked, and is a thousandth of it on the wire."""
    packed = gzip.compress(b"\0" * mib * MIB, 9)
    return lambda exchange: exchange.send(200, packed, Content_Type=HTML, Content_Encoding="gzip")


def in_turn(answers: Iterable[Answer]) -> Answer:
    """One answer after the other, and from the beginning again."""
    turn = cycle(answers)
    return lambda exchange: next(turn)(exchange)


def held(answer: Answer, until: threading.Event) -> Answer:
    """The answer, once the test lets it go."""

    def waiting(exchange: Exchange) -> None:
        while not until.wait(0.02) and not exchange.closing.is_set():
            pass
        answer(exchange)

    return waiting


def slowly(answer: Answer, seconds: float) -> Answer:
    """The answer after a while, so that requests that overlap are seen to."""

    def waiting(exchange: Exchange) -> None:
        exchange.closing.wait(seconds)
        answer(exchange)

    return waiting
