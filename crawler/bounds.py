"""Downloads within bounds that Scrapy leaves open: a head of an answer that never ends fills no memory. And when
requests are sent, which is later than Scrapy begins them: a name is looked up first, and a connection made.

Twisted bounds each line of a head (16 KiB) and not their number; DOWNLOAD_MAXSIZE counts bodies only. What Scrapy's own
settings bound (size, time, redirects) is in crawler.settings.
"""

import time
from functools import partial
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import BODY, DONE
from twisted.web._newclient import Request as TxRequest
from twisted.web.iweb import IResponse

LARGEST_HEAD = 256 * 1024


class HeadTooLarge(Exception):
    """Status line and headers of an answer, 1xx answers before it included, are longer than LARGEST_HEAD."""


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    head = 0
    sent: dict[str, float]

    def request(self, request: TxRequest) -> "Deferred[IResponse]":
        self.head = 0
        for host in request.headers.getRawHeaders("Host", ()):
            self.sent[host] = time.monotonic()
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        parser = self._parser
        if parser is not None and parser.state not in (BODY, DONE):
            self.head += len(data)
            if self.head > LARGEST_HEAD + len(data):
                failure = Failure(HeadTooLarge(f"more than {LARGEST_HEAD >> 10} KiB of headers"))  # type: ignore[no-untyped-call]
                self._giveUp(failure)  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def __init__(self, sent: dict[str, float], *args: Any) -> None:
        super().__init__(*args)  # type: ignore[no-untyped-call]
        self._sent = sent

    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:
        protocol = _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
        protocol.sent = self._sent
        return protocol


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's handler for HTTP/1.1, giving up on heads that do not end; `sent` holds when each host got its latest
    request, in seconds of the monotonic clock."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.sent: dict[str, float] = {}
        self._pool._factory = partial(_BoundedFactory, self.sent)  # type: ignore[assignment]
