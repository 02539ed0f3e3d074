"""Logging, configured once: text for people, JSON lines for machines, never a secret."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Literal

from scheduler.config import PASSWORD_VARIABLE

LogFormat = Literal["text", "json"]


class _WithoutSecrets(logging.Filter):
    """Replaces the mail server's password wherever it would be written."""

    def filter(self, record: logging.LogRecord) -> bool:
        secret = os.environ.get(PASSWORD_VARIABLE)
        if secret and secret in (message := record.getMessage()):
            record.msg, record.args = message.replace(secret, "***"), None
        return True


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
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithoutSecrets())
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(_JsonLines() if log_format == "json" else text)
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("apscheduler", "asyncio", "trafilatura", "htmldate", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
