"""Which pages are to be kept: what configuration and a round's order say, without what writes archives."""

from dataclasses import dataclass
from typing import Literal

Keep = Literal["mentions", "all", "none"]


@dataclass(frozen=True, slots=True)
class ArchiveOrder:
    """Which pages are kept, in which folder, and from how many bytes on a file is followed by another."""

    keep: Keep = "mentions"
    folder: str = "var/archive"
    file_bytes: int = 256 * 1024 * 1024


NOTHING = ArchiveOrder("none")
