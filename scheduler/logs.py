"""Logging, configured once: text for people, JSON lines for machines, never a secret."""

import json
import logging
import sys
from datetime import UTC, datetime
from textwrap import fill
from typing import Any, Literal, TextIO

from scheduler.environment import secrets_of
from scheduler.terminal import err, local

_WHOLE: Any = {"break_long_words": False, "break_on_hyphens": False, "subsequent_indent": "    "}
LogFormat = Literal["text", "json"]


class _WithoutSecrets(logging.StreamHandler[TextIO]):
    """Replaces every secret of the environment wherever it would be written, in a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        written = super().format(record)
        for secret in secrets_of():
            for spelling in (secret, json.dumps(secret, ensure_ascii=False)[1:-1]):
                written = written.replace(spelling, "***")
        return written


class _Lines(logging.Formatter):
    """Lines for people: the time with its offset, in the zone of all that is shown; whole words on a terminal."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return local(datetime.fromtimestamp(record.created, UTC)).isoformat(" ", "seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        if not sys.stderr.isatty():
            return line
        folded = (fill(each, err.width, **_WHOLE) for each in line.split("\n"))
        return "\n".join(folded)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(*, verbose: bool, log_format: LogFormat, quiet: bool = True) -> None:
    """Logs to standard error; `quiet` keeps what is only informative for --verbose."""
    handler = _WithoutSecrets(sys.stderr)
    text = _Lines("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(_JsonLines() if log_format == "json" else text)
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("asyncio", "htmldate", "urllib3", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for silent in ("trafilatura", "apscheduler", "apprise"):  # the daemon tells of its jobs itself
        logging.getLogger(silent).setLevel(logging.CRITICAL)
