"""The ways out and back: what the configuration may say of them, and what it refuses without telling a secret."""

import asyncio
import http.client
import re
import socket
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from alerts.leaving import Exits
from scheduler import config
from scheduler.config import Configuration
from scheduler.environment import secrets_of
from scheduler.errors import ConfigurationError
from scheduler.jobs import Jobs
from scheduler.pages import Pages, started
from storage import subscribers
from storage.database import Database
from tests.scheduler.conftest import JobsOf
from tests.support.clock import Clock
from tests.support.newsroom import publish
from tests.support.ports import reserved_port

SECRET = "canari-6617"
MAIL = """
[mail]
outbox = "{folder}/outbox"
sender = "Veilleur <veilleur@fil.example>"
key_file = "{folder}/veilleur.key"
[[subscribers]]
email = "anne@fil.example"
language = "en"
"""
WEB = """
[web]
public_url = "https://veille.fil.example/revue/"
port = {port}
"""
CHANNEL = """
[[channels]]
id = "salle-de-presse"
digest = "immediate"
"""


def load(folder: Path, text: str, **environ: str) -> Configuration:
    file = folder / "veilleur.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(str(file), environ)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[web]\npublic_url = "http://fil.example"', 'web.public_url = .*write "https://host"'),
        ('[web]\npublic_url = "https://fil.example/?u="', "is no address for readers"),
        ('[web]\npublic_url = "https://a:b@fil.example"', "is no address for readers"),
        ("[web]\nport = 0", "web.port = 0"),
        ('[mail]\nbounces = "veilleur@fil.example"', r'veilleur\+b-\{token\}@example.org'),
        ('[mail]\nbounces = "veilleur@{token}.example"', r"with \{token\} before the @"),
        (f'[mail]\nbounces = "{"v" * 40}{{token}}@fil.example"', "stands for 32 characters"),
        ('[mail.dkim]\ndomain = "fil"\nselector = "a"\nkey_file = "k"', "'fil' is no domain"),
        ('[mail.dkim]\ndomain = "fil.example"\nselector = "a b"\nkey_file = "k"', "'a b' is no selector"),
        ('[mail.dkim]\ndomain = "fil.example"\nselector = "a"', "mail.dkim.key_file is missing"),
        ('[[channels]]\nid = "Salle"', "channels"),
        ('[[channels]]\nid = "salle"\ntopics = ["autre"]', r"channels\[0\].topics: no topic 'autre'"),
        ('[[channels]]\nid = "salle"', r"channel 'salle' has no address: .*\$VEILLEUR_CHANNEL_SALLE"),
        ('[[channels]]\nid = "salle"\nurl_file = "nowhere"', "channel 'salle': nowhere: cannot be read"),
        ('[[channels]]\nid = "a"\n[[channels]]\nid = "a"', r"channels\[1\].id = 'a' stands twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load(tmp_path, text, VEILLEUR_CHANNEL_A="json://127.0.0.1/x")


def test_a_channels_address_comes_from_the_environment_or_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    url = f"json://127.0.0.1/{SECRET}"
    loaded = load(tmp_path, CHANNEL, VEILLEUR_CHANNEL_SALLE_DE_PRESSE=url)
    assert loaded.channels[0].url == url
    assert loaded.subscribers[-1].email == "channel:salle-de-presse"
    assert SECRET not in repr(loaded)
    file = tmp_path / "address"
    file.write_text(url + "\n")
    file.chmod(0o600)
    assert load(tmp_path, CHANNEL + f'url_file = "{file}"').channels == loaded.channels
    file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600") as refused:
        load(tmp_path, CHANNEL + f'url_file = "{file}"')
    with pytest.raises(ConfigurationError, match="does not begin with one of json://") as unknown:
        load(tmp_path, CHANNEL, VEILLEUR_CHANNEL_SALLE_DE_PRESSE=f"gopher://{SECRET}")
    assert SECRET not in str(refused.value) + str(unknown.value)


@pytest.mark.parametrize(("text", "extra"), [(CHANNEL, "channels"), ("", "dkim")])
def test_without_its_extra_an_option_is_refused_with_the_remedy(
    tmp_path: Path, text: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.extras.find_spec", lambda name: None)
    text = text or '[mail.dkim]\ndomain = "fil.example"\nselector = "a"\nkey_file = "k"'
    with pytest.raises(ConfigurationError, match=rf"pip install '\.\[{extra}\]'"):
        load(tmp_path, text)


def test_every_secret_of_the_environment_is_known_to_whoever_hides_secrets() -> None:
    environ = {"VEILLEUR_KEY": "a", "VEILLEUR_CHANNEL_X": "b", "VEILLEUR_SMTP_PASSWORD": "c", "VEILLEUR_CONFIG": "d"}
    assert sorted(secrets_of(environ)) == ["a", "b", "c"]


def test_without_a_public_address_there_is_a_mail_to_leave_by_and_nothing_to_click() -> None:
    exits = load_exits("mailto:veilleur@fil.example?subject=unsubscribe%20{token}", None)
    assert (len(exits.unsigned().addresses), "{" in exits.unsigned().link) == (1, False)


def load_exits(written: str, public_url: str | None) -> Exits:
    return Exits(written, "mailto:veilleur@fil.example?subject=unsubscribe%20{token}", public_url)


def test_an_address_of_the_operators_own_stands_as_it_is_and_a_mail_beside_it() -> None:
    assert load_exits("https://listes.example/partir", None).unsigned().link == "https://listes.example/partir"


def mailed(folder: Path) -> str:
    [file] = (folder / "outbox").glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https://[^>]+)>, <mailto:[^>]+>", str(message["List-Unsubscribe"]))
    assert found
    return found[1]


def test_a_mail_carries_a_link_that_the_page_beside_the_daemon_obeys(
    tmp_path: Path, jobs_of: JobsOf, database: Database, clock: Clock
) -> None:
    """From the header of a real mail to the suppression, over HTTP."""
    port = reserved_port()
    jobs = jobs_of(text=MAIL.format(folder=tmp_path) + WEB.format(port=port))
    publish(database, 1, clock())
    jobs.plan_due(at_once=True)
    asyncio.run(jobs.deliver())
    link = mailed(tmp_path)
    assert link.startswith("https://veille.fil.example/revue/u/")
    pages = Pages(jobs)
    pages.keep_up()
    try:
        assert "Do you want to unsubscribe?" in asked(port, link, None)
        assert "You are unsubscribed." in asked(port, link, b"List-Unsubscribe=One-Click")
    finally:
        pages.stop()
    with database.read() as connection:
        assert subscribers.suppressed(connection, "anne@fil.example") == "unsubscribed"
    publish(database, 2, clock.forward(days=1))
    assert jobs.plan_due(at_once=True) == []


def asked(port: int, link: str, body: bytes | None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": "veille.fil.example", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("GET" if body is None else "POST", link.partition("/revue")[2], body, headers)
    return connection.getresponse().read().decode()


def test_pages_whose_port_is_taken_are_told_once_and_tried_again(
    tmp_path: Path, jobs_of: JobsOf, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        pages = Pages(jobs_of(text=MAIL.format(folder=tmp_path) + WEB.format(port=port)))
        for _ in range(3):
            pages.keep_up()
        assert caplog.text.count(f"web.port {port}: Address already in use") == 1
    pages.keep_up()
    assert asked(port, "/revue/u/x", None)
    pages.stop()


def test_pages_without_a_public_address_are_refused_with_the_remedy(jobs_of: JobsOf) -> None:
    with pytest.raises(ConfigurationError, match="public_url is not set"):
        started(jobs_of())


def test_a_preview_and_other_commands_make_no_key(tmp_path: Path, jobs_of: JobsOf) -> None:
    jobs: Jobs = jobs_of(text=MAIL.format(folder=tmp_path))
    assert jobs.desk.leaving is None
    assert not (tmp_path / "veilleur.key").exists()
