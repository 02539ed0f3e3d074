"""The configuration: what is wrong in it is refused with the file, the key, what was read and what to write."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.model import MailServer
from scheduler import config
from scheduler.config import CONFIG_VARIABLE, PASSWORD_VARIABLE, Configuration
from scheduler.errors import ConfigurationError
from scheduler.slots import parse_schedule

OWN_OUTLET = '[[outlets]]\nid = "own"\nname = "Mon Journal"\ndomain = "journal.example"\n'
DAYS = "[[windows]]\nfrom = 2026-02-25\nto = 2026-03-01\n"
OWN_DAYS = DAYS.replace("windows", "subscribers.windows")
READER = '[[subscribers]]\nemail = "a@x.example"\n'
SMTP = '[mail]\ntransport = "smtp"\n'


def load(folder: Path, text: str, **environ: str) -> Configuration:
    file = folder / "veilleur.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(str(file), environ)


def test_everything_works_on_defaults_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = config.load(None, {})
    assert loaded.database == "sqlite:///var/veilleur.db"
    assert (loaded.rhythm.shortest, loaded.deadline) == (timedelta(minutes=15), timedelta(minutes=14))
    assert (loaded.outbox, loaded.server) == (Path("var/outbox"), None)
    assert len(loaded.outlets) > 50
    assert [topic.id for topic in loaded.topics] == ["code8"]
    [reader] = loaded.subscribers
    assert (reader.email, reader.schedule, reader.language) == (
        "veilleur@localhost",
        parse_schedule("daily 08:00"),
        "fr",
    )
    assert reader.timezone == ZoneInfo("Europe/Paris")
    assert not list(tmp_path.iterdir())


def test_a_file_sets_what_it_says_and_leaves_the_rest(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        OWN_OUTLET
        + """
        feeds = ["https://journal.example/rss.xml"]
        [crawl]
        interval = "1h"
        outlets = ["own", "allocine"]
        allow_networks = ["127.0.0.0/8"]
        [mail]
        transport = "smtp"
        host = "smtp.example.org"
        username = "veilleur"
        on_doubt = "hold"
        connections = 4
        mails_per_connection = 20
        rate = "90/m"
        unsubscribe = "https://veille.example/u/1"
        [daemon]
        tick = "5s"
        [[subscribers]]
        email = "Anne <anne@médiathèque.example>"
        digest = "weekly mon 07:30"
        timezone = "America/Montreal"
        language = "en"
        """,
        **{PASSWORD_VARIABLE: "secret"},
    )
    assert [outlet.id for outlet in loaded.outlets] == ["own", "allocine"]
    assert loaded.server == MailServer(
        "smtp.example.org", 587, "starttls", "veilleur", "secret", mails_per_connection=20
    )
    assert (loaded.connections, loaded.rate) == (4, 1.5)
    assert (loaded.outbox, loaded.resend_after_doubt, loaded.tick) == (None, False, timedelta(seconds=5))
    assert loaded.sender.unsubscribe == "https://veille.example/u/1"
    [reader] = loaded.subscribers
    assert reader.email == "anne@xn--mdiathque-53af.example"
    assert loaded.deadline == timedelta(minutes=14)


def test_the_environment_names_the_file_and_the_command_line_wins(tmp_path: Path) -> None:
    named, other = tmp_path / "named.toml", tmp_path / "other.toml"
    named.write_text('[daemon]\ntick = "1s"\n')
    other.write_text('[daemon]\ntick = "2s"\n')
    assert config.load(None, {CONFIG_VARIABLE: str(named)}).tick == timedelta(seconds=1)
    assert config.load(str(other), {CONFIG_VARIABLE: str(named)}).tick == timedelta(seconds=2)


WINDOW = '[[crawl.windows]]\nfrom = 2026-02-25\nto = "2026-03-04"\ninterval = "5m"\n'


def test_a_release_week_is_days_of_paris(tmp_path: Path) -> None:
    [window] = load(tmp_path, WINDOW).rhythm.windows
    assert window.first == datetime(2026, 2, 24, 23, 0, tzinfo=UTC)
    assert window.last == datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    assert window.interval == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("text", "shortest", "longest", "deadline"),
    [
        ("", 15, 120, 14),
        ('interval = "6h"', 360, 360, 14),
        ('interval = "5m"', 5, 120, 5),
        ('interval = "10s"\nlongest_interval = "1h"', 1 / 6, 60, 1),
        ('interval = "20m"\ndeadline = "20m"', 20, 120, 20),
    ],
)
def test_the_bounds_of_the_rhythm_and_a_deadline_within_them(
    tmp_path: Path, text: str, shortest: float, longest: float, deadline: float
) -> None:
    loaded = load(tmp_path, f"[crawl]\n{text}\n")
    bounds = (loaded.rhythm.shortest, loaded.rhythm.longest, loaded.deadline)
    assert bounds == tuple(timedelta(minutes=each) for each in (shortest, longest, deadline))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{READER}alerts = "title"\n', ["subscribers[0].alerts = 'title'", "'headline'", "'subject'"]),
        (f'{READER}prominence = "top"\n', ["subscribers[0].prominence = 'top'", "'headline'", "'any'"]),
        (f'{READER}copies = "no"\n', ["subscribers[0].copies = 'no'", "'shown' or 'counted'"]),
        (f"{READER}when_empty = true\n", ["subscribers[0].when_empty = true", "'nothing' or 'send'"]),
        (f'{READER}outlets = ["konbin"]\n', ["subscribers[0].outlets", "'konbin'", "did you mean konbini"]),
        (f'{READER}except_outlets = ["kobnini"]\n', ["except_outlets", "'kobnini'", "did you mean konbini"]),
        (f"{READER}outlets = []\n", ["subscribers[0].outlets = []: an empty list allows nothing", "leave the key out"]),
        ('[subscribers]\nemail = "a@x.example"\n', ["subscribers: this is one table", "[[subscribers]], in double"]),
        (f"{READER}[subscribers.windows]\nfrom = 2026-02-25\n", ["subscribers[0].windows", "[[subscribers.windows]]"]),
        ('[[mail]]\nhost = "x.example"\n', ["mail = ", "write [mail], in single brackets"]),
        (f"{DAYS}{DAYS}", ["windows[1]: 2026-02-25 to 2026-03-01 overlaps windows[0], 2026-02-25 to 2026-03-01"]),
        (f"{READER}{OWN_DAYS}{OWN_DAYS}", ["subscribers[0].windows[1]", "overlaps subscribers[0].windows[0]"]),
        (DAYS.replace("25", "25T08:00:00"), ["windows[0].from = 2026-02-25T08:00:00: '2026-02-25 08:00:00' is no day"]),
        ("[mail]\noperator = 2026-02-25\n", ["mail.operator = 2026-02-25: write a text in quotes"]),
        ('[[channels]]\nid = "A B"\n', ["channels[0].id = 'A B'", "small letters, digits and hyphens"]),
        (f'{READER}outlets = ["konbini"]\nexcept_outlets = ["konbini"]\n', ["subscribers[0]", "nothing is left"]),
        ("[[windows]]\nfrom = 2026-02-25\nto = 2026-02-24\n", ["windows[0]", "is before from = 2026-02-25"]),
        (f"{READER}[[subscribers.windows]]\nfrom = 2026-02-25\n", ["subscribers[0].windows[0].to is missing"]),
        (f"{READER}digest = 5\n", ["subscribers[0].digest = 5", "in quotes, or a list"]),
        (f'{READER}digest = ["daily 08:00", 8]\n', ["digest = ['daily 08:00', 8]", "in quotes, or a list"]),
        (f'{READER}digest = ["hourly", "daily 8"]\n', ["'daily 8' is no schedule", "daily HH:MM"]),
        (f'{READER}on_doubt = "drop"\n', ["subscribers[0].on_doubt = 'drop'", "'resend' or 'hold'"]),
        ("[databse]\n", ["unknown key 'databse'", "database", "subscribers"]),
        ("tick = '5s'\n", ["unknown key 'tick'", "daemon"]),
        ('[database]\nurl = "veilleur.db"\n', ["database.url", "sqlite:///var/veilleur.db"]),
        ('[database]\nurl = "mysql://db/x"\n', ["database.url: only SQLite and PostgreSQL are supported: write "]),
        ("[crawl]\ninterval = 15\n", ["crawl.interval = 15", "in quotes"]),
        ('[crawl]\ninterval = "15"\n', ["crawl.interval = '15'", '"15m"']),
        ('[crawl]\ninterval = "15 minutes"\n', ["crawl.interval = '15 minutes'", '"15m"']),
        ('[crawl]\ndeadline = "0m"\n', ["crawl.deadline = '0m'", '"15m"']),
        ('[crawl]\nintervall = "15m"\n', ["unknown key 'crawl.intervall'", "interval"]),
        ('[crawl]\ninterval = "5m"\ndeadline = "6m"\n', ["crawl.deadline = '6m'", "interval = '5m'", "leave it out"]),
        ('[crawl]\nlongest_interval = "5m"\n', ["crawl.longest_interval = '5m'", "crawl.interval = '15m'"]),
        (WINDOW.replace("2026-03-04", "2026-02-04"), ["crawl.windows[0]", "2026-02-04 is before"]),
        (WINDOW.replace("2026-03-04", "mars"), ["crawl.windows[0].to = 'mars'", '"2026-02-25"']),
        (WINDOW.replace("interval", "every"), ["unknown key 'crawl.windows[0].every'", "from, interval, to"]),
        ('[crawl]\ncontact = ""\n', ["crawl.contact = ''", "mailto:"]),
        ('[crawl]\ncontact = "moi\\r\\nX-Evil: 1"\n', ["crawl.contact", "one line"]),
        ('[crawl]\noutlets = "some"\n', ["crawl.outlets = 'some'", "'all'", "a list"]),
        (
            '[crawl]\noutlets = ["allocin", "konbini", "gazete"]\n',
            ["crawl.outlets", "'allocin'; did you mean allocine", "crawl.outlets: no outlet has the id 'gazete' ("],
        ),
        ('[crawl]\nallow_networks = ["10.0.0.0/33"]\n', ["crawl.allow_networks[0] = '10.0.0.0/33'", "10.1.0.0/16"]),
        ('[mail]\ntransport = "smpt"\n', ["mail.transport = 'smpt'", "'outbox' or 'smtp'"]),
        ('[mail]\nsender = "Veilleur"\n', ["mail.sender = 'Veilleur'", "name@host"]),
        ('[mail]\nsender = "a@x.example, b@x.example"\n', ["mail.sender", "name@host"]),
        ("[mail]\nport = 0\n", ["mail.port = 0: write 1 at least"]),
        ("[mail]\nport = 65536\n", ["mail.port = 65536: write 65535 at most"]),
        ('[mail]\nport = "587"\n', ["mail.port = '587'", "without quotes"]),
        ('[mail]\nsecurity = "ssl"\n', ["mail.security = 'ssl'", "'tls', 'starttls' or 'none'"]),
        ("[mail]\nconnections = 21\n", ["mail.connections = 21", "20"]),
        ('[mail]\nrate = "60"\n', ["mail.rate = '60'", '"60/m"']),
        ('[mail]\nrate = "0/s"\n', ["mail.rate = '0/s'", '"60/m"']),
        ('[mail]\nhost = ""\n', ["mail.host = ''", "between the quotes"]),
        ('[mail]\npassword = "canari-5127"\n', ["unknown key 'mail.password'", "username"]),
        ('[mail]\nname_server = "ns.example"\n', ["mail.name_server = 'ns.example'", "192.0.2.1:5353"]),
        ('[mail.dkim]\nkey = "x"\n', ["unknown key 'mail.dkim.key'", "domain, key_file, selector"]),
        ("[web]\nprt = 80\n", ["unknown key 'web.prt'", "bind, port, public_url"]),
        ('[mail]\non_doubt = "drop"\n', ["mail.on_doubt = 'drop'", "'resend' or 'hold'"]),
        ('[mail]\nunsubscribe = "javascript:alert(1)"\n', ["mail.unsubscribe", '"mailto:..."']),
        ('[mail]\nunsubscribe = "mailto:a@x.example\\r\\nBcc: b@x.example"\n', ["mail.unsubscribe", '"mailto:..."']),
        ('mail = "smtp"\n', ["mail = 'smtp'", "a table"]),
        ('[daemon]\ntick = "0s"\n', ["daemon.tick = '0s'", "a number above 0"]),
        ('[daemon]\ntick = "often"\n', ["daemon.tick = 'often'", '"90s"']),
        ("[[subscribers]]\n", ["subscribers[0].email is missing"]),
        ('[[subscribers]]\nemail = "anne"\n', ["subscribers[0].email = 'anne'", "name@host"]),
        (
            '[[subscribers]]\nemail = "a@x.example"\nmail = 1\n',
            ["unknown key 'subscribers[0].mail'", "email, except_outlets, language"],
        ),
        ('[[subscribers]]\nemail = "a@x.example"\ntopics = ["code9"]\n', ["subscribers[0].topics", "'code9'", "code8"]),
        ('[[subscribers]]\nemail = "a@x.example"\ntopics = []\n', ["subscribers[0].topics"]),
        ('[[subscribers]]\nemail = "a@x.example"\ndigest = "daily 25:00"\n', ["subscribers[0].digest", "daily HH:MM"]),
        ('[[subscribers]]\nemail = "a@x.example"\ntimezone = "Paris"\n', ["subscribers[0].timezone", "Europe/Paris"]),
        ('[[subscribers]]\nemail = "a@x.example"\nlanguage = "es"\n', ["subscribers[0].language = 'es'", "en, fr"]),
        (
            '[[subscribers]]\nemail = "a@x.example"\n[[subscribers]]\nemail = "Anne <A@X.example>"\n',
            ["subscribers[1].email = 'Anne <A@X.example>'", "twice"],
        ),
        ('[[outlets]]\nid = "own"\nname = "Own"\n', ["outlets[0] (own)", "domain"]),
        ('[crawl]\ntdm = "no"\n', ["crawl.tdm = 'no'", "'honour' or 'ignore'"]),
        (OWN_OUTLET + 'feeds = ["https://www.konbini.com/feed/"]\n', ["own", "a source of 'konbini' already"]),
        (OWN_OUTLET + 'feeds = ["https://j.example/a", "https://j.example/a"]\n', ["own", "a source of 'own' already"]),
        (OWN_OUTLET + 'feed = "x"\n', ["outlets[0] (own)", "unknown key 'feed'", "feeds"]),
        (OWN_OUTLET + 'feeds = ["file:///etc/passwd"]\n', ["feeds", "file:///etc/passwd", "https://"]),
        (OWN_OUTLET + OWN_OUTLET, ["'own'", "twice"]),
        ('topics = ["gone.toml"]\n', ["veilleur.toml: topics: ", "gone.toml: cannot be read"]),
        ("[mail\n", ["not TOML", "line 1"]),
    ],
)
def test_a_mistake_is_named_with_its_place_its_value_and_its_remedy(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    for each in told:
        assert each in message
    assert str(tmp_path) in message
    assert "canari-5127" not in message
    for foreign in ("_Section", "datetime.", "Input should", "after validation"):
        assert foreign not in message


def test_windows_that_follow_each_other_do_not_overlap_and_a_readers_own_may_meet_those_for_all(tmp_path: Path) -> None:
    next_days = DAYS.replace("2026-03-01", "2026-03-08").replace("2026-02-25", "2026-03-02")
    [reader] = load(tmp_path, DAYS + next_days + READER + OWN_DAYS).subscribers
    assert len(reader.calendar.windows) == 3


def test_a_subscriber_and_a_channel_may_have_their_own_rule_for_mails_in_doubt(tmp_path: Path) -> None:
    others = '[[subscribers]]\nemail = "b@x.example"\n[[channels]]\nid = "desk"\non_doubt = "hold"\n'
    loaded = load(tmp_path, f'{READER}on_doubt = "hold"\n{others}', VEILLEUR_CHANNEL_DESK="json://127.0.0.1/x")
    assert (loaded.resend_after_doubt, loaded.resend_to) == (True, {"a@x.example": False, "channel:desk": False})
    loaded = load(tmp_path, f'[mail]\non_doubt = "hold"\n{READER}on_doubt = "resend"\n')
    assert (loaded.resend_after_doubt, loaded.resend_to) == (False, {"a@x.example": True})


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, '[mail]\nport = 0\n[daemon]\ntick = "x"\n[crawl]\nintervall = 1\n')
    assert len(str(refused.value).splitlines()) == 3
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, OWN_OUTLET.replace("[[outlets]]", "[outlets]"))
    assert len(str(refused.value).splitlines()) == 1, "what the sections say of outlets is enough"


def test_the_mistakes_of_outlets_and_windows_are_told_with_the_others(tmp_path: Path) -> None:
    outlets = '[[outlets]]\nid = "Mon Journal"\ndomain = "https://j.example"\nfeeds = "x"\n' + OWN_OUTLET + "feed = 1\n"
    wrong_days = "[[windows]]\nfrom = 2026-03-04\nto = 2026-02-25\n"
    keys = ["outlets[0] (Mon Journal)"] * 4 + ["outlets[1] (own)"]
    for others, told in (
        ("[mail]\nport = 0\n" + wrong_days, ["mail.port", "windows[0]"]),
        (
            '[daemon]\ntick = "0.5s"\n' + DAYS + DAYS + '[crawl]\ndeadline = "1h"\n',
            ["daemon.tick", "windows[1]", "crawl.deadline"],
        ),
        (
            f'topics = ["gone.toml"]\n[daemon]\ntick = "0.5s"\n{SMTP}host = "smtp.example.org"\nsecurity = "none"\n',
            ["topics", "daemon.tick", "mail.security"],
        ),
    ):
        with pytest.raises(ConfigurationError) as refused:
            load(tmp_path, others + outlets)
        lines = [line.split(": ")[1].split(" =")[0] for line in str(refused.value).splitlines()]
        assert sorted(lines) == sorted([*told, *keys])


def test_a_wrong_database_address_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, '[database]\nurl = "postgresql//veilleur:canari-5127@db/veille"\n')
    assert "canari-5127" not in str(refused.value)
    assert "database.url" in str(refused.value)


def test_the_password_is_shown_by_no_part_of_the_configuration(tmp_path: Path) -> None:
    assert "canari-5127" not in repr(load(tmp_path, SMTP, **{PASSWORD_VARIABLE: "canari-5127"}))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "mail.localhost"])
def test_mail_may_go_in_clear_to_this_machine(tmp_path: Path, host: str) -> None:
    loaded = load(tmp_path, SMTP + f'host = "{host}"\nsecurity = "none"\n')
    assert loaded.server
    assert loaded.server.security == "none"


@pytest.mark.parametrize("host", ["smtp.example.org", "192.168.1.10", "10.0.0.1", "localhost.example.org", "::2"])
def test_mail_never_goes_in_clear_to_another_machine(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="in clear") as refused:
        load(tmp_path, SMTP + f'host = "{host}"\nsecurity = "none"\n')
    assert "starttls" in str(refused.value)


@pytest.mark.parametrize("place", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        config.load(str(tmp_path / place), {})


def test_bytes_that_are_no_text_are_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "veilleur.toml").write_bytes(b"\xff\xfe[mail]")
    with pytest.raises(ConfigurationError, match="not TOML"):
        config.load(str(tmp_path / "veilleur.toml"), {})
