"""Messages as they lie in a mailbox: an mbox, a Maildir, one in a file or from a pipe. Nothing is changed there."""

import mailbox
import sys
from collections.abc import Iterator
from pathlib import Path

from alerts.bounces import LARGEST
from alerts.errors import AlertsError

PIPE = "-"


class NoMailbox(AlertsError):
    """There are no messages to read there."""


def messages(place: str) -> Iterator[tuple[str, bytes]]:
    """Each message with a name for people, its bytes up to LARGEST. Raises NoMailbox."""
    if place == PIPE:
        yield "standard input", sys.stdin.buffer.read(LARGEST)
        return
    path = Path(place)
    try:
        if path.is_dir():
            yield from _maildir(path)
        else:
            with path.open("rb") as opened:
                begins = opened.read(LARGEST)
            if begins.startswith(b"From "):
                yield from _each(mailbox.mbox(path, create=False), path)
            else:
                yield str(path), begins
    except OSError as error:
        raise NoMailbox(f"{place}: cannot be read: {error.strerror}") from error


def _maildir(path: Path) -> Iterator[tuple[str, bytes]]:
    if not all((path / each).is_dir() for each in ("cur", "new")):
        raise NoMailbox(f"{path}: this folder is no Maildir: it has no cur and new")
    yield from _each(mailbox.Maildir(path, create=False), path)


def _each(box: mailbox.Mailbox[mailbox.Message], path: Path) -> Iterator[tuple[str, bytes]]:
    for key in sorted(box.keys()):
        try:
            yield f"{path}, message {key}", box.get_bytes(key)[:LARGEST]
        except KeyError:
            continue  # it was moved or deleted meanwhile
