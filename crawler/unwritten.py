"""Outcomes that share a commit: a page without a mention is nine of ten, and each commit waits for the disk."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from crawler.items import FetchedPage
from storage.errors import DatabaseUnavailable

MOST_UNWRITTEN = 100
LONGEST_UNWRITTEN = 1.0  # seconds


class Unwritten:
    """Gathers pages and has them written together: when they are many, or all that is awaited, or after a second.

    What a crash keeps from being written is fetched again.
    """

    def __init__(self, write: Callable[[list[FetchedPage]], None], awaited: Callable[[], int]) -> None:
        self._write, self._awaited = write, awaited
        self._pages: list[FetchedPage] = []

    def add(self, page: FetchedPage) -> None:
        if not self._pages:
            with suppress(RuntimeError):  # no loop runs where a ledger is used by itself
                asyncio.get_running_loop().call_later(LONGEST_UNWRITTEN, self.write_all)
        self._pages.append(page)
        self.write_if_enough()

    def write_if_enough(self) -> None:
        """Raises DatabaseUnavailable."""
        if self._pages and len(self._pages) >= min(MOST_UNWRITTEN, self._awaited()):
            self._write_all()

    def write_all(self) -> None:
        """Writes what waits; that the database fails is told by who writes."""
        with suppress(DatabaseUnavailable):
            self._write_all()

    def _write_all(self) -> None:
        pages, self._pages = self._pages, []
        if pages:
            self._write(pages)
