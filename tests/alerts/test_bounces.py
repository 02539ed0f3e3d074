"""What came back is read for what it is; who it is about is told by its token alone."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.bounces import Kind, read_returned
from alerts.tokens import Purpose, Tokens, claimed_number
from tests.support.returned import away, complaint, plain, report, wish

PLACE = "veilleur+b-{token}@fil.example"
TOKEN = Tokens(b"k" * 32).make(Purpose.BOUNCE, 7, "anne@distributeur.example")
TO = PLACE.replace("{token}", TOKEN)


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (report(TO), Kind.FAILED, "5.1.1"),
        (report(TO, "4.4.7", diagnosis="timed out"), Kind.FAILED, "4.4.7"),
        (report(TO, "4.4.1", action="delayed"), Kind.DELAYED, "4.4.1"),
        (report(TO, "2.0.0", action="delivered"), Kind.DELIVERED, ""),
        (report(TO, "", diagnosis="smtp; 550 5.2.1 disabled"), Kind.FAILED, "5.2.1"),
        (plain(TO, "550 5.1.1 <anne@distributeur.example>: no such user"), Kind.FAILED, "5.1.1"),
        (plain(TO, "Sorry, I was not able to deliver. It took 5.1.11 tries."), Kind.FAILED, "5.1.11"),
        (plain(TO, "Sorry, no mailbox here by that name."), Kind.FAILED, ""),
        (away(TO), Kind.REPLY, ""),
        (away(TO, path="<anne@distributeur.example>"), Kind.REPLY, ""),
        (complaint(TO), Kind.COMPLAINT, ""),
        (report(TO).replace(b"report-type=delivery-status", b"report-type=disposition-notification")
         .replace(b"message/delivery-status", b"message/disposition-notification"), Kind.REPLY, ""),
    ],
)  # fmt: skip
def test_a_message_is_taken_for_what_it_is(raw: bytes, kind: Kind, status: str) -> None:
    returned = read_returned(raw, PLACE)
    assert (returned.kind, returned.status, returned.token) == (kind, status, TOKEN)


def test_a_token_that_stands_in_the_body_only_is_none() -> None:
    stranger = report("quelqu-un@autre.example", about=TO, diagnosis=f"550 5.1.1 {TO} unsubscribe {TOKEN}")
    assert read_returned(stranger, PLACE).kind is Kind.OTHER


def test_without_an_address_for_bounces_nothing_is_one() -> None:
    assert read_returned(report(TO), None).kind is Kind.OTHER


def test_a_server_may_change_the_case_of_an_address() -> None:
    assert read_returned(report(TO.upper()), PLACE).token == TOKEN


@pytest.mark.parametrize(
    ("subject", "to"),
    [
        (f"unsubscribe {TOKEN}", "veilleur@fil.example"),
        (f"Unsubscribe {TOKEN.upper()}", "Veilleur <veilleur@fil.example>"),
        (f"=?utf-8?q?unsubscribe_{TOKEN}?=", "veilleur@fil.example"),
        ("", f"veilleur+u-{TOKEN}@fil.example"),
        ("je ne veux plus rien", f"veilleur+u-{TOKEN}@fil.example"),
    ],
)
def test_a_wish_to_leave_is_read_in_the_subject_or_in_the_address(subject: str, to: str) -> None:
    returned = read_returned(wish(subject, to), PLACE)
    assert (returned.kind, returned.token) == (Kind.LEAVE, TOKEN)


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "unsubscribe me", f"unsubscribe x{TOKEN}", f"{TOKEN}", "Re: Code 8"]
)
def test_a_wish_without_a_token_is_nobodys(subject: str) -> None:
    assert read_returned(wish(subject), PLACE).kind is Kind.OTHER


def test_a_message_that_comes_twice_is_the_same_by_its_own_id_or_by_its_bytes() -> None:
    first, again = report(TO), b"Received: from elsewhere\n" + report(TO)
    assert read_returned(first, PLACE).source == read_returned(again, PLACE).source
    assert read_returned(first, PLACE).source != read_returned(report(TO, number=2), PLACE).source
    nameless = first.replace(b"Message-ID", b"X-Id")
    assert read_returned(nameless, PLACE).source == read_returned(nameless, PLACE).source


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1500), st.booleans())
@example(b"", 0, False)
@example(b"\xff\xfe" * 100, 10, True)
def test_nothing_that_is_sent_here_can_make_reading_fail(noise: bytes, place: int, is_mixed: bool) -> None:
    raw = report(TO)
    read_returned(raw[:place] + noise + raw[place:] if is_mixed else noise, PLACE)


@pytest.mark.parametrize(
    "raw",
    [
        report(TO).replace(b"us-ascii", b"no-such-charset"),
        report(TO).replace(b'boundary="limite"', b"boundary="),
        report(TO)[:700],
        b"To: " + b"(" * 100_000 + TO.encode() + b"\n\n",
        b"Content-Type: multipart/report; boundary=x\n\n"
        + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 3000,
    ],
)
def test_a_broken_message_is_told_and_harms_nothing(raw: bytes) -> None:
    assert read_returned(raw, PLACE).kind in (Kind.UNREADABLE, Kind.OTHER, Kind.FAILED, Kind.REPLY)


@given(st.integers(0, 2**40 - 1), st.emails())
def test_a_token_is_short_enough_for_a_local_part_and_names_its_row(number: int, address: str) -> None:
    token = Tokens(b"k" * 32).make(Purpose.LEAVE, number, address)
    assert (len(token), claimed_number(token)) == (32, number)
    assert Tokens(b"k" * 32).is_genuine(token.upper(), Purpose.LEAVE, number, address.upper())
    assert not Tokens(b"k" * 32).is_genuine(token, Purpose.BOUNCE, number, address)
