"""`veilleur deliveries retry`, `resend`, `hold` and `resume`."""

import getpass
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from scheduler.clock import utc_now
from scheduler.commands.opened import existing_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.holds import print_holds
from scheduler.terminal import counted, err, out, plain
from storage import deliveries, epoch, mailing, operating
from storage.model import Hold
from storage.operating import Demand, Refusal, Why

Act = Callable[[Connection, Sequence[int], Demand], list[Refusal]]
_REASONS = {
    Why.ABSENT: "there is no such delivery (`veilleur deliveries` lists them)",
    Why.UNDER_WAY: "it is being tried at this moment: see how that ends",
    Why.WAITING: "it was not sent yet: `deliveries retry` tries it now",
    Why.SENT: "it was sent: `deliveries resend` sends it once more",
    Why.IN_DOUBT: "it may have arrived: `deliveries resend` repeats it all the same",
    Why.TOLD: "a later digest tells its articles: `deliveries resend` sends it all the same",
    Why.FORGOTTEN: "its bytes are kept no more, 14 days after it was settled",
    Why.OVER: "it waits for nothing any more",
    Why.HELD: "it is held already",
    Why.NOT_HELD: "it is not held",
}


def retry(configuration: Configuration, ids: Sequence[int], *, everything: bool) -> int:
    """Tries deliveries now that certainly did not arrive."""
    _check(ids, everything)
    if not everything:
        return _act(configuration, operating.retry, ids, "{} will be tried {when}")
    with _ledger(configuration) as connection:
        count = operating.retry_all(connection, _demand())
        standing = _holds_of(connection)
    out.print(f"{counted(count, 'delivery', 'deliveries')} will be tried {_when(standing)}")
    print_holds(out, standing)
    return 0


def resend(configuration: Configuration, ids: Sequence[int]) -> int:
    """Sends the same bytes once more."""
    return _act(configuration, operating.resend, ids, "{} will be sent once more, with the same bytes")


def hold(configuration: Configuration, ids: Sequence[int], *, everything: bool) -> int:
    """Keeps deliveries back, or all mailing."""
    _check(ids, everything)
    if not everything:
        return _act(configuration, operating.hold, ids, "{} will wait for `veilleur deliveries resume`")
    with _ledger(configuration) as connection:
        is_new = operating.hold_all(connection, _demand())
    out.print("Nothing is mailed until `veilleur deliveries resume`" if is_new else "Mailing is on hold already")
    return 0


def resume(configuration: Configuration, ids: Sequence[int]) -> int:
    """Lets held deliveries go; without ids, everything that is held without a doubt."""
    if ids:
        return _act(configuration, operating.resume, ids, "{} will be tried {when}")
    with existing_database(configuration) as database:
        with database.write() as connection:
            lifted, count = operating.resume_all(connection, _demand())
        epoch.adopt(database, epoch.file_of(database, configuration.outward.key_file.parent))
    for each in lifted:
        what = "mailing" if each.route == mailing.EVERY_ROUTE else each.route
        out.print(f"{plain(what)} goes on; it was on hold: {plain(each.reason)}")
    if count:
        out.print(f"{counted(count, 'held delivery', 'held deliveries')} will be tried now")
    if not lifted and not count:
        out.print("Nothing was on hold")
    return 0


def _act(configuration: Configuration, act: Act, ids: Sequence[int], words: str) -> int:
    with _ledger(configuration) as connection:
        refused = act(connection, ids, _demand())
        done = [each for each in dict.fromkeys(ids) if each not in {one.delivery_id for one in refused}]
        standing = _holds_of(connection, done)
    for each in refused:
        err.print(f"[bold red]veilleur:[/] delivery {each.delivery_id}: {_reason(each)}", soft_wrap=True)
    if done:
        named = f"{'Delivery' if len(done) == 1 else 'Deliveries'} {', '.join(map(str, done))}"
        out.print(words.format(named, when=_when(standing)))
    print_holds(out, standing)
    return 1 if refused else 0


@contextmanager
def _ledger(configuration: Configuration) -> Iterator[Connection]:
    """To act on deliveries; an old backup is put on hold before."""
    with existing_database(configuration) as database:
        epoch.guard(database, epoch.file_of(database, configuration.outward.key_file.parent), utc_now())
        with database.write() as connection:
            yield connection


def _holds_of(connection: Connection, ids: Collection[int] | None = None) -> list[Hold]:
    """What keeps back those of the deliveries, or of all, that wait."""
    waiting = [each.recipient for each in deliveries.waiting(connection) if ids is None or each.id in ids]
    return [
        each
        for each in mailing.holds(connection)
        if any(mailing.is_held(mailing.route_of(one), [each]) for one in waiting)
    ]


def _when(standing: Sequence[Hold]) -> str:
    return "when mailing is on hold no more" if standing else "now"


def _reason(refusal: Refusal) -> str:
    if refusal.why is Why.SUPPRESSED:
        remedy = "`veilleur subscribers resume EMAIL` lifts that"
        return f"nothing is sent to its address ({plain(refusal.detail)}): {remedy}"
    return _REASONS[refusal.why]


def _check(ids: Sequence[int], everything: bool) -> None:
    if bool(ids) == everything:
        raise ConfigurationError("name deliveries by their ids, or write --all (`veilleur deliveries` lists them)")


def _demand() -> Demand:
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = "unknown"
    return Demand(who, utc_now())
