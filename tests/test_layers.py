"""The import rule of the house: matching <- storage <- {crawler, alerts} <- scheduler."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAILING = {"babel", "jinja2", "css_inline", "PIL", "dns", "aiosmtplib", "cryptography", "apscheduler", "starlette"}
MAY_IMPORT = {
    "matching": {"matching"},
    "storage": {"matching", "storage"},
    "crawler": {"matching", "storage", "crawler"},
    "alerts": {"matching", "storage", "alerts"},
    "scheduler": {"matching", "storage", "crawler", "alerts", "scheduler"},
}
IMPURE = {
    "os",
    "pathlib",
    "sqlite3",
    "socket",
    "subprocess",
    "time",
    "urllib",
    "importlib",
    "sqlalchemy",
    "lxml",
    "random",
}
FILES = [(room, file) for room in MAY_IMPORT for file in sorted((ROOT / room).rglob("*.py"))]


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: relative import"
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(("room", "file"), FILES, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_a_room_imports_only_the_rooms_below_it(room: str, file: Path) -> None:
    assert imported(file) & set(MAY_IMPORT) <= MAY_IMPORT[room]


def test_every_room_was_looked_at() -> None:
    assert {room for room, _ in FILES} == set(MAY_IMPORT)


@pytest.mark.parametrize("file", [file for room, file in FILES if room == "matching"], ids=lambda file: file.name)
def test_matching_does_no_input_or_output_and_reads_no_clock(file: Path) -> None:
    assert not imported(file) & IMPURE
    source = file.read_text(encoding="utf-8")
    assert ".now(" not in source
    assert "open(" not in source.replace("Popen(", "")


def test_sql_is_written_in_storage_only() -> None:
    outside = [file for room, file in FILES if room != "storage" and "sqlalchemy" in imported(file)]
    for file in outside:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not names & {"select", "insert", "update", "delete", "text"}, file


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("scheduler.cli", {"twisted", "scrapy", "sqlalchemy", "pydantic", "lxml", *MAILING}),
        ("scheduler.commands.mentions", {"twisted", "alembic", "fastwarc", "matching.judge", *MAILING}),
        ("scheduler.commands.deliveries", {"twisted", "alembic", "fastwarc", *MAILING}),
        ("scheduler.commands.outlets", {"twisted", "alembic", "fastwarc", *MAILING}),
        ("crawler.archives.crew", {"sqlalchemy", "scheduler", "trafilatura"}),
        ("crawler.extraction.worker", {"sqlalchemy", "scheduler", "scrapy", "feedparser", "storage.model"}),
        ("crawler.fetching", {"sqlalchemy", "scheduler", "trafilatura", "feedparser", "storage.model"}),
        ("crawler.probing", {"sqlalchemy", "scheduler", "trafilatura"}),
        ("crawler.round", {"trafilatura", "scheduler", "alembic", "pydantic", "rich", *MAILING - {"cryptography"}}),
    ],
)
def test_a_process_loads_only_what_it_works_with(module: str, never: set[str]) -> None:
    code = f"import {module}, sys; print(sys.modules.keys() & {never!r})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ended.stdout.strip() == "set()"
