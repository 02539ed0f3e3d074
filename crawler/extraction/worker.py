"""The process that reads pages: a page comes in, an article goes out, until the other end of standard input closes.

Run by crawler.extraction.extractor as `python -m crawler.extraction.worker MEMORY_MB`. It holds no secret and no
connection, may not write files, and ends with its parent.
"""

import contextlib
import logging
import resource
import signal
import socket
import sys
from typing import Any

from crawler.environment import die_with_parent
from crawler.errors import NoArticle, UnreadablePage
from crawler.extraction.order import PageToRead, article_message, receive, send
from crawler.extraction.page import extract, extract_plainly
from crawler.extraction.tree import PageTooMuch

SPARE = 5.0  # seconds after a page's limit, in which the parent may end this process first


def main() -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted command ends its worker itself
    logging.disable(logging.CRITICAL)
    _limit(int(sys.argv[1]))
    channel = socket.socket(fileno=0)
    send(channel, {"ready": True})
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            message, raw = receive(channel)
            _answer(channel, message, raw)


def _answer(channel: socket.socket, message: dict[str, Any], raw: bytes) -> None:
    plainly, seconds = bool(message.pop("plainly")), float(message.pop("seconds"))
    signal.setitimer(signal.ITIMER_REAL, seconds + SPARE)  # in case the parent is not there to end this process
    answer = _read(PageToRead(raw, **message), plainly=plainly)
    signal.setitimer(signal.ITIMER_REAL, 0)
    send(channel, answer)


def _read(page: PageToRead, *, plainly: bool) -> dict[str, Any]:
    """The answer about a page; one that breaks the usual path, or is too much for it, is read on the plain one."""
    why = ""
    try:
        if not plainly:
            try:
                return {"article": article_message(extract(page))}
            except PageTooMuch as error:
                why = str(error)
            except Exception as error:
                if isinstance(error, UnreadablePage):
                    raise
                why = f"its extraction failed: {error!r}"
        return {"article": article_message(extract_plainly(page)), "plainly": why}
    except UnreadablePage as error:
        return {"unreadable": str(error), "no article": isinstance(error, NoArticle)}
    except Exception as error:
        return {"failed": repr(error)[:500]}


def _limit(memory_mb: int) -> None:
    limits = {resource.RLIMIT_AS: memory_mb << 20, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for kind, limit in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit on the address space
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
