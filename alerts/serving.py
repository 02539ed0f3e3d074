"""Serving the pages with uvicorn, in a thread and a loop of its own: whatever happens there delays no mail."""

import asyncio
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
        listening = self._listen()
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="pages", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answers what was asked, then ends."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOPPING)

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._bind else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._bind, self.port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            raise CannotServe(f"web.bind {self._bind}, web.port {self.port}: {error.strerror}") from error
        return listening

    def _run(self, listening: socket.socket) -> None:
        try:
            asyncio.run(self._server.serve([listening]))
        except Exception:
            logger.exception("the pages are served no more")
        finally:
            listening.close()


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
