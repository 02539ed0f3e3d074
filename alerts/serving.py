"""Serving the pages with uvicorn, in a thread and a loop of its own: whatever happens there delays no mail."""

import asyncio
import errno
import logging
import socket
import threading
from typing import Any

import uvicorn
from starlette.applications import Starlette

from alerts.errors import AlertsError

logger = logging.getLogger(__name__)

STARTING, STOPPING = 10.0, 5.0
MOST_REQUESTS = 64
LONGEST_HEAD = 16 * 1024


class CannotServe(AlertsError):
    """The pages' address cannot be listened on."""


class AlreadyServed(CannotServe):
    """Somebody listens on the pages' address."""


class PageServer:
    """Serves an application on an address until it is stopped."""

    def __init__(self, app: Starlette, bind: str, port: int) -> None:
        self._bind, self.port = bind, port
        self._server = uvicorn.Server(_settings(app))
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Listens from now on; CannotServe when somebody else does, or when the address is not this machine's."""
        listening = listen(self._bind, self.port)
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="pages", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answers what was asked, then ends."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOPPING)

    def _run(self, listening: socket.socket) -> None:
        try:
            asyncio.run(self._server.serve([listening]))
        except Exception:
            logger.exception("the pages are served no more")
        finally:
            listening.close()


def listen(bind: str, port: int) -> socket.socket:
    """A socket that listens there; AlreadyServed or CannotServe, with what to do, where none can."""
    listening = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((bind, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        said = f"web.bind {bind}, web.port {port}: {error.strerror}"
        if error.errno == errno.EADDRINUSE:
            remedy = "unless `veilleur run` or `veilleur web` serves there, name another web.port"
            raise AlreadyServed(f"{said}: {remedy}") from error
        raise CannotServe(f"{said}: name an address of this machine and a port that this user may open") from error
    return listening


def _settings(app: Starlette) -> uvicorn.Config:
    """Quiet, small and strict; no access log, since an address there is a right (a token)."""
    logging.getLogger("uvicorn.access").disabled = True  # access_log=False leaves a root logger's handlers to it
    limits: dict[str, Any] = {
        "limit_concurrency": MOST_REQUESTS,
        "timeout_keep_alive": 5,
        "timeout_graceful_shutdown": 3,
        "h11_max_incomplete_event_size": LONGEST_HEAD,
        "backlog": 128,
    }
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        **limits,
    )
