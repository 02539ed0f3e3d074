"""What a command may not read is said in a line that names it."""

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scheduler.commands.conftest import Veilleur
from tests.support.paths import CASES, WEB

Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root reads everything")


@pytest.fixture
def ran(home: Path) -> Run:
    """Runs a command as somebody who may not read everything."""
    ours = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    code = "import sys; from scheduler.cli import main; sys.argv[0] = 'veilleur'; main()"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*ours, sys.executable, "-c", code, *words]
        return subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def closed(home: Path) -> Path:
    """Files and a folder that nobody may read, among what commands are given."""
    shutil.copytree(WEB / "cine-vagabond.example", home / "pages" / "cine-vagabond.example")
    for name in ("archive.warc.gz", "pages/outlets.toml", "pages/cine-vagabond.example/brouillon"):
        (home / name).write_text("<html>")
        (home / name).chmod(0)
    (home / "ferme").mkdir(mode=0)
    (home / "base.toml").write_text('[database]\nurl = "sqlite:///ferme/veilleur.db"\n')
    return home


@pytest.mark.parametrize(
    ("words", "status", "named"),
    [
        (["backtest", "archive.warc.gz"], 2, "archive.warc.gz: cannot be read"),
        (
            ["backtest", str(CASES / "mentions_given.tsv"), "--against", "archive.warc.gz"],
            2,
            "archive.warc.gz: cannot be read",
        ),
        (["outlets", "import", "archive.warc.gz"], 2, "archive.warc.gz: cannot be read"),
        (["explain", "ferme"], 2, "ferme: cannot be read"),
        (["explain", "ferme/page.html"], 2, "ferme/page.html: cannot be read"),
        (["replay", "archive.warc.gz"], 2, "archive.warc.gz: cannot be read"),
        (["replay", "pages"], 2, "pages/outlets.toml: cannot be read"),
        (["run", "--once", "--saved", "ferme"], 2, "ferme: cannot be read"),
        (["crawl", "--saved", "pages"], 2, "pages/outlets.toml: cannot be read"),
        (["--config", "base.toml", "mentions"], 1, "ferme/veilleur.db"),
    ],
)
def test_what_may_not_be_read_is_named_in_a_line(
    ran: Run, closed: Path, words: list[str], status: int, named: str
) -> None:
    ended = ran(*words)
    assert (ended.stderr, ended.returncode) == (f"veilleur: {named}: Permission denied\n", status)


def test_a_page_that_may_not_be_looked_at_is_unreadable_and_the_others_are_judged(ran: Run, closed: Path) -> None:
    (closed / "pages" / "outlets.toml").unlink()
    ended = ran("replay", "pages")
    assert "unreadable  pages/cine-vagabond.example/brouillon: [Errno 13] Permission denied" in ended.stdout
    assert (ended.stdout.splitlines()[-1].split(":")[0], ended.stderr, ended.returncode) == ("7 pages", "", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("words", [("outlets", "list"), ("outlets", "list", "--json"), ("--help",)])
def test_that_nothing_more_can_be_printed_is_said_in_a_line(home: Path, words: tuple[str, ...]) -> None:
    code = "import sys; from scheduler.cli import main; sys.argv[0] = 'veilleur'; main()"
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert (ended.returncode, ended.stderr) == (1, "veilleur: what is printed here: No space left on device\n")


def test_a_terminal_that_is_gone_or_was_never_there_breaks_no_command(home: Path) -> None:
    code = "import sys; from scheduler.cli import main; sys.argv[0] = 'veilleur'; main()"
    listing = [sys.executable, "-c", code, "outlets", "list"]
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        os.close(ours)
        hung_up = subprocess.run(listing, cwd=home, stdout=terminal, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (hung_up.returncode, hung_up.stderr) == (1, "veilleur: what is printed here: Input/output error\n")
    closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *listing], cwd=home, timeout=60, stderr=subprocess.PIPE)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_a_catalogue_of_saved_pages_may_begin_with_a_mark_of_its_encoding(veilleur: Veilleur, home: Path) -> None:
    shutil.copytree(WEB / "cine-vagabond.example", home / "pages" / "cine-vagabond.example")
    (home / "pages" / "outlets.toml").write_text("[[outlets]]\nid = 'x'\n", "utf-8-sig")
    ran = veilleur("crawl", "--saved", "pages")
    assert ran.status == 2
    assert "name is missing" in ran.err
