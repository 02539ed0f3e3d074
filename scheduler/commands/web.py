"""`veilleur web`."""

import signal
import threading

from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.jobs import Jobs
from scheduler.pages import started
from scheduler.terminal import err


def web(configuration: Configuration) -> int:
    """Serves the pages until it is told to stop; for where the daemon runs elsewhere."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with opened_database(configuration) as database:
        server = started(Jobs(configuration, database))
        ways = configuration.outward.web
        assert ways is not None
        err.print(f"{ways.public_url} is served at {ways.bind} port {server.port}")
        while server.is_running and not stopping.wait(1.0):
            pass
        server.stop()
    return 0 if stopping.is_set() else 1
