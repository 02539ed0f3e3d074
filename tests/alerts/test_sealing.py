"""DKIM: mails verify against the published record, and so do the headers by which readers leave."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from alerts.errors import MissingExtra, SecretError
from alerts.leaving import Exits
from alerts.message import build_message
from alerts.model import DkimOrder, Rendered, Sender
from alerts.sealing import public_record, sealed_by
from alerts.tokens import Tokens

SENDER = Sender("Veilleur de l’Ouest <veilleur@fil.example>", "mailto:veilleur@fil.example")
EXITS = Exits(
    "mailto:veilleur@fil.example?subject=unsubscribe%20{token}",
    "mailto:veilleur@fil.example?subject=unsubscribe%20{token}",
    "https://veille.fil.example/" + "sous-dossier/" * 20,
)
KEYS = {
    "rsa": ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pkcs1": ["openssl", "genrsa", "-traditional", "2048"],
    "ed25519": ["openssl", "genpkey", "-algorithm", "ed25519"],
}


@pytest.fixture(params=KEYS)
def order(request: pytest.FixtureRequest, tmp_path: Path) -> DkimOrder:
    return an_order(tmp_path, subprocess.run(KEYS[request.param], capture_output=True, check=True).stdout)


def an_order(folder: Path, key: bytes, mode: int = 0o600) -> DkimOrder:
    file = folder / "dkim.pem"
    file.write_bytes(key)
    file.chmod(mode)
    return DkimOrder("fil.example", "veilleur", file)


def a_mail() -> bytes:
    return build_message(
        Rendered("« Code 8 » : trois actualités", "<p>à bientôt</p>", "à bientôt\n.\n"),
        sender=SENDER,
        recipient="presse@distributeur.example",
        message_id="<1@fil.example>",
        date=datetime(2024, 3, 2, 7, 30, tzinfo=UTC),
        language="fr",
        leaving=EXITS.of(Tokens(b"k" * 32), 1, "presse@distributeur.example"),
    )


def verifies(mime: bytes, order: DkimOrder) -> bool:
    asked = []

    def record(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return public_record(order).encode()

    verified = bool(dkim.verify(mime, dnsfunc=record))
    assert set(asked) <= {b"veilleur._domainkey.fil.example."}
    return verified


def test_a_signed_mail_verifies_and_is_otherwise_as_it_was(order: DkimOrder) -> None:
    mail = a_mail()
    sealed = sealed_by(order)(mail)
    assert verifies(sealed, order)
    assert sealed.endswith(mail)
    assert b"\n" not in sealed.replace(b"\r\n", b"")
    assert max(map(len, sealed.split(b"\r\n"))) <= 998


def test_the_ways_out_are_signed_and_whole_however_long(order: DkimOrder) -> None:
    mail = a_mail()
    sealed = sealed_by(order)(mail)
    leaving = EXITS.of(Tokens(b"k" * 32), 1, "presse@distributeur.example")
    assert len(leaving.addresses[0]) > 300
    assert f"\r\nList-Unsubscribe: <{leaving.addresses[0]}>, <{leaving.addresses[1]}>\r\n".encode() in mail
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in mail
    for header in (b"List-Unsubscribe-Post: List", b"List-Unsubscribe: <https", b"Subject: =", b"To: presse"):
        assert verifies(sealed, order)
        assert not verifies(sealed.replace(header, header[:-1] + b"X"), order)
    assert not verifies(sealed.replace(b"bient", b"demain"), order)


def test_a_second_from_does_not_pass_for_signed(order: DkimOrder) -> None:
    assert not verifies(b"From: autre@victime.example\r\n" + sealed_by(order)(a_mail()), order)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SecretError, match=rf"dkim\.pem: others .*mode {mode:04o}.*chmod 600"):
        sealed_by(an_order(tmp_path, b"", mode))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["openssl", "genrsa", "512"], "RSA key of 1024 bits or more"),
        (["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "RSA key of 1024"),
        (["printf", "no key"], "no private key in PEM"),
        (["openssl", "genrsa", "-aes128", "-passout", "pass:geheim", "2048"], "without a passphrase"),
    ],
)
def test_a_key_that_dkim_cannot_use_is_refused(tmp_path: Path, command: list[str], told: str) -> None:
    key = subprocess.run(command, capture_output=True, check=False).stdout
    with pytest.raises(SecretError, match=told):
        sealed_by(an_order(tmp_path, key))


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"nowhere\.pem: cannot be read: No such file"):
        sealed_by(DkimOrder("fil.example", "veilleur", tmp_path / "nowhere.pem"))


def test_without_the_extra_the_remedy_is_told(order: DkimOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.extras.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[dkim\]'"):
        sealed_by(order)
