"""What receivers would make of our mails is looked up before one is sent."""

import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alerts.model import DkimOrder
from alerts.name_servers import name_server_flaw
from alerts.records import Records, organisational
from alerts.sealing import public_record
from alerts.standing import Finding, Identity, standing
from tests.support.zone import serving

MX = "veille 60 IN MX 10 mx.veille\n"
SPF = 'veille 60 IN TXT "v=spf1 mx" " -all"\n'
DMARC = '_dmarc.veille 60 IN TXT "v=DMARC1; p=reject"\n'


@pytest.fixture
def order(tmp_path: Path) -> DkimOrder:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "dkim.pem"
    file.touch(mode=0o600)
    file.write_bytes(key)
    return DkimOrder("veille.example", "v1", file)


def published(order: DkimOrder) -> str:
    return f'v1._domainkey.veille 60 IN TXT "{public_record(order)}"\n'


def looked_at(records: str, order: DkimOrder | None = None, envelope: str = "veille.example") -> dict[str, Finding]:
    with serving(records) as address:
        found = standing(Identity("veille.example", envelope, order), Records(address))
    return {each.subject.split(" ")[0]: each for each in found}


def test_nothing_is_wrong_with_a_domain_that_has_all_records(order: DkimOrder) -> None:
    found = looked_at(MX + SPF + DMARC + published(order), order)
    assert {each.problem for each in found.values()} == {""}
    assert found["SPF"].state == "v=spf1 mx -all"
    assert found["DMARC"].state == "p=reject, aligned by SPF and DKIM"


def test_each_record_that_is_missing_is_named_with_what_to_publish(order: DkimOrder) -> None:
    found = looked_at("veille 60 IN A 192.0.2.1\n", order)
    assert "publish a TXT record such as" in found["SPF"].problem
    assert public_record(order) in found["DKIM"].problem
    assert found["DKIM"].fatal
    assert "_dmarc" in found["DMARC"].problem
    assert not found["SPF"].fatal


def test_another_key_in_the_record_is_wrong(order: DkimOrder) -> None:
    other = 'v1._domainkey.veille 60 IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="\n'
    found = looked_at(MX + SPF + other, order)
    assert "another key" in found["DKIM"].problem
    assert found["DKIM"].fatal


def test_two_spf_records_count_as_none(order: DkimOrder) -> None:
    found = looked_at(
        MX + SPF + 'veille 60 IN TXT "v=spf1 include:post.example -all"\n' + DMARC + published(order), order
    )
    assert "2 records" in found["SPF"].problem
    assert found["DMARC"].state == "p=reject, aligned by DKIM"


def test_a_strict_policy_that_no_record_meets_has_mails_refused() -> None:
    found = looked_at(MX + DMARC + 'post 60 IN TXT "v=spf1 mx -all"\npost 60 IN MX 1 mx\n', envelope="post.example")
    assert "neither SPF nor DKIM speaks for veille.example" in found["DMARC"].problem
    assert found["DMARC"].fatal


def test_alignment_goes_by_the_organisation_unless_the_policy_is_strict() -> None:
    bounces = 'retour.veille 60 IN TXT "v=spf1 mx -all"\nretour.veille 60 IN MX 1 mx\n'
    relaxed = looked_at(MX + DMARC + bounces, envelope="retour.veille.example")
    strict = looked_at(MX + DMARC.replace("p=reject", "p=reject; aspf=s") + bounces, envelope="retour.veille.example")
    assert relaxed["DMARC"].state == "p=reject, aligned by SPF"
    assert strict["DMARC"].problem


def test_a_domain_below_another_has_its_policy_for_subdomains() -> None:
    records = '_dmarc.veille 60 IN TXT "v=DMARC1; p=reject; sp=none"\nlettre.veille 60 IN MX 1 mx\n'
    with serving(records) as address:
        found = standing(Identity("lettre.veille.example", "lettre.veille.example", None), Records(address))
    assert [(each.subject, each.state, each.fatal) for each in found][-1] == ("DMARC veille.example", "p=none", False)


def test_a_domain_that_takes_no_mail_is_told() -> None:
    assert "replies" in looked_at("veille 60 IN MX 0 .\n")["sender"].problem


def test_a_name_server_that_is_away_is_one_note() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    found = standing(Identity("veille.example", "veille.example", None), Records(address, patience=0.3))
    assert [(each.subject, each.fatal) for each in found] == [("sender", False)]
    assert "were not looked at" in found[0].problem
    assert "is this machine on the network? mail.name_server names another one" in found[0].problem


def test_an_organisation_is_what_stands_below_a_public_suffix() -> None:
    assert organisational("lettre.presse.distributeur.co.uk") == "distributeur.co.uk"
    assert organisational("lettre.veille.example") == "veille.example"
    assert organisational("localhost") == "localhost"


@pytest.mark.parametrize("written", ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"])
def test_name_servers_are_addresses(written: str) -> None:
    assert name_server_flaw(written) == ""


@pytest.mark.parametrize("written", ["ns.example", "192.0.2.1:0", "192.0.2.1:x", "", "[::1"])
def test_what_is_no_name_servers_address_is_told(written: str) -> None:
    assert "no name server" in name_server_flaw(written)
