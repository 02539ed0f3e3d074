"""A mail's bytes: headers that cannot be broken, parts that every reader can decode."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import parseaddr
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.errors import AddressError
from alerts.message import build_message, header_text, new_message_id, parse_address
from alerts.model import Picture, Rendered, Sender

SENDER = Sender("Veilleur de Saint-Étienne <veilleur@fil.example>", "mailto:veilleur@fil.example?subject=unsubscribe")
DATE = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-ID", "MIME-Version", "Content-Type")
HOSTILE = "Code 8\r\nBcc: tous@victime.example\r\n\r\n<script>\x00\u202egauche à droite\u2028fin"


def build(
    subject: str = "Code 8", *, sender: Sender = SENDER, recipient: str = "presse@distributeur.example", **parts: str
) -> bytes:
    return build_message(
        Rendered(subject, parts.get("html", "<p>Bonjour</p>"), parts.get("text", "Bonjour")),
        sender=sender,
        recipient=recipient,
        message_id="<1@fil.example>",
        date=DATE,
        language="fr",
    )


def read(mime: bytes) -> EmailMessage:
    return message_from_bytes(mime, policy=default)


def recipients(message: EmailMessage) -> list[Address]:
    return list(cast(AddressHeader, message["To"]).addresses)


def test_a_mail_says_who_sends_what_to_whom_and_how_to_leave() -> None:
    message = read(build("« Code 8 » : trois actualités"))
    assert message["From"] == "Veilleur de Saint-Étienne <veilleur@fil.example>"
    assert message["To"] == "presse@distributeur.example"
    assert message["Subject"] == "« Code 8 » : trois actualités"
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == "<1@fil.example>"
    assert message["List-Unsubscribe"] == "<mailto:veilleur@fil.example?subject=unsubscribe>"
    assert message["List-ID"] == "Veilleur <digest.fil.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"


def test_a_message_id_is_of_the_senders_domain_and_never_the_same() -> None:
    ids = {new_message_id(Sender("Veilleur <veilleur@médiathèque.example>", "")) for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"<[0-9a-f-]{36}@xn--mdiathque-53af\.example>", each) for each in ids)


@pytest.mark.parametrize("length", [79, 200, 900])
def test_an_address_to_unsubscribe_stays_whole_however_long(length: int) -> None:
    url = "https://fil.example/u/".ljust(length, "k")
    mime = build(sender=Sender(SENDER.address, url), recipient=f"{'a' * 60}@{'b' * 60}.example")
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in mime
    assert f"\r\nTo: {'a' * 60}@{'b' * 60}.example\r\n".encode() in mime


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
@example(HOSTILE)
@example("é" * 300)
@example("Code 8 : Partie II " * 15)
@example("x" * 300)
@example("Code 8 =?utf-8?q?=C2=AB?= fin")
def test_no_headline_can_break_a_header(title: str) -> None:
    mime = build(title)
    head, _, _ = mime.partition(b"\r\n\r\n")
    message = read(mime)
    assert [len(message.get_all(name, [])) for name in ONCE] == [1] * len(ONCE)
    assert set(message.keys()) == {*ONCE, "Auto-Submitted", "Content-Language"}
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", head))
    assert all(len(line) <= 998 for line in mime.split(b"\r\n"))
    assert b"\n" not in mime.replace(b"\r\n", b"")
    assert b"\r" not in mime.replace(b"\r\n", b"")
    assert message["Subject"] == header_text(title)


SPACES = "\u00a0\u202f"
WORDS = st.one_of(
    st.sampled_from(
        ["«", "»", ":", "–", "?", "!", "Code", "8", "a", "=?utf-8?q?a?=", "Jeff Chan", "d’été", "🎬👩\u200d🚀"]
    ),
    st.text("abcdeéèêçœŒÀ’'-,;\"()_=?", min_size=1, max_size=90),
)
FRENCH = st.lists(st.tuples(WORDS, st.sampled_from(f"  {SPACES}")), min_size=1, max_size=30).map(
    lambda parts: "".join(word + space for word, space in parts).strip(f" {SPACES}")
)


@settings(max_examples=150, deadline=None)
@given(FRENCH)
@example("Code 8 : 3 articles ont changé – « Code 8 » : Jeff Chan et Stephen Amell reviennent pour une suite")
@example("Code 8\u202f: 3\u00a0articles ont changé – «\u00a0Code 8\u00a0»\u202f: Jeff Chan et Stephen Amell reviennent")
def test_a_subject_and_a_senders_name_are_read_as_they_were_written(text: str) -> None:
    sender = Sender(f"{text} <{'v' * 60}@fil.example>", SENDER.unsubscribe)
    mime = build(text, sender=sender)
    message, head = read(mime), mime.partition(b"\r\nDate: ")[0]
    assert message["Subject"] == text
    # what parses addresses keeps the folds between encoded words (RFC 2047 section 6.2 drops them)
    name = parseaddr(str(message_from_bytes(mime)["From"]).replace("\r\n", ""))[0]
    assert str(make_header(decode_header(name))) == parse_address(sender.address)[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


def test_a_subject_in_ascii_is_sent_as_it_is_written() -> None:
    assert b"\r\nSubject: Code 8: 3 new articles\r\n" in build("Code 8: 3 new articles")


def test_a_hostile_headline_is_one_harmless_line() -> None:
    assert header_text(HOSTILE) == "Code 8 Bcc: tous@victime.example <script> gauche à droite fin"
    assert read(build(HOSTILE))["Bcc"] is None


def test_both_parts_come_back_as_they_were_rendered() -> None:
    text = "« Code 8 »\u00a0: l’été\n.point\nFrom moi\n" + "mot très long " * 200 + "\n"
    html = f"<p>{'é' * 3000}</p>\n<p>=20 😀</p>\n"
    message = read(build(text=text, html=html))
    plain, rich = cast(Any, message.get_body(("plain",))), cast(Any, message.get_body(("html",)))
    assert [part.get_content().replace("\r\n", "\n") for part in (plain, rich)] == [text, html]
    assert {part.get_content_charset() for part in (plain, rich)} == {"utf-8"}
    assert message.get_content_type() == "multipart/alternative"


def test_a_mail_is_plain_ascii_on_the_wire() -> None:
    mime = build("Été", text="à bientôt", html="<p>à bientôt</p>", recipient="presse@médiathèque.example")
    assert mime.isascii()
    assert max(map(len, mime.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("presse@distributeur.example", "", "presse@distributeur.example"),
        ("Service presse <presse@distributeur.example>", "Service presse", "presse@distributeur.example"),
        ('"Lévy, Anne" <anne.levy+code8@fil.example>', "Lévy, Anne", "anne.levy+code8@fil.example"),
        ("presse@médiathèque-été.example", "", "presse@xn--mdiathque-t-39ahkb.example"),
        (" veilleur@localhost ", "", "veilleur@localhost"),
    ],
)
def test_an_address_is_read_as_it_is_written(written: str, name: str, address: str) -> None:
    assert parse_address(written) == (name, address)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "presse",
        "@fil.example",
        "presse@",
        "presse@fil..example",
        "presse@fil.example.",
        "presse..code8@fil.example",
        ".presse@fil.example",
        "préssé@fil.example",
        "presse@fil exemple.example",
        "presse@fil,exemple",
        "a@fil.example, b@fil.example",
        "a@fil.example b@fil.example",
        "a@fil.example\r\nBcc: b@fil.example",
        "a\x00@fil.example",
        "moi:a@fil.example",
        "a<b@fil.example",
        "a@[127.0.0.1]",
        "a@-fil.example",
        f"a@{'x' * 64}.example",
        f"{'x' * 65}@fil.example",
    ],
)
def test_what_is_no_single_address_is_refused_rather_than_guessed(written: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_address(written)
    assert repr(written) in str(refused.value)


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"[\w.@<>\", ;:()\[\]\\+-]{1,30}", fullmatch=True)
    | st.emails()
    | st.from_regex(r"\w{1,10}(\.\w{0,3})?@\w{1,8}(\.\w{0,5})?", fullmatch=True)
)
def test_every_address_that_is_accepted_can_be_written_to(written: str) -> None:
    try:
        _, address = parse_address(written)
    except AddressError:
        return
    mime = build(recipient=written, sender=Sender(written, "mailto:x@fil.example"))
    assert [each.addr_spec for each in recipients(read(mime))] == [address]
    assert read(mime).as_bytes(policy=SMTP)


def test_pictures_travel_with_the_page_that_shows_them() -> None:
    picture = Picture("week-1@veilleur", b"\x89PNG\r\n\x1a\n" * 30)
    made = Rendered("Semaine", '<img src="cid:week-1@veilleur" alt="">', "Semaine", (picture,))
    message = read(
        build_message(
            made,
            sender=SENDER,
            recipient="presse@distributeur.example",
            message_id="<1@fil.example>",
            date=DATE,
            language="fr",
        )
    )
    kinds = ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    assert [part.get_content_type() for part in message.walk()] == kinds
    shown = list(message.walk())[-1]
    assert (shown["Content-ID"], shown.get_content_disposition()) == ("<week-1@veilleur>", "inline")
    assert shown.get_payload(decode=True) == picture.png
    assert message["Content-Language"] == "fr"
