"""What people see: tables and colours on a terminal, plain lines in a pipe, progress only where somebody watches."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

PIPE_WIDTH = 200

out = Console(
    width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty()
)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())
VERDICT_STYLES = {"new": "bold green", "duplicate": "yellow", "irrelevant": "dim"}


def print_json(record: dict[str, Any]) -> None:
    """One JSON object on one line, whatever the terminal is."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def plain(text: object) -> str:
    """Foreign text, which must not be read as Rich's markup, nor steer the terminal."""
    cleaned = "".join(char if char.isprintable() else " " for char in str(text))
    return escape(cleaned)


def table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="bold", show_edge=False)


def verdict(word: str) -> str:
    return f"[{VERDICT_STYLES.get(word, '')}]{word}[/]"


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun: "1 copy", "2 copies"."""
    return f"{number:,} {one if number == 1 else several}"


def moment(instant: datetime | None, zone: str = "Europe/Paris") -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if instant else "–"


@contextmanager
def progress(words: str, total: int | None = None) -> Iterator[Progress]:
    """A progress display on standard error; nothing at all when that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as shown:
        shown.add_task(words, total=total)
        yield shown


def advance(shown: Progress, words: str | None = None) -> None:
    task = shown.tasks[0].id
    shown.advance(task)
    if words is not None:
        shown.update(task, description=plain(words)[:60])


def tracked(items: Iterable[Any], words: str, total: int | None = None) -> Iterator[Any]:
    with progress(words, total) as shown:
        for item in items:
            yield item
            advance(shown)
