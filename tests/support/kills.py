"""Processes that are killed (SIGKILL, of themselves, so that nothing runs any more) at a chosen moment of their work on
the database. Nothing of this is in the product: the process hooks SQLAlchemy before the work begins.

A moment is after a statement that writes ("after INSERT delivery"), or before or after a commit ("before the commit of
UPDATE delivery, INSERT delivery_attempt").
"""

import multiprocessing
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import get_ident
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

PROCESSES = multiprocessing.get_context("forkserver")  # forks of a process without threads and without open databases
PROCESSES.set_forkserver_preload(["__main__", "tests.support.kills", "scheduler.jobs", "crawler.job"])
WRITES = ("INSERT", "UPDATE", "DELETE")


def killed_at(moment: int | str, work: Callable[..., object], *given: object) -> str | None:
    """Does the work in a process of its own and kills it at that moment: the moment of that number, or the first whose
    words begin so. What the moment was; None when the work ended before. The work is a module's function."""
    reading, writing = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_work, args=(writing, moment, work, given))
    process.start()
    writing.close()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), f"the process ended with {process.exitcode}"
    return str(reading.recv()) if process.exitcode else None


@contextmanager
def halted_at(moment: int | str, work: Callable[..., object], *given: object) -> Iterator[BaseProcess]:
    """The process of the work while it is stopped (SIGSTOP) at that moment; it goes on when the test sends SIGCONT."""
    reading, writing = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_work, args=(writing, moment, work, given, signal.SIGSTOP))
    process.start()
    try:
        assert reading.poll(30), "the moment did not come"
        while _state(process) != "T":
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.join()


def _state(process: BaseProcess) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def _work(
    told: Any,
    moment: int | str,
    work: Callable[..., object],
    given: tuple[object, ...],
    number: signal.Signals = signal.SIGKILL,
) -> None:
    die_at(moment, told.send, number)
    work(*given)


def die_at(moment: int | str, tell: Callable[[str], object], by: signal.Signals = signal.SIGKILL) -> None:
    """Kills this process at that moment, or stops it there."""
    passed = count()

    def pass_by(what: str) -> None:
        number = next(passed)
        if number == moment or (isinstance(moment, str) and what.startswith(moment)):
            tell(what)
            os.kill(os.getpid(), by)

    _watch(pass_by)


def _watch(pass_by: Callable[[str], None]) -> None:
    """Calls `pass_by` at every moment of this process, with words that say which."""
    written = defaultdict[int, dict[str, None]](dict)  # by thread, since its last commit

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(WRITES) and (cursor.rowcount or "RETURNING" in statement):  # not yet counted then
            verb, *rest = statement.split(maxsplit=3)
            what = f"{verb} {rest[0] if verb == 'UPDATE' else rest[1]}"
            written[get_ident()][what] = None
            pass_by(f"after {what}")

    def commit(dialect: DefaultDialect, connection: Any) -> None:
        what = ", ".join(written.pop(get_ident(), {}))
        if what:
            pass_by(f"before the commit of {what}")
        committed(dialect, connection)
        if what:
            pass_by(f"after the commit of {what}")

    committed: Any = DefaultDialect.do_commit
    DefaultDialect.do_commit = commit  # type: ignore[method-assign]
    event.listen(Engine, "after_cursor_execute", executed)
