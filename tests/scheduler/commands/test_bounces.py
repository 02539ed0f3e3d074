"""`veilleur bounces` acts on what came back, once a message, and on nobody's word but the token's."""

import io
import mailbox
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.keys import signing_key
from alerts.tokens import Purpose, Tokens
from storage import addresses, subscribers
from storage.database import Database
from storage.model import EventKind
from tests.scheduler.commands.conftest import Veilleur
from tests.storage.builders import a_delivery
from tests.support.returned import away, complaint, plain, report, wish

READER = "anne@distributeur.example"
CONFIGURATION = f"""
[mail]
sender = "veilleur@fil.example"
bounces = "veilleur+b-{{token}}@fil.example"
[[subscribers]]
email = "{READER}"
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """Where what came back is handed in."""

    veilleur: Veilleur
    home: Path
    database: Database
    tokens: Tokens
    delivery: int

    def place(self, delivery: int | None = None) -> str:
        number = self.delivery if delivery is None else delivery
        return f"veilleur+b-{self.tokens.make(Purpose.BOUNCE, number, READER)}@fil.example"

    def hand_in(self, *messages: bytes) -> str:
        box = mailbox.mbox(self.home / "retours.mbox")
        for each in messages:
            box.add(each)
        box.close()
        ran = self.veilleur("bounces", "retours.mbox")
        assert ran.status == 0
        return ran.out + ran.err

    @property
    def reason(self) -> str | None:
        with self.database.read() as connection:
            return subscribers.suppressed(connection, READER)

    @property
    def events(self) -> list[EventKind]:
        with self.database.read() as connection:
            return [each.kind for each in addresses.events_of(connection, READER)]


@pytest.fixture
def counter(veilleur: Veilleur, home: Path, stored: Database) -> Counter:
    (home / "veilleur.toml").write_text(CONFIGURATION)
    tokens = Tokens(signing_key(home / "var" / "veilleur.key", {}))
    return Counter(veilleur, home, stored, tokens, a_delivery(stored, email=READER))


def test_a_hard_bounce_suppresses_and_is_on_record(counter: Counter) -> None:
    told = counter.hand_in(report(counter.place()))
    assert f"{READER}: suppressed  5.1.1 smtp; 550 no such user" in told
    assert (counter.reason, counter.events) == ("5.1.1 smtp; 550 no such user", [EventKind.HARD])


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (lambda to: report(to, "4.2.2", diagnosis="mailbox full"), EventKind.SOFT),
        (lambda to: report(to, "5.7.1", diagnosis="policy"), EventKind.SOFT),
        (lambda to: report(to, "5.1.8", diagnosis="bad sender"), EventKind.SOFT),
        (lambda to: report(to, "4.4.1", action="delayed"), EventKind.DELAYED),
        (lambda to: plain(to, "no reason given"), EventKind.SOFT),
        (lambda to: report(to, "5.2.1", diagnosis="disabled"), EventKind.SOFT),
    ],
)
def test_other_bounces_are_counted_and_suppress_nobody(
    counter: Counter, message: Callable[[str], bytes], kind: EventKind
) -> None:
    counter.hand_in(message(counter.place()))
    assert (counter.reason, counter.events) == (None, [kind])


def test_a_mailbox_is_believed_to_be_disabled_the_second_time(counter: Counter) -> None:
    later = a_delivery(counter.database, 2, READER)
    counter.hand_in(report(counter.place(), "5.2.1", number=1), report(counter.place(), "5.2.1", number=2))
    assert counter.reason is None
    counter.hand_in(report(counter.place(later), "5.2.1", number=3))
    assert counter.reason is not None


def test_a_mailbox_that_is_read_again_changes_nothing_even_after_the_suppression_was_lifted(counter: Counter) -> None:
    counter.hand_in(report(counter.place()))
    assert counter.veilleur("subscribers", "resume", READER).status == 0
    assert "1 known already" in counter.hand_in()
    assert (counter.reason, counter.events) == (None, [EventKind.HARD, EventKind.RESUMED])


def test_answers_are_no_bounces(counter: Counter) -> None:
    counter.hand_in(away(counter.place()), away(counter.place(), path="<anne@distributeur.example>", number=2))
    assert (counter.reason, counter.events) == (None, [])


def test_a_complaint_suppresses(counter: Counter) -> None:
    counter.hand_in(complaint(counter.place()))
    assert (counter.events, counter.reason) == ([EventKind.COMPLAINT], "marked as unwanted (RFC 5965)")


def test_forged_and_foreign_reports_change_nothing(counter: Counter) -> None:
    stranger = Tokens(b"z" * 32)
    forged = [stranger.make(Purpose.BOUNCE, counter.delivery, READER), counter.tokens.make(Purpose.LEAVE, 1, READER)]
    forged += [counter.tokens.make(Purpose.BOUNCE, counter.delivery, "autre@x.example"), "a" * 32]
    told = counter.hand_in(
        *(report(f"veilleur+b-{each}@fil.example", number=number) for number, each in enumerate(forged)),
        report("veilleur@autre.example", number=9),
        wish(f"unsubscribe {counter.tokens.make(Purpose.BOUNCE, 1, READER)}"),
    )
    assert "5 not from a mail of ours, 1 not for us" in told
    assert (counter.reason, counter.events) == (None, [])


def test_a_report_about_somebody_else_is_about_whom_the_mail_went_to(counter: Counter) -> None:
    counter.hand_in(report(counter.place(), about="directrice@victime.example"))
    with counter.database.read() as connection:
        assert list(addresses.suppressions(connection)) == [READER]


def test_a_mail_that_asks_to_leave_is_obeyed(counter: Counter) -> None:
    token = counter.tokens.make(Purpose.LEAVE, 1, READER)
    assert f"{READER}: unsubscribed" in counter.hand_in(wish(f"unsubscribe {token}"))
    assert (counter.reason, counter.events) == ("unsubscribed", [EventKind.UNSUBSCRIBED])


def test_what_cannot_be_read_is_told_and_skipped(counter: Counter) -> None:
    told = counter.hand_in(b"\x00\xff", report(counter.place()))
    assert "message 0: unreadable; skipped" in told
    assert counter.events == [EventKind.HARD]


def test_a_maildir_and_a_pipe_are_read_too(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    box = mailbox.Maildir(counter.home / "Maildir")
    box.add(report(counter.place(), "4.2.2", number=1))
    assert "1 counted" in counter.veilleur("bounces", "Maildir").out

    class Pipe(io.BytesIO):
        buffer = property(lambda self: self)

    monkeypatch.setattr("sys.stdin", Pipe(report(counter.place(), "4.2.2", number=2)))
    assert "1 counted" in counter.veilleur("bounces").out
    assert counter.events == [EventKind.SOFT] * 2
    assert '"soft_bounces": 2' in counter.veilleur("subscribers", "list", "--json").out


@pytest.mark.parametrize("place", ["nowhere.mbox", "var"])
def test_a_place_that_is_no_mailbox_is_named(counter: Counter, place: str) -> None:
    ran = counter.veilleur("bounces", place)
    assert ran.status == 1
    assert place in ran.err


def test_what_was_done_can_be_asked(counter: Counter) -> None:
    counter.hand_in(report(counter.place()))
    assert "5.1.1 smtp; 550 no such user" in counter.veilleur("subscribers", "list").out
    history = counter.veilleur("subscribers", "history", READER)
    assert "hard (report)  5.1.1" in history.out
    unknown = counter.veilleur("subscribers", "history", "nobody@x.example")
    assert (unknown.status, unknown.out) == (1, "")
    assert "nobody@x.example: nothing is on record" in unknown.err
    again = counter.veilleur("subscribers", "resume", READER)
    assert "is written to again" in again.out
    assert counter.veilleur("subscribers", "resume", READER).status == 1
