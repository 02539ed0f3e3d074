"""Logging, configured once: text for people, JSON lines for machines, never a secret."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from scheduler.outward import secrets_of

LogFormat = Literal["text", "json"]


class _WithoutSecrets(logging.StreamHandler[TextIO]):
    """Replaces every secret of the environment wherever it would be written, in a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        written = super().format(record)
        for secret in secrets_of():
            for spelling in (secret, json.dumps(secret, ensure_ascii=False)[1:-1]):
                written = written.replace(spelling, "***")
        return written


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
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(_JsonLines() if log_format == "json" else text)
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("asyncio", "htmldate", "urllib3", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for silent in ("trafilatura", "apscheduler", "apprise"):  # the daemon tells of its jobs itself
        logging.getLogger(silent).setLevel(logging.CRITICAL)
