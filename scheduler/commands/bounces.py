"""`veilleur bounces`."""

import sys
from collections import Counter

from alerts.bounces import read_returned
from alerts.mailbox import PIPE, messages
from alerts.returns import Done, Handled, handle
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.jobs import Jobs
from scheduler.terminal import counted, err, out, plain, print_json

_QUIET = (Done.KNOWN, Done.FOREIGN, Done.REPLY)


def bounces(configuration: Configuration, place: str, *, as_json: bool) -> int:
    """Reads what came back and acts on it; a message that was read before changes nothing, so nothing is deleted."""
    if place == PIPE and sys.stdin.isatty():
        raise ConfigurationError("bounces: name an mbox file or a Maildir, or pipe a message in")
    counts: Counter[Done] = Counter()
    with opened_database(configuration) as database:
        tokens, now = Jobs(configuration, database).tokens, Jobs(configuration, database).now
        for name, raw in messages(place):
            returned = read_returned(raw, configuration.outward.bounces)
            with database.write() as connection:
                handled = handle(connection, tokens, returned, now())
            counts[handled.done] += 1
            _tell(name, handled, as_json=as_json)
    if not as_json:
        told = ", ".join(f"{count} {done}" for done, count in counts.items())
        out.print(plain(f"{counted(counts.total(), 'message', 'messages')}{told and ': '}{told}"))
    return 0


def _tell(name: str, handled: Handled, *, as_json: bool) -> None:
    if as_json:
        print_json({"message": name, "done": handled.done, "address": handled.address, "detail": handled.detail})
    elif handled.done in (Done.UNREADABLE, Done.FORGED):
        err.print(plain(f"{name}: {handled.done}; skipped. {handled.detail}".strip()))
    elif handled.done not in _QUIET:
        out.print(plain(f"{handled.address}: {handled.done}  {handled.detail}".rstrip()))
