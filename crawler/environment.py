"""What surrounds a child process that reads what strangers wrote: no secret, the parent's import path and its end, a
bound on its memory."""

import contextlib
import ctypes
import os
import resource
import signal
import sys

MEMORY_MB = 2048  # of a process that fetches
_PARENT = "VEILLEUR_PARENT"  # the name by which a child is told whose it is
_PR_SET_PDEATHSIG = 1
_SECRETS = ("PASSWORD", "SECRET", "TOKEN", "VEILLEUR_KEY", "VEILLEUR_CHANNEL_")


def child_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not any(mark in name.upper() for mark in _SECRETS)}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), _PARENT: str(os.getpid())}


def die_with_parent(parent: int | None = None) -> None:
    """Ends this process when its parent ends, however that ends; where the system knows how (Linux, prctl(2)).

    `parent` is its number, unless child_environment() told it: a parent that ended before this is called is noticed by
    being another one, and this process then ends at once.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    expected = parent or int(os.environ.get(_PARENT, 0))
    if expected and os.getppid() != expected:
        os._exit(1)


def bound_memory(megabytes: int = MEMORY_MB) -> None:
    """This process has so many MiB of addresses: what would take more of them fails with MemoryError."""
    limit = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
