"""A round's way through the frontier: what waits is in the database, and little of it in memory."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from storage import pages
from storage.database import Database
from storage.model import Page

AT_A_TIME = 50  # pages of an outlet


@dataclass(slots=True)
class _Queue:
    """An outlet's waiting pages, in the order in which they were found; `after` is the last one that was looked up."""

    after: int = 0
    pages: deque[Page] = field(default_factory=deque)
    is_all: bool = False
    of_earlier_rounds: int = 0


class Frontier:
    """Gives each outlet's waiting pages one after the other, none twice in a round.

    First those that earlier rounds left, `most` of an outlet at most; then those that this round found and `awaits`.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], most: int, awaits: Callable[[int], bool]
    ) -> None:
        self._database = database
        self._now, self._most, self._awaits = now, most, awaits
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._outlets: frozenset[str] = frozenset()
        self._sources: frozenset[int] = frozenset()
        self._newest = 0

    def begin(self, outlets: Collection[str], sources: Collection[int] = ()) -> list[str]:
        """The outlets of pages that earlier rounds left: those of these outlets, and those named by these sources."""
        self._outlets, self._sources = frozenset(outlets), frozenset(sources)
        with self._database.read() as connection:
            self._newest = pages.newest(connection)
            return pages.outlets_waiting(connection, self._outlets, self._now(), self._sources)

    def has_grown(self, outlet: str) -> None:
        """This round found pages of the outlet."""
        self._queues[outlet].is_all = False

    def next_page(self, outlet: str) -> Page | None:
        """The outlet's next page, None when no more waits now."""
        queue = self._queues[outlet]
        while True:
            while queue.pages:
                page = queue.pages.popleft()
                if self._is_its_turn(page, queue):
                    return page
            if queue.is_all:
                return None
            self._look_up(outlet, queue)

    def _is_its_turn(self, page: Page, queue: _Queue) -> bool:
        if page.id > self._newest:
            return self._awaits(page.id)
        queue.of_earlier_rounds += 1
        return queue.of_earlier_rounds <= self._most

    def _look_up(self, outlet: str, queue: _Queue) -> None:
        if queue.of_earlier_rounds >= self._most:
            queue.after = max(queue.after, self._newest)
        sources = None if outlet in self._outlets else self._sources
        with self._database.read() as connection:
            found = pages.waiting_of(
                connection, outlet, self._now(), after=queue.after, most=AT_A_TIME, sources=sources, since=self._newest
            )
        queue.pages.extend(found)
        queue.is_all = len(found) < AT_A_TIME
        if found:
            queue.after = found[-1].id
