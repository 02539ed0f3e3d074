"""Several processes that sift web archives side by side, with the result of one; one process does so by threads.

Where the records of a file begin is only known once everything before is read. So an archive is cut at equal distances,
the first record of each stretch is guessed, and the guess is believed only when the stretch before ends exactly there;
otherwise that stretch is sifted once more from where it does begin.
"""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from crawler.archives.sifting import Extraction, Sieve, Sifted, Stretch
from crawler.environment import child_environment, die_with_parent
from crawler.errors import UnreadableArchive
from crawler.job import TopicSource
from crawler.outlets import Outlet
from matching.topic import watched_titles

LONGEST_STRETCH = 4 * 1024 * 1024  # bytes of an archive: some hundred pages, or thousands of small ones
SHORTEST_STRETCH = 256 * 1024  # shorter ones cost more than they give
SHARES = 8  # of what is left of an archive, for each process or thread: what it is to do before anything is committed
AHEAD = 2  # stretches a process or thread that may wait for those before them
THREADS = 2  # of a process alone: most of a page's time goes to what several threads can do at once
Sift = Callable[[Iterable[tuple[Path, int]]], Iterator[Sifted]]
Begin = Callable[[Stretch], Callable[[], Sifted]]

_sieve: Sieve | None = None


@contextmanager
def crew(
    topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...], processes: int, stretch: int | None = None
) -> Iterator[Sift]:
    """Gives a function that sifts archives, each from an offset on, and yields their stretches in order.

    `stretch` is their length in bytes; without it, each file's is chosen by what is left of it.
    """
    workers = processes if processes > 1 else min(THREADS, _cores())
    with (_processes if processes > 1 else _threads)(topics, outlets, workers) as begin:
        yield lambda files: _in_order(begin, _stretches(files, workers, stretch), workers * AHEAD)


def stretch_length(left: int, workers: int) -> int:
    """How many bytes of an archive are read at a time, of which so many are left: few enough that all workers have
    some, and that what a kill costs is a small part of the whole."""
    return min(LONGEST_STRETCH, max(SHORTEST_STRETCH, left // (workers * SHARES)))


def _cores() -> int:
    """How many cores this process may use; macOS does not tell, but how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _threads(topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...], threads: int) -> Iterator[Begin]:
    sieve, extraction = _made(topics, outlets)
    pool = ThreadPoolExecutor(threads, "sieve")

    def begin(stretch: Stretch) -> Callable[[], Sifted]:
        reading = pool.submit(sieve.sift, stretch)
        return lambda: reading.result().result()

    try:
        yield begin
    finally:
        extraction.close()  # first: threads that wait for it end with it
        pool.shutdown(cancel_futures=True)


@contextmanager
def _processes(topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...], processes: int) -> Iterator[Begin]:
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(os.getpid(), topics, outlets)
    )
    try:
        yield lambda stretch: pool.submit(_sift, stretch).result
    except BrokenProcessPool as error:
        raise UnreadableArchive("a process that read the archives died (killed, or out of memory)") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(begin: Begin, stretches: Iterable[Stretch], most: int) -> Iterator[Sifted]:
    """The stretches as they are in their files; `most` are under way at once."""
    waiting: deque[Callable[[], Sifted]] = deque()
    expected: int | None = None
    for stretch in stretches:
        waiting.append(begin(stretch))
        if len(waiting) >= most:
            expected = yield from _checked(begin, waiting.popleft()(), expected)
    while waiting:
        expected = yield from _checked(begin, waiting.popleft()(), expected)


def _checked(begin: Begin, sifted: Sifted, expected: int | None) -> Generator[Sifted, None, int | None]:
    """Yields the stretch as it is in the file; returns where the next record of that file begins."""
    stretch = sifted.stretch
    if stretch.is_guess:
        if expected is None or expected >= stretch.end:  # the stretch before has read it all
            return expected
        if sifted.first != expected:
            sifted = begin(Stretch(stretch.file, expected, stretch.end))()
    yield sifted
    return sifted.following


def _stretches(files: Iterable[tuple[Path, int]], workers: int, length: int | None) -> Iterator[Stretch]:
    for file, start in files:
        size = file.stat().st_size
        step = length or stretch_length(size - start, workers)
        cut = _cut_after(start, step)
        yield Stretch(file, start, cut)
        for at in range(cut, size, step):
            yield Stretch(file, at, at + step, is_guess=True)


def _cut_after(offset: int, length: int) -> int:
    return (offset // length + 1) * length


def _made(topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...]) -> tuple[Sieve, Extraction]:
    parsed = tuple(topic.parse() for topic in topics)
    extraction = Extraction(watched_titles(parsed))
    return Sieve(parsed, outlets, extraction), extraction


def _begin(parent: int, topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...]) -> None:
    global _sieve
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted command ends its processes itself
    for name in os.environ.keys() - child_environment().keys():
        del os.environ[name]
    _sieve, _ = _made(topics, outlets)  # whose extraction ends with this process
    gc.freeze()  # what is imported stays to the end: the collector need not look through it again and again


def _sift(stretch: Stretch) -> Sifted:
    assert _sieve is not None
    return _sieve.sift(stretch).result()
