"""Several processes that sift web archives side by side, with the result of one.

Where the records of a file begin is only known once everything before is read. So an archive is cut at equal distances,
each process guesses the first record of its stretch, and the guess is believed only when the stretch before ends
exactly there; otherwise that stretch is sifted once more from where it does begin.
"""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from crawler.archives.sifting import Sieve, Sifted, Sifting, Stretch
from crawler.environment import child_environment, die_with_parent
from crawler.errors import UnreadableArchive
from crawler.job import TopicSource
from crawler.outlets import Outlet

STRETCH = 4 * 1024 * 1024  # bytes of an archive: some hundred pages
LONGER = 8  # times such a stretch for a process alone, which reads nothing ahead across its end
AHEAD = 2  # stretches a process that may wait for those before them
Sift = Callable[[Iterable[tuple[Path, int]]], Iterator[Sifted]]

_sieve: Sieve | None = None


@contextmanager
def crew(
    topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...], processes: int, stretch: int = STRETCH
) -> Iterator[Sift]:
    """Gives a function that sifts archives, each from an offset on, and yields their stretches in order."""
    if processes == 1:
        with Sieve(topics, outlets, is_ahead=True) as sieve:
            yield lambda files: _alone(sieve, files, stretch * LONGER)
        return
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(topics, outlets)
    )
    try:
        yield lambda files: _together(pool, files, stretch, processes * AHEAD)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(sieve: Sieve, files: Iterable[tuple[Path, int]], length: int) -> Iterator[Sifted]:
    """Each stretch once the next one of its file is read: extraction of the one goes on meanwhile."""
    for file, start in files:
        before: Sifting | None = None
        at: int | None = start
        while at is not None:
            begun = sieve.begin(Stretch(file, at, _cut_after(at, length)))
            if before is not None:
                yield before.result()
            before, at = begun, begun.following
        if before is not None:
            yield before.result()


def _together(pool: ProcessPoolExecutor, files: Iterable[tuple[Path, int]], length: int, most: int) -> Iterator[Sifted]:
    waiting: deque[Future[Sifted]] = deque()
    expected: int | None = None
    try:
        for stretch in _stretches(files, length):
            waiting.append(pool.submit(_sift, stretch))
            if len(waiting) >= most:
                expected = yield from _checked(pool, waiting.popleft().result(), expected)
        while waiting:
            expected = yield from _checked(pool, waiting.popleft().result(), expected)
    except BrokenProcessPool as error:
        raise UnreadableArchive("a process that read the archives died (killed, or out of memory)") from error


def _checked(pool: ProcessPoolExecutor, sifted: Sifted, expected: int | None) -> Generator[Sifted, None, int | None]:
    """Yields the stretch as it is in the file; returns where the next record of that file begins."""
    stretch = sifted.stretch
    if stretch.is_guess:
        if expected is None or expected >= stretch.end:  # the stretch before has read it all
            return expected
        if sifted.first != expected:
            sifted = pool.submit(_sift, Stretch(stretch.file, expected, stretch.end)).result()
    yield sifted
    return sifted.following


def _stretches(files: Iterable[tuple[Path, int]], length: int) -> Iterator[Stretch]:
    for file, start in files:
        cut = _cut_after(start, length)
        yield Stretch(file, start, cut)
        for at in range(cut, file.stat().st_size, length):
            yield Stretch(file, at, at + length, is_guess=True)


def _cut_after(offset: int, length: int) -> int:
    return (offset // length + 1) * length


def _begin(topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...]) -> None:
    global _sieve
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted command ends its processes itself
    for name in os.environ.keys() - child_environment().keys():
        del os.environ[name]
    _sieve = Sieve(topics, outlets)
    gc.freeze()  # what is imported stays to the end: the collector need not look through it again and again


def _sift(stretch: Stretch) -> Sifted:
    assert _sieve is not None
    return _sieve.sift(stretch)
