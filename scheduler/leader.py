"""One daemon a database: a lock file beside a SQLite database, which the kernel releases when the process ends, or a
lock of the server's, which ends with the connection."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.errors import AnotherDaemon
from storage.database import Database, redacted


@contextmanager
def leadership(database: Database) -> Iterator[None]:
    """Holds the lead while the block runs; raises AnotherDaemon when another process has it."""
    if database.file is None:
        with database.lead() as leads:
            if not leads:
                place = redacted(database.url)
                raise AnotherDaemon(f"another Veilleur watches on {place}: stop it, or use another database")
            yield
        return
    path = database.file.with_name(database.file.name + ".lock")
    with _opened(path) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
            raise AnotherDaemon(
                f"another Veilleur (process {holder}) watches on {database.file}: stop it, or use another database"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
