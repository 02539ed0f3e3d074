"""What became of the HTTP requests that a library makes with `requests` and then keeps to itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import requests
from requests.exceptions import ConnectionError, ConnectTimeout, InvalidURL, ProxyError, RequestException, SSLError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from alerts.heard import Heard

_HEARD: ContextVar[list[Heard] | None] = ContextVar("heard", default=None)


@contextmanager
def listening() -> Iterator[list[Heard]]:
    """The fates of the requests that this thread makes in the block, in order."""
    _listen()
    heard: list[Heard] = []
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


@cache
def _listen() -> None:
    """Takes note in the one place that every request passes; requests has no hook for those that fail."""
    send = requests.Session.send

    def send_and_note(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:
        heard = _HEARD.get()
        try:
            response = send(session, request, **options)
        except RequestException as error:
            if heard is not None:
                heard.append(Heard(_words(error), is_doubtful=not _was_never_sent(error)))
            raise
        if heard is not None:
            heard.append(Heard(f"HTTP {response.status_code}", response.status_code))
        return response

    setattr(requests.Session, "send", send_and_note)  # noqa: B010


def _was_never_sent(error: RequestException) -> bool:
    """Whether the request failed before its first byte went out: no name, no connection, no TLS."""
    if isinstance(error, ConnectTimeout | SSLError | ProxyError | InvalidURL):
        return True
    cause = error.args[0] if isinstance(error, ConnectionError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)


def _words(error: RequestException) -> str:
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return type(reason or error).__name__
