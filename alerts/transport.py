"""What a try to hand a mail over can come to, and the two ways to hand it over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from alerts.outbox import write_mail


class Result(StrEnum):
    """How a try ended. DOUBT: the server may have the mail; SERVER: the server, not this mail, is at fault."""

    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    SERVER = "server"
    DOUBT = "doubt"
    LOST_LEASE = "lost lease"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended; `phase` is how far it came when that was not up to the mail itself (connect, mail, rcpt).

    `text` is what the server said, whatever bytes it said it in: without halves of characters and NUL, which no
    database takes.
    """

    result: Result
    code: int | None = None
    text: str = ""
    phase: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode().replace("\0", ""))


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one recipient; `enter_data` is awaited right before the bytes go out, and may forbid it."""

    sender: str
    recipient: str
    message_id: str
    mime: bytes
    enter_data: Callable[[], Awaitable[bool]]


class Transport(Protocol):
    """A way to hand mails over, one after the other; several work side by side."""

    async def send(self, letter: Letter) -> Outcome: ...

    async def close(self) -> None: ...


class OutboxTransport:
    """Mails become files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter) -> Outcome:
        if not await letter.enter_data():
            return Outcome(Result.LOST_LEASE)
        name = letter.message_id.strip("<>").partition("@")[0]
        try:
            path = write_mail(self._folder, f"{letter.recipient[:100]}-{name}", letter.mime)
        except OSError as error:
            return Outcome(Result.SERVER, text=f"the outbox {self._folder} cannot be written: {error}")
        return Outcome(Result.SENT, text=str(path))

    async def close(self) -> None:
        pass
