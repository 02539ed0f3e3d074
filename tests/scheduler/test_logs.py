"""The log: for people or for machines, on standard error, without a secret."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import logs
from scheduler.config import PASSWORD_VARIABLE
from scheduler.terminal import PARIS, show_times_in


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    show_times_in(PARIS)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_json_log_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(verbose=False, log_format="json", quiet=False)
    logging.getLogger("alerts.delivering").info("delivery %s\nto « Anne »", 3)
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError:
        logging.getLogger("scheduler").exception("round 4")
    captured = capsys.readouterr()
    first, second = map(json.loads, captured.err.splitlines())
    assert (first["level"], first["logger"]) == ("info", "alerts.delivering")
    assert first["message"] == "delivery 3\nto « Anne »"
    assert first["time"].endswith("+00:00")
    assert "ZeroDivisionError: a bug" in second["exception"]
    assert captured.out == ""


def test_its_times_are_those_that_commands_show_with_their_offset(capsys: pytest.CaptureFixture[str]) -> None:
    show_times_in(ZoneInfo("Pacific/Kiritimati"))
    logs.configure(verbose=False, log_format="text")
    logging.getLogger("scheduler").warning("x")
    shown = datetime.fromisoformat(" ".join(capsys.readouterr().err.split()[:2]))
    assert shown.utcoffset() == timedelta(hours=14)
    assert abs(shown - datetime.now(UTC)) < timedelta(hours=1)


@pytest.mark.parametrize("password", ["canari-nocturne", 'canari"é\\nocturne'])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_password_is_never_written(
    password: str, log_format: logs.LogFormat, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    logs.configure(verbose=True, log_format=log_format)
    log = logging.getLogger("alerts.smtp")
    log.info(f"logging in with {password}")
    log.info("logging in with %s", password)
    try:
        raise ConnectionError(f"535 {password} is wrong")
    except ConnectionError:
        log.exception("no log-in")
    told = capsys.readouterr().err
    assert "nocturne" not in told
    assert told.count("***") == 3


@pytest.mark.parametrize(
    ("verbose", "quiet", "levels"),
    [(False, True, {"WARNING"}), (False, False, {"INFO", "WARNING"}), (True, True, {"DEBUG", "INFO", "WARNING"})],
)
def test_commands_are_quiet_the_daemon_tells_and_verbose_tells_all(
    verbose: bool, quiet: bool, levels: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(verbose=verbose, log_format="text", quiet=quiet)
    log = logging.getLogger("scheduler")
    log.debug("x")
    log.info("x")
    log.warning("x")
    assert {line.split()[2] for line in capsys.readouterr().err.splitlines()} == levels
