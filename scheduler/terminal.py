"""What people see: tables and colours on a terminal, plain lines in a pipe, progress only where somebody watches."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from scheduler.errors import ConfigurationError

PIPE_WIDTH = 200
PARIS = ZoneInfo("Europe/Paris")

for _name in ("stdout", "stderr"):  # closed by who began the command: nobody wants to read it
    if getattr(sys, _name) is None:
        setattr(sys, _name, open(os.devnull, "w"))  # noqa: SIM115
out = Console(
    width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty()
)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())
_zone = PARIS
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


def show_times_in(zone: ZoneInfo) -> None:
    """Times are shown, and days are read, in this zone from now on; in that of Paris before."""
    global _zone
    _zone = zone


def local(instant: datetime) -> datetime:
    """The instant in the zone in which times are shown."""
    return instant.astimezone(_zone)


def moment(instant: datetime | None) -> str:
    return local(instant).strftime("%Y-%m-%d %H:%M") if instant else "–"


def zone() -> str:
    """The name of the zone in which times are shown."""
    return _zone.key


def slot(instant: datetime, reader: ZoneInfo | None) -> str:
    """A slot on its reader's clock, as `--slot` takes it: with its offset where times are shown by another clock."""
    theirs = instant.astimezone(reader or _zone)
    shown = theirs.strftime("%Y-%m-%d %H:%M")
    return shown if theirs.utcoffset() == local(instant).utcoffset() else shown + theirs.isoformat()[-6:]


def published(instant: datetime | None) -> str:
    """As `moment`, but midnight sharp is the day alone: pages often tell no more."""
    return moment(instant).removesuffix(" 00:00")


def day(written: str | None, option: str) -> datetime | None:
    """The beginning of a day as it is written for an option, in the zone in which times are shown.

    Raises ConfigurationError.
    """
    if written is None:
        return None
    try:
        return datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=_zone)
    except ValueError as error:
        raise ConfigurationError(f"{option} {written}: write a day such as 2024-03-01") from error


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


def asking(names: Sequence[str]) -> str:
    """What a progress display says until the first answer comes, which may take a while."""
    return f"asking {plain(names[0])}"[:60] if len(names) == 1 else f"asking {len(names):,} outlets"


class ArchiveProgress:
    """How far a replay of archives got: the share of their bytes that is read, `done` of them before, pages a second
    and time left; and the verdicts on the pages of the archive that is read. For terminals only."""

    def __init__(self, size: int, done: int = 0, console: Console = err) -> None:
        self._pages, self._began = 0, time.monotonic()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[speed]}"),
            TextColumn("left:"),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        self._shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._shown.add_task("reading", total=size, completed=done, speed="")
        self._verdicts = self._shown.add_task("", total=1, speed="", visible=False)

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.stop()

    def advance(self, file: Path, done: int, pages: int) -> None:
        """So many bytes more of the file are read, with so many pages in them."""
        self._pages += pages
        speed = self._pages / max(time.monotonic() - self._began, 0.001)
        self._shown.update(
            self._task, advance=done, description=plain(file.name)[:60], speed=f"{self._pages:,} pages, {speed:,.0f}/s"
        )

    def judge(self, words: str, *, done: int, waiting: int) -> None:
        """The pages of an archive are judged from now on: so many wait, and so many were judged before."""
        self._shown.reset(self._verdicts, description=words, total=done + waiting, completed=done, visible=waiting > 0)
        self.judged(0)

    def judged(self, pages: int) -> None:
        """So many pages more are judged; the row goes with the last of them."""
        self._shown.update(self._verdicts, advance=pages)
        row = self._shown.tasks[self._verdicts]
        self._shown.update(
            self._verdicts, speed=f"{row.completed:,.0f} of {row.total:,.0f}", visible=row.visible and not row.finished
        )


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
