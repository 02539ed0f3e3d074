"""Replaying a web archive: pages a second beside FastWARC alone on the same file, two processes beside one, memory.

Pages of about 180 KB (scripts, navigation, teasers, an article of invented text), one in a hundred about the film, in
gzip, one member a record. FastWARC iterates over the records and does nothing with them, and once more reading every
page's bytes, without which nothing can be known of a page; it uses one core. Times are of whole commands less those of
the same command on an archive of a few hundred pages, which starts all the processes of the long one; medians of
alternating repetitions. One process of a replay sifts two stretches at once, in threads, and extracts pages in a
process beside it, which can be killed; so it can use more than one core, and is measured once more on a single one,
which is what two processes on two cores are to be compared with. What it is on both cannot be shorter than half of its
time of a core; verdicts, which follow the order of publication, come when all is read and use one. Archives of the
world's news hold far fewer mentions than one in a hundred pages; so one process is measured with one in a thousand too.
Memory is what all processes of the command use (proportional set size), at its peak.

`python -m benchmarks.archives --longest 100000` also measures memory on an archive of that many pages (4.8 GB in the
folder for temporary files, some minutes).
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastwarc.warc import ArchiveIterator

from benchmarks.corpus import ROOT
from benchmarks.invented import ONE_IN, SIZE, about_the_film, write_archive
from crawler.archives.members import members
from crawler.archives.records import ArchiveReader
from crawler.extraction.order import PageToRead
from crawler.extraction.page import extract
from matching.gate import Gate
from matching.judge import Judge
from matching.memory import Memory
from matching.topic import watched_titles
from scheduler.config import load

PAGES = 12_000
RARELY = 1000
FEW = 400
LONGEST = 12_000
REPETITIONS = 3
ITERATE = "import sys; from fastwarc.warc import ArchiveIterator; print(sum(1 for _ in ArchiveIterator(sys.argv[1])))"
READ = (
    "import sys; from fastwarc.warc import ArchiveIterator;"
    " print(sum(len(each.reader.read()) > 0 for each in ArchiveIterator(sys.argv[1])))"
)
REPLAY = "import sys; from scheduler.cli import main; sys.argv[0] = 'veilleur'; main()"
ONE_CORE = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took, in seconds; `core` is the time that it and its children kept a core busy."""

    wall: float
    core: float

    def __sub__(self, other: "Taken") -> "Taken":
        return Taken(self.wall - other.wall, self.core - other.core)


def taken(command: list[str], folder: str) -> Taken:
    began, busy = time.perf_counter(), _busy()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=_environment())
    return Taken(time.perf_counter() - began, _busy() - busy)


def _busy() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak(command: list[str], folder: str) -> float:
    """The most memory, in MB, that the command and its children used at one time."""
    most = 0.0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=_environment()) as process:
        while process.poll() is None:
            most = max(most, sum(_proportional(pid) for pid in _family(process.pid)))
            time.sleep(0.1)
    return most


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile
            for child in thread.read_text().split():
                yield from _family(int(child))


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def replay(file: Path, processes: int, before: str = "") -> list[str]:
    return [sys.executable, "-c", before + REPLAY, "replay", str(file), "--processes", str(processes)]


def measure(longest: int = LONGEST) -> list[str]:
    with TemporaryDirectory(prefix="veilleur-bench-") as folder:
        whole, rare, few = (Path(folder) / f"{name}.warc.gz" for name in ("pages", "rare", "few"))
        write_archive(whole, PAGES)
        write_archive(rare, PAGES, one_in=RARELY)
        write_archive(few, FEW)
        speeds, costs = _speeds(whole, rare, few), _costs(whole)
        whole.unlink()
        rare.unlink()
        return [*speeds, "", *costs, "", *_memory(folder, longest)]


def _speeds(whole: Path, rare: Path, few: Path) -> list[str]:
    rarely = f"replay, 1 process, 1 mention in {RARELY:,}"
    commands: dict[str, Callable[[Path], list[str]]] = {
        "FastWARC, iterating": lambda file: [sys.executable, "-c", ITERATE, str(file)],
        "FastWARC, reading each page": lambda file: [sys.executable, "-c", READ, str(file)],
        "replay, 1 process": lambda file: replay(file, 1),
        "replay, 1 process on one core": lambda file: replay(file, 1, ONE_CORE),
        "replay, 2 processes": lambda file: replay(file, 2),
        rarely: lambda file: replay(file, 1),
    }
    times: dict[str, list[Taken]] = {name: [] for name in commands}
    for _ in range(REPETITIONS):
        for name, command in commands.items():
            file = rare if name == rarely else whole
            times[name].append(taken(command(file), str(few.parent)) - taken(command(few), str(few.parent)))
    pages = PAGES - FEW
    speeds = {name: pages / statistics.median(each.wall for each in several) for name, several in times.items()}
    busy = {name: 1000 * statistics.median(each.core for each in several) / pages for name, several in times.items()}
    iterating, reading, one, alone, two, _ = speeds.values()
    size = whole.stat().st_size / PAGES / 1000
    return [
        f"{PAGES:,} pages, {SIZE // 1000} KB each, {size:.0f} KB in the archive; {REPETITIONS} repetitions",
        "",
        "| what | pages/s | of FastWARC iterating | of FastWARC reading | ms of a core a page |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {speed:,.0f} | {speed / iterating:.2f} | {speed / reading:.2f} | {busy[name]:.3f} |"
            for name, speed in speeds.items()
        ),
        "",
        f"Two processes: **{two / alone:.2f}** times one on one core, {two / one:.2f} times one on both.",
    ]


def _costs(file: Path) -> list[str]:
    """Where the time of a page goes: each step in this process, on what the steps before it gave."""
    topics = load(None).topics
    gate, judges = Gate(topics), [Memory(Judge(topic)) for topic in topics]
    iterating = _core(lambda: sum(1 for _ in ArchiveIterator(str(file))))
    unzipping = _core(lambda: _unzipped(file))
    reading = _core(lambda: sum(1 for _ in ArchiveReader(file).pages()))
    gating = _core(lambda: sum(int(gate.passes(page.body)) for page in ArchiveReader(file).pages()))
    order = [
        PageToRead(about_the_film(n), f"https://journal.example/m/{n}", titles=watched_titles(topics))
        for n in range(ONE_IN // 2, PAGES, ONE_IN)
    ]
    articles = [extract(page) for page in order]
    dated = [(each, each.published) for each in articles if each.published]
    extracting = _core(lambda: sum(len(extract(page).text) > 0 for page in order))
    judging = _core(lambda: sum(len(judge.judge(each, moment)) for each, moment in dated for judge in judges))
    steps = {
        "unzipping (ISA-L)": unzipping,
        "records, headers, bytes (FastWARC)": reading - unzipping,
        "the gate": gating - reading,
        "extraction of the mentions": extracting,
        "their verdicts": judging,
    }
    lines = ["| step | ms of a core a page | of FastWARC iterating |", "|---|---|---|"]
    lines += [f"| {name} | {1000 * each / PAGES:.3f} | {each / iterating:.2f} |" for name, each in steps.items()]
    total = sum(steps.values())
    return [*lines, f"| together | {1000 * total / PAGES:.3f} | {total / iterating:.2f} |"]


def _unzipped(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(len(each.content) for each in members(opened.fileno(), 0, file.stat().st_size))


def _core(work: Callable[[], int]) -> float:
    began = time.process_time()
    assert work()
    return time.process_time() - began


def _memory(folder: str, longest: int) -> list[str]:
    lines = ["| pages | memory, 1 process | memory, 2 processes |", "|---|---|---|"]
    for pages in (1000, longest):
        file = Path(folder) / "long.warc.gz"
        write_archive(file, pages)
        one, two = peak(replay(file, 1), folder), peak(replay(file, 2), folder)
        lines.append(f"| {pages:,} | {one:.0f} MB | {two:.0f} MB |")
        file.unlink()
    return lines


def main() -> None:
    words = argparse.ArgumentParser(description="Measures the replay of web archives.")
    words.add_argument("--longest", type=int, default=LONGEST, metavar="PAGES", help="pages of the longest archive")
    print("\n".join(measure(words.parse_args().longest)))


if __name__ == "__main__":
    main()
