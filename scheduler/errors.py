"""What ends a command with one clear sentence.

SchedulerError
├── ConfigurationError   the configuration or a command's words are wrong; exit status 2
└── AnotherDaemon        another process watches on the same database; exit status 1
"""

from collections.abc import Iterator
from contextlib import contextmanager


class SchedulerError(Exception):
    """A command cannot go on; the message says why, and what to do."""


class ConfigurationError(SchedulerError):
    """The configuration is wrong: the message names the file, the key, what was read and what is allowed."""


class AnotherDaemon(SchedulerError):
    """Another process holds the lock of the same database."""


@contextmanager
def reading() -> Iterator[None]:
    """A file that a command is to read and may not is a wrong word: raises ConfigurationError, which names it."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: cannot be read: {error.strerror}") from error
