"""Weighing articles before it is their turn to be judged.

What an article is by itself is the larger half of a verdict, and does not depend on what is known of others; so it can
be had while an archive is still being read.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context

from crawler.environment import die_with_parent
from matching.judge import WEIGHED, Judge, Weighed
from matching.model import Article

NOTHING = Article("", "", "")
_judges: list[Judge] = []


class Weigher:
    """Weighs articles for judges: at once, or in a process beside this one, which reads on meanwhile."""

    def __init__(self, judges: Sequence[Judge], pool: ProcessPoolExecutor | None = None) -> None:
        self._judges, self._pool = judges, pool
        self._begun: list[tuple[Article, Future[list[Weighed]]]] = []
        self._count = 0

    def begin(self, article: Article) -> None:
        """Has the article weighed; after WEIGHED articles nothing, for the judges keep no more."""
        self._count += 1
        if self._count > WEIGHED:
            return
        if self._pool is None:
            for judge in self._judges:
                judge.weigh(article)
            return
        with suppress(BrokenProcessPool):  # killed from outside, or out of memory: judging does its work
            self._begun.append((article, self._pool.submit(_weigh, article)))

    def end(self) -> None:
        """Judging begins: what is weighed by now is known to the judges, and the rest is left to them."""
        for article, weighing in self._begun:
            if not weighing.cancel() and weighing.done() and weighing.exception() is None:
                for judge, weighed in zip(self._judges, weighing.result(), strict=True):
                    judge.keep(article, weighed)
        self._begun.clear()
        self._count = 0


@contextmanager
def weigher(judges: Sequence[Judge], *, beside: bool) -> Iterator[Weigher]:
    """A weigher for judges; with `beside` it has a process where the system can make one of this one at little cost.

    To be entered before any thread is started.
    """
    if not beside or sys.platform != "linux":
        yield Weigher(judges)
        return
    pool = ProcessPoolExecutor(1, get_context("fork"), initializer=_begin, initargs=(os.getpid(), judges))
    pool.submit(_weigh, NOTHING)  # makes the process
    try:
        yield Weigher(judges, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(parent: int, judges: Sequence[Judge]) -> None:
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted command ends its processes itself
    _judges.extend(judges)


def _weigh(article: Article) -> list[Weighed]:
    return [judge.weigh(article) for judge in _judges]
