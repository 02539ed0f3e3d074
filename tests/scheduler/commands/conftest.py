"""Commands, run as `veilleur` runs them, in a folder of the test's own."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler import cli
from scheduler.config import CONFIG_VARIABLE, PASSWORD_VARIABLE
from scheduler.terminal import PARIS, show_times_in
from storage.database import Database
from tests.support.newsroom import newsroom


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


Veilleur = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in; no variable of this machine's reaches them."""
    monkeypatch.chdir(tmp_path)
    for name in (CONFIG_VARIABLE, PASSWORD_VARIABLE, "FORCE_COLOR", "TTY_COMPATIBLE", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def veilleur(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Veilleur]:
    """Runs a command."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["veilleur", *words])
        capsys.readouterr()
        try:
            cli.main()
            status: int | str | None = 0
        except SystemExit as end:
            status = end.code
        captured = capsys.readouterr()
        assert isinstance(status, int | None), status
        return Ran(status or 0, captured.out, captured.err)

    yield run
    show_times_in(PARIS)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def stored(home: Path) -> Iterator[Database]:
    """The default database of that folder."""
    (home / "var").mkdir()
    with newsroom(home / "var") as database:
        yield database
