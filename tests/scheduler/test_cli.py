"""The command line: every command explains itself, and every mistake is one sentence and an exit status."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from scheduler import cli
from scheduler.terminal import day, moment
from tests.scheduler.commands.conftest import Veilleur, home, stored, veilleur
from tests.support.terminal import on_a_terminal

__all__ = ["home", "stored", "veilleur"]  # fixtures

COMMANDS = sorted(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
VEILLEUR = Path(sys.executable).with_name("veilleur")


def test_every_command_of_the_design_is_there() -> None:
    promised = "init check run crawl replay extract explain digest mentions outlets record backtest migrate"
    assert set(promised.split()) <= set(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS, "outlets list"])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(veilleur: Veilleur, command: str, option: str) -> None:
    ran = veilleur(*command.split(), option)
    assert (ran.status, ran.err) == (0, "")
    assert f"Usage: veilleur {command}".strip() in ran.out
    assert "\x1b" not in ran.out


SUBCOMMANDS = [
    f"{name} {each}".strip()
    for name in COMMANDS
    for each in ("", *getattr(typer.main.get_command(cli.app).commands[name], "commands", ()))  # type: ignore[attr-defined]
]


@pytest.mark.parametrize("command", ["", *SUBCOMMANDS])
def test_help_names_values_as_people_do(veilleur: Veilleur, command: str) -> None:
    shown = veilleur(*command.split(), "--help").out
    assert re.findall(r"<(?:bool|str|int|float|list|path)\b|\b(?:TEXT|INTEGER|BOOLEAN)\b|\[\[[A-Z]", shown) == []


def test_it_says_which_version_it_is(veilleur: Veilleur) -> None:
    ran = veilleur("--version")
    assert (ran.status, ran.err, ran.out) == (0, "", f"veilleur {version('veilleur')}\n")


def test_what_was_found_is_not_asked_of_a_database_that_is_not_there(veilleur: Veilleur, home: Path) -> None:
    ran = veilleur("mentions")
    assert (ran.status, ran.out) == (1, "")
    assert "veilleur.db: there is no database yet" in ran.err
    assert not (home / "var").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["wach"], "wach"),
        (["outlets", "lst"], "lst"),
        (["run", "--twice"], "--twice"),
        (["--log-format", "xml", "check"], "xml"),
        (["replay"], "PATH"),
        (["mentions", "--limit", "0"], "--limit"),
        (["crawl", "lanterne"], "veilleur: crawl: no outlet has the id 'lanterne' (`veilleur outlets list`"),
        (["crawl", "gazete"], "veilleur: crawl: no outlet has the id 'gazete'"),
        (["mentions", "--verdict", "old"], "veilleur: --verdict old: allowed are new, duplicate, irrelevant"),
        (["mentions", "--topic", "code9"], "veilleur: --topic code9: allowed are code8"),
        (["mentions", "--outlet", "gazete"], "veilleur: --outlet gazete: no outlet has this id"),
        (["mentions", "--since", "2026-02-30"], "veilleur: --since 2026-02-30: write a day such as"),
        (["mentions", "--json", "--csv"], "veilleur: --json and --csv exclude each other"),
        (["digest", "--subscriber", "x@fil.example"], "veilleur: --subscriber x@fil.example: no such subscriber"),
        (["run", "--saved", "."], "veilleur: --saved goes with --once"),
        (["run", "--once", "--saved", "gone"], "veilleur: --saved gone: this is no folder"),
        (["crawl", "--saved", "."], "veilleur: --saved .: no watched outlet has pages there"),
        (["replay", "gone.html"], "veilleur: gone.html: there is no such file or folder"),
        (["extract", "gone.html"], "veilleur: gone.html: there is no such file or folder"),
        (["explain", "gone.html"], "veilleur: gone.html: there is no such file or folder"),
        (["record", "ftp://fil.example/x"], "veilleur: 'ftp://fil.example/x' is no address"),
        (["backtest", "gone.tsv"], "veilleur: gone.tsv: cannot be read"),
        (["--config", "gone.toml", "check"], "veilleur: gone.toml: cannot be read"),
    ],
)
def test_a_wrong_word_is_told_in_a_sentence_with_status_2(veilleur: Veilleur, words: list[str], told: str) -> None:
    ran = veilleur(*words)
    assert ran.status == 2
    assert told in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    if told.startswith("veilleur:"):
        assert len(ran.err.splitlines()) == 1


def test_a_wrong_configuration_ends_every_command_with_status_2(veilleur: Veilleur, home: Path) -> None:
    (home / "veilleur.toml").write_text('[daemon]\ntick = "often"\n')
    for words in (["check"], ["run"], ["run", "--once"], ["digest"], ["mentions"], ["outlets", "list"], ["migrate"]):
        ran = veilleur(*words)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith("veilleur: veilleur.toml: daemon.tick = 'often': 'often' is no duration: write")


def test_a_watch_over_nothing_is_a_wrong_configuration(veilleur: Veilleur, home: Path) -> None:
    (home / "veilleur.toml").write_text("[crawl]\noutlets = []\n")
    ran = veilleur("run", "--once")
    assert (ran.status, ran.out) == (2, "")
    assert "nothing is watched" in ran.err


@pytest.mark.parametrize("url", ["postgresql+pg8000://db/x", "sqlite:////proc/none/veilleur.db"])
def test_a_database_that_cannot_be_had_is_status_1(veilleur: Veilleur, home: Path, url: str) -> None:
    (home / "veilleur.toml").write_text(f'[database]\nurl = "{url}"\n')
    for words in (["run", "--once"], ["digest"], ["mentions"], ["migrate"]):
        ran = veilleur(*words)
        assert (ran.status, ran.out) == (1, "")
        assert ran.err.startswith("veilleur: ")
        assert len(ran.err.splitlines()) == 1


def test_a_database_without_its_driver_is_told_with_what_brings_it(veilleur: Veilleur, home: Path) -> None:
    (home / "veilleur.toml").write_text('[database]\nurl = "postgresql+pg8000://db/x"\n')
    assert "whose driver `pip install '.[postgresql]'` brings" in veilleur("migrate").err


def test_a_path_with_brackets_is_told_as_it_is(veilleur: Veilleur) -> None:
    assert "veilleur: [bold]x[/].html: there is no such file" in veilleur("replay", "[bold]x[/].html").err


def piped(home: Path, words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_PROXY": "*", **environ}
    return subprocess.run(
        f"{VEILLEUR} {words}", shell=True, cwd=home, env=environment, capture_output=True, text=True, check=False
    )


def test_a_pipe_gets_plain_lines_and_may_close_early(home: Path) -> None:
    listed = piped(home, "outlets list --json")
    records = [json.loads(line) for line in listed.stdout.splitlines()]
    assert len(records) > 50
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "\x1b" not in listed.stdout
    cut = piped(home, "outlets list --json | true")
    assert cut.stderr == ""


def test_the_command_itself_says_what_is_wrong_with_its_status(home: Path) -> None:
    wrong = piped(home, "check", VEILLEUR_CONFIG="gone.toml")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "veilleur: gone.toml: cannot be read: No such file or directory\n"


def test_times_are_shown_in_the_first_reader_s_zone(veilleur: Veilleur, home: Path) -> None:
    reader = '[[subscribers]]\nemail = "{}@fil.example"\ntimezone = "{}"\n'
    text = reader.format("ana", "Pacific/Auckland") + reader.format("bob", "Europe/Paris")
    (home / "veilleur.toml").write_text(text, encoding="utf-8")
    veilleur("outlets", "list")
    assert moment(datetime(2026, 1, 1, 12, tzinfo=UTC)) == "2026-01-02 01:00"
    assert day("2026-01-02", "--since") == datetime(2026, 1, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize("width", [40, pytest.param(60, marks=pytest.mark.soak), 80])
def test_no_word_is_broken_on_a_terminal(home: Path, width: int) -> None:
    (home / "pages").mkdir()
    (home / "pages" / "a.warc.gz").touch()
    lines = on_a_terminal(width, "replay", "pages", "pages/nowhere")
    lines += on_a_terminal(width, "replay", "pages")
    told = "pages: its web archives are not read; name them: veilleur replay pages/a.warc.gz ..."
    assert told in " ".join(" ".join(lines).split())
    assert "veilleur: pages/nowhere: there is no such file or folder" in " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= width
