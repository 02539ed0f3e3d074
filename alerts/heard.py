"""What became of one HTTP request that a library made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """One request's fate: a status, or why there is none. `words` hold no address: it may be a secret."""

    words: str
    status: int | None = None
    is_doubtful: bool = False
