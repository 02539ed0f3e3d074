"""The outbox folder: every mail is there once, whole, and can be opened."""

import asyncio
from email import message_from_bytes
from pathlib import Path

import pytest

from alerts.message import build_message
from alerts.model import Picture, Rendered
from alerts.outbox import write_file
from alerts.transport import Letter, OutboxTransport, Result
from tests.alerts.test_message import DATE, SENDER, build
from tests.alerts.test_smtp import Line
from tests.support.full_disk import room_for


def put(folder: Path, mime: bytes, *, number: int = 1, recipient: str = "presse@distributeur.example") -> Result:
    letter = Letter("veilleur@fil.example", recipient, f"<{number:036}@fil.example>", mime, Line().cross)
    return asyncio.run(OutboxTransport(folder).send(letter)).result


def test_a_mail_is_an_eml_file_and_a_page_to_open(tmp_path: Path) -> None:
    mime = build("« Code 8 »", html="<p>L’été</p>\n")
    assert put(tmp_path / "var" / "outbox", mime) is Result.SENT
    page, mail = sorted((tmp_path / "var" / "outbox").iterdir(), key=lambda file: file.suffix, reverse=True)
    assert (mail.suffix, mail.read_bytes()) == (".eml", mime)
    assert (page.suffix, page.read_text("utf-8")) == (".html", "<p>L’été</p>\n")
    assert message_from_bytes(mail.read_bytes())["To"] in mail.name


def test_a_repeat_of_a_mail_leaves_one_mail(tmp_path: Path) -> None:
    mime = build()
    assert [put(tmp_path, mime), put(tmp_path, mime)] == [Result.SENT, Result.SENT]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("recipient", ["presse@distributeur.example", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"])
def test_two_mails_to_one_reader_are_two_files_however_long_the_address(tmp_path: Path, recipient: str) -> None:
    put(tmp_path, build("Un"), number=1, recipient=recipient)
    put(tmp_path, build("Deux"), number=2, recipient=recipient)
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_an_address_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path / "outbox", build(), recipient="../../etc/presse@fil.example")
    assert {file.parent for file in tmp_path.rglob("*.eml")} == {tmp_path / "outbox"}


def test_a_lost_lease_writes_nothing(tmp_path: Path) -> None:
    letter = Letter("v@fil.example", "p@fil.example", "<1@fil.example>", build(), Line(open=False).cross)
    assert asyncio.run(OutboxTransport(tmp_path).send(letter)).result is Result.LOST_LEASE
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mail(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands where the folder should be")
    assert put(tmp_path / "outbox", build()) is Result.SERVER


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    write_file(tmp_path / "mail.eml", b"before")
    with room_for(1000), pytest.raises(OSError, match="too large"):
        write_file(tmp_path / "mail.eml", b"after" * 1000)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]


def test_a_full_disk_is_no_fault_of_the_mail(tmp_path: Path) -> None:
    with room_for(100):
        assert put(tmp_path, build()) is Result.SERVER
    assert put(tmp_path, build()) is Result.SENT
    assert len(list(tmp_path.iterdir())) == 2


def test_the_page_shows_the_pictures_of_the_mail(tmp_path: Path) -> None:
    picture = Picture("week-1@veilleur", b"\x89PNG\r\n\x1a\n")
    mime = build_message(
        Rendered("Semaine", f'<img src="cid:{picture.content_id}" alt="">', "Semaine", (picture,)),
        sender=SENDER,
        recipient="presse@distributeur.example",
        message_id="<1@fil.example>",
        date=DATE,
        language="fr",
    )
    put(tmp_path, mime)
    (page,) = tmp_path.glob("*.html")
    assert page.read_text("utf-8").strip() == '<img src="data:image/png;base64,iVBORw0KGgo=" alt="">'
