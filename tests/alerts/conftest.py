"""Mail to deliver through a real server, and certificates that this machine trusts for the length of a test."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.support.desks import Desks
from tests.support.mail_server import ScriptedServer
from tests.support.postgresql import any_newsroom


@pytest.fixture(params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desks]:
    """An empty newsroom on either database, with a server that tests tell what to answer."""
    with ScriptedServer() as server, any_newsroom(request, tmp_path) as database:
        yield Desks(database, server)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A mail server's TLS for localhost, from an authority that OpenSSL is told to trust."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return server_side(authority, "localhost")


@pytest.fixture
def untrusted() -> ssl.SSLContext:
    """A mail server's TLS from an authority that nobody trusts."""
    return server_side(trustme.CA(), "localhost")


def server_side(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
