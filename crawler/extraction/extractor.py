"""Reading pages where it can be killed: in a process of its own, with limits of time and memory a page.

A page that ends or hangs that process is read once more on the plain path, by a fresh process with the same limits.
This module parses nothing itself and imports no parser.
"""

import contextlib
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from crawler.environment import child_environment
from crawler.errors import DeadlyPage, ExtractionUnavailable, NoArticle, UnreadablePage
from crawler.extraction.order import (
    LONGEST_ANSWER,
    PageToRead,
    Reading,
    article_from,
    page_message,
    receive,
    send,
)

logger = logging.getLogger(__name__)

LONGEST_START = 30.0
MOST_LOST = 2


class _Lost(Exception):
    """The process was lost over a page; the message says how."""


class Extractor:
    """One process that reads pages, started with the first page and again whenever a page ends it.

    `seconds` and `memory_mb` are a page's limits. An outlet of which MOST_LOST pages were too much is read on the plain
    path from then on, so that it does not hold up the others. Safe to share between threads; they wait for each other.
    """

    def __init__(self, *, seconds: float = 20.0, memory_mb: int = 512) -> None:
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._lost: Counter[str] = Counter()

    def read(self, page: PageToRead) -> Reading:
        """What the page says; raises UnreadablePage, its kinds NoArticle and DeadlyPage, and
        ExtractionUnavailable."""
        owner = page.outlet or urlsplit(page.url).netloc
        with self._lock:
            why = f"{MOST_LOST} pages of {owner} were too much" if self._lost[owner] >= MOST_LOST else ""
            if not why:
                try:
                    return self._asked(page, plainly="")
                except _Lost as error:
                    self._lost[owner] += 1
                    why = str(error)
                    logger.warning("%s: its extraction %s; it is read on the plain path", page.url, why)
            try:
                return self._asked(page, plainly=why)
            except _Lost as error:
                raise DeadlyPage(f"reading it {why}, and on the plain path it {error}") from error

    def close(self) -> None:
        """Ends the process; a later page starts another."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, page: PageToRead, *, plainly: str) -> Reading:
        if self._worker is None or self._worker.has_ended:
            self._worker = _Worker(self.memory_mb)
        try:
            answer = self._worker.ask(page, self.seconds, plainly=bool(plainly))
        except BaseException:
            self._end()
            raise
        if "unreadable" in answer:
            raise (NoArticle if answer["no article"] else UnreadablePage)(answer["unreadable"])
        if "failed" in answer:
            raise UnreadablePage(f"extraction failed: {answer['failed']}")
        return Reading(article_from(answer["article"]), plainly or answer.get("plainly", ""))

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _Worker:
    """The process and the channel to it."""

    def __init__(self, memory_mb: int) -> None:
        self._channel, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _started(theirs, memory_mb)
        except OSError as error:  # no memory, no further process
            self._channel.close()
            raise _unavailable(error) from error
        self._channel.settimeout(LONGEST_START)
        try:
            receive(self._channel, LONGEST_ANSWER)
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise _unavailable(error) from error
        self._channel.settimeout(None)  # a page's clock ends the process, and with it the waiting

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, page: PageToRead, seconds: float, *, plainly: bool) -> dict[str, Any]:
        """The answer about a page; _Lost when there is none in time or ever."""
        order = page_message(page) | {"plainly": plainly, "seconds": seconds}
        alarm = threading.Timer(seconds, self._process.kill)
        started = time.monotonic()  # before the alarm is set, which is late then by its own clock too
        alarm.start()
        try:
            send(self._channel, order, page.raw)
            answer, _ = receive(self._channel, LONGEST_ANSWER)
            return answer
        except (OSError, EOFError, ValueError, RecursionError) as error:
            raise _Lost(self._how(error, time.monotonic() - started >= seconds)) from error
        finally:
            alarm.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _how(self, error: Exception, was_late: bool) -> str:
        if was_late:
            return "took too long"
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(1.0)
            return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return f"gave no answer: {error!r}"


def _started(channel: socket.socket, memory_mb: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.extraction.worker", str(memory_mb)],
        stdin=channel.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
    )


def _unavailable(error: Exception) -> ExtractionUnavailable:
    return ExtractionUnavailable(f"the process that reads pages does not start: {error!r}")
