"""Long lists of values, in portions that one statement takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
A_STATEMENT = 10_000  # SQLite takes 32,766 values in a statement, PostgreSQL 65,535


def portions(values: Sequence[T], size: int = A_STATEMENT) -> Iterator[Sequence[T]]:
    """The values in their order, so many at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
