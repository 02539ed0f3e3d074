"""`veilleur init` writes a file that works as it is."""

import re
from pathlib import Path

from scheduler import config
from tests.scheduler.commands.conftest import Veilleur


def test_the_file_loads_to_the_defaults(veilleur: Veilleur, home: Path) -> None:
    defaults = config.load(None, {})
    ran = veilleur("init")
    assert ran.status == 0
    assert "veilleur.toml" in ran.out
    assert config.load("veilleur.toml", {}) == defaults


def test_every_value_that_the_file_shows_is_allowed(veilleur: Veilleur, home: Path) -> None:
    veilleur("init")
    text = (home / "veilleur.toml").read_text()
    shown = re.sub(r"^# (\[\[?[\w.]+\]\]?|\w+ = )", r"\1", text, flags=re.MULTILINE)
    assert len(shown) < len(text)
    (home / "shown.toml").write_text(shown)
    loaded = config.load("shown.toml", {})
    assert [each.email for each in loaded.subscribers] == ["presse@example.org"]
    assert "mon-journal" in [outlet.id for outlet in loaded.outlets]


def test_a_file_that_is_there_is_not_replaced_unasked(veilleur: Veilleur, home: Path) -> None:
    (home / "veilleur.toml").write_text("# mine\n")
    ran = veilleur("init")
    assert ran.status == 2
    assert "veilleur.toml is there already" in ran.err
    assert "--force" in ran.err
    assert (home / "veilleur.toml").read_text() == "# mine\n"
    assert veilleur("init", "--force").status == 0
    assert "# mine" not in (home / "veilleur.toml").read_text()


def test_the_file_goes_where_config_says(veilleur: Veilleur, home: Path) -> None:
    assert veilleur("--config", "other.toml", "init").status == 0
    assert (home / "other.toml").is_file()
    assert veilleur("--config", "gone/other.toml", "init").status == 2
