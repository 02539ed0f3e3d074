"""What goes to the process that reads pages and what comes back, and how both travel."""

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crawler.outlets import USUAL_ZONE, Outlet
from matching.model import Article

LONGEST_ANSWER = 16 * 1024 * 1024
_SIZES = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class PageToRead:
    """A page's bytes with what is known of it.

    `body` and `exclude` are the outlet's selectors, XPath or CSS, of where its pages hold the article and of what in
    there is not the article. `titles` are the watched ones: where a text is too long, the places with them are kept.
    `zone` is the outlet's, for dates without one.
    """

    raw: bytes = field(repr=False)
    url: str
    content_type: str | None = None
    outlet: str | None = None
    body: Sequence[str] = ()
    exclude: Sequence[str] = ()
    titles: Sequence[str] = ()
    zone: str = USUAL_ZONE


def order_for(
    outlet: Outlet | None, raw: bytes, url: str, content_type: str | None = None, *, titles: Sequence[str] = ()
) -> PageToRead:
    """The page with all that its outlet's entry says of how to read it; None for a page of no outlet that is known."""
    if outlet is None:
        return PageToRead(raw, url, content_type, titles=titles)
    return PageToRead(raw, url, content_type, outlet.id, outlet.body, outlet.exclude, titles, outlet.zone)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says; `plainly` says why it was read on the plain path, "" where it was not."""

    article: Article
    plainly: str = ""


def send(channel: socket.socket, message: dict[str, Any], raw: bytes = b"") -> None:
    """Sends a message as JSON, and bytes after it."""
    written = json.dumps(message).encode()
    channel.sendall(_SIZES.pack(len(written), len(raw)) + written)
    channel.sendall(raw)


def receive(channel: socket.socket, largest: int | None = None) -> tuple[dict[str, Any], bytes]:
    """The next message and its bytes; EOFError when the other end is closed, ValueError for one above `largest`."""
    written, raw = _SIZES.unpack(_exactly(channel, _SIZES.size))
    if largest is not None and written + raw > largest:
        raise ValueError(f"a message of {written + raw} bytes")
    message = json.loads(_exactly(channel, written))
    if not isinstance(message, dict):
        raise ValueError("a message that is no object")
    return message, _exactly(channel, raw)


def page_message(page: PageToRead) -> dict[str, Any]:
    """Everything of a page but its bytes."""
    named = ("url", "content_type", "outlet", "body", "exclude", "titles", "zone")
    return {name: getattr(page, name) for name in named}


def article_message(article: Article) -> dict[str, Any]:
    plain = asdict(article)
    return plain | {name: plain[name] and plain[name].isoformat() for name in ("published", "modified")}


def article_from(message: dict[str, Any]) -> Article:
    dates = {name: datetime.fromisoformat(message[name]) for name in ("published", "modified") if message[name]}
    return Article(**message | dates | {"authors": tuple(message["authors"])})


def _exactly(channel: socket.socket, size: int) -> bytes:
    gathered = bytearray(size)
    view, place = memoryview(gathered), 0
    while place < size:
        count = channel.recv_into(view[place:])
        if count == 0:
            raise EOFError("the other end is closed")
        place += count
    return bytes(gathered)
