"""What hindered a request, in words for a person."""

import re

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.reservations import RESERVED
from crawler.resolver import private_hosts

_WORDS = {
    "TimeoutError": "no answer in time",
    "DownloadTimeoutError": "no answer in time",
    "TCPTimedOutError": "no connection in time",
    "ConnectionRefusedError": "connection refused",
    "DownloadConnectionRefusedError": "connection refused",
    "ConnectError": "no connection",
    "ConnectionLost": "connection lost",
    "ResponseNeverReceived": "the connection broke before an answer",
    "ResponseFailed": "the answer broke off",
    "DownloadFailedError": "the answer broke off",
    "DownloadCancelledError": "larger than 10 MiB",
}
_UNRESOLVED = ("DNSLookupError", "CannotResolveHostError")
_HOST = "the host's "
_NAME = re.compile(r"hostname lookup: (.+?)\.?$")
_AWAY = (_HOST, "no connection", "connection refused", "the certificate", "robots.txt cannot be had")

HINDRANCES = {
    "no answer in time": "timeout",
    "no connection in time": "timeout",
    "connection refused": "connection",
    "no connection": "connection",
    "connection lost": "broken",
    "the connection broke before an answer": "broken",
    "the answer broke off": "broken",
    _WORDS["DownloadCancelledError"]: "too_large",
    "redirected too often": "redirects",
    "the certificate is not valid": "certificate",
}


def status_of(failure: Failure) -> int | None:
    """The HTTP status, where there was one."""
    return failure.value.response.status if isinstance(failure.value, HttpError) else None


def reason(failure: Failure) -> str:
    """Why a request gave nothing."""
    return words_for(failure.value) if failure.value is not None else "no answer"


def words_for(error: BaseException) -> str:
    """The same, for an error that was caught."""
    if isinstance(error, HttpError):
        return f"HTTP {error.response.status}"
    if isinstance(error, IgnoreRequest):
        text = str(error) or "refused"
        if "DOWNLOAD_MAXSIZE" in text:  # what scrapy.downloadermiddlewares.httpcompression says of a bomb
            return _WORDS["DownloadCancelledError"]
        return "redirected too often" if "max redirections" in text.lower() else text
    if "HeadTooLarge" in repr(error):  # wrapped in ResponseFailed, and that in Scrapy's own
        return "its headers do not end"
    if "certificate verify failed" in str(error):
        return "the certificate is not valid"
    name = type(error).__name__
    if name in _UNRESOLVED:
        return _HOST + _unresolved(str(error))
    return _WORDS.get(name) or f"{name}: {error}"[:300]


def _unresolved(error: str) -> str:
    """What keeps a host from being connected to, by what Twisted and Scrapy say of its name."""
    named = _NAME.search(error)
    address = private_hosts.get(named[1]) if named else None
    if address is None:
        return "name is not known: it may be mistyped, or there is no network here"
    return f"address {address} is in a private network: name that in crawl.allow_networks"


def is_away(failure: Failure) -> bool:
    """Whether the outlet itself cannot be reached, so that nothing is said about the page that was asked for."""
    return reason(failure).startswith(_AWAY)


def hindrance(failure: Failure) -> str:
    """The same in one word, of which every language of digests has a translation."""
    if status_of(failure) is not None:
        return "http"
    text = reason(failure)
    if text.startswith("robots.txt"):
        return "robots"
    if text.startswith("refused"):
        return "refused"
    if text.startswith("left alone"):
        return "busy"
    if text.startswith(_HOST):
        return "host"
    return HINDRANCES.get(text, "other")


def refuses_for_good(failure: Failure) -> bool:
    """Whether asking again makes no sense: the address, robots.txt or the server's answer forbids it."""
    status = status_of(failure)
    if status is not None:
        return status in (401, 402, 403, 451)
    text = reason(failure)
    return text.startswith(("refused:", "robots.txt disallows", "larger than", RESERVED))


def is_reserved(failure: Failure) -> bool:
    """Whether the page's outlet reserves text and data mining."""
    return reason(failure).startswith(RESERVED)
