"""What a source's pages turn out to be: a few of a round are looked at, more while none of them is an article."""

from collections import Counter
from collections.abc import Callable, Sequence

from crawler.health import ARTICLE, SAMPLES
from crawler.walls import OF_THE_SITE, hides
from storage.model import Page

FEWEST = 3  # pages of a source in a round
MOST = 10


class Samples:
    """`remembered` gives what the latest pages of a source were in earlier rounds."""

    def __init__(self, remembered: Callable[[int], Sequence[str]]) -> None:
        self.taken: dict[int, list[str]] = {}
        self._remembered = remembered
        self._before: dict[int, Sequence[str]] = {}

    def take(self, page: Page, look: Callable[[], str]) -> str | None:
        """Looks at the page, unless the round has enough samples of its source's; what it is.

        One that is tried again is looked at and is no further sample, or a single page would count as many; unless it
        is an article now, which shows that its source is well again.
        """
        if page.source_id is None:
            return None
        taken, is_new = self.taken.setdefault(page.source_id, []), page.attempts == 0
        if is_new and len(taken) >= (FEWEST if ARTICLE in taken else MOST):
            return None
        kind = look()
        if is_new or (kind == ARTICLE and ARTICLE not in taken):
            taken.append(kind)
        return kind

    def wall(self, page: Page, body: bytes, kind: str | None) -> str | None:
        """What stands where the page's article should, so that it is to be tried again; `kind` is what it is, None when
        it was not looked at: then it is taken for what its source's others were.

        A log-in, a "not found" and nothing at all may well be all that there is of one page: they are a wall of the
        site's only where its source's latest samples were no articles either.
        """
        if page.source_id is None:
            return None
        kind = kind or self._of_most(page.source_id)
        if kind is None:
            return None
        is_wall = kind in OF_THE_SITE or (hides(kind, body) and self._is_doubted(page.source_id))
        return kind if is_wall else None

    def _of_most(self, source_id: int) -> str | None:
        """What most of the source's samples were, where none of many was an article."""
        taken = self.taken.get(source_id, [])
        if len(taken) < MOST or ARTICLE in taken:
            return None
        kind, times = Counter(taken).most_common(1)[0]
        return kind if 2 * times > len(taken) else None

    def _is_doubted(self, source_id: int) -> bool:
        if source_id not in self._before:
            self._before[source_id] = self._remembered(source_id)
        return ARTICLE not in (*self._before[source_id], *self.taken.get(source_id, ()))[-SAMPLES:]
