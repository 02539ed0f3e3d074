"""What hindered a request, in words for a person."""

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.errors import RefusedAddress

_WORDS = {
    "TimeoutError": "no answer in time",
    "DownloadTimeoutError": "no answer in time",
    "TCPTimedOutError": "no connection in time",
    "DNSLookupError": "the host's name is not known",
    "CannotResolveHostError": "the host's name is not known",
    "ConnectionRefusedError": "connection refused",
    "DownloadConnectionRefusedError": "connection refused",
    "ConnectError": "no connection",
    "ConnectionLost": "connection lost",
    "ResponseNeverReceived": "the connection broke before an answer",
    "ResponseFailed": "the answer broke off",
    "DownloadFailedError": "the answer broke off",
    "DownloadCancelledError": "larger than 10 MiB",
    "SSLError": "the certificate is not valid",
}


def status_of(failure: Failure) -> int | None:
    """The HTTP status, where there was one."""
    return failure.value.response.status if isinstance(failure.value, HttpError) else None


def reason(failure: Failure) -> str:
    """Why a request gave nothing."""
    error = failure.value
    if isinstance(error, HttpError):
        return f"HTTP {error.response.status}"
    if isinstance(error, (IgnoreRequest, RefusedAddress)):
        text = str(error) or "refused"
        return "redirected too often" if "max redirections" in text.lower() else text
    name = type(error).__name__
    for cause in (error, getattr(error, "__cause__", None), *getattr(error, "reasons", ())):
        value = getattr(cause, "value", cause)
        if isinstance(value, RefusedAddress):
            return f"refused: {value}"
    return _WORDS.get(name) or f"{name}: {error}"[:300]


def refuses_for_good(failure: Failure) -> bool:
    """Whether asking again makes no sense: the address, robots.txt or the server's answer forbids it."""
    status = status_of(failure)
    if status is not None:
        return status in (401, 402, 403, 451)
    text = reason(failure)
    return text.startswith(("refused:", "robots.txt disallows", "larger than"))
