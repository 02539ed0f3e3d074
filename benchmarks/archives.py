"""Replaying a web archive: pages a second beside FastWARC alone on the same file, two processes beside one, memory.

Pages of about 180 KB (scripts, navigation, teasers, an article of invented text), one in a hundred about the film, in
gzip, one member a record. FastWARC iterates over the records and does nothing with them, and once more reading every
page's bytes, without which nothing can be known of a page. Times are of whole commands less those of the same command
on an archive of ten pages, medians of alternating repetitions; memory is what all processes of the command use
(proportional set size), at its peak. VEILLEUR_BENCH_PAGES sets the length of the longest archive (20,000).
"""

import io
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.corpus import ROOT

SIZE = 180_000
DISTINCT = 150
PAGES = 4000
LONGEST = int(os.environ.get("VEILLEUR_BENCH_PAGES", "20000"))
REPETITIONS = 3
ITERATE = "import sys; from fastwarc.warc import ArchiveIterator; print(sum(1 for _ in ArchiveIterator(sys.argv[1])))"
READ = (
    "import sys; from fastwarc.warc import ArchiveIterator;"
    " print(sum(len(each.reader.read()) > 0 for each in ArchiveIterator(sys.argv[1])))"
)
REPLAY = "import sys; from scheduler.cli import main; sys.argv[0] = 'veilleur'; main()"
WORDS = """
le la les un une des du de et dans pour avec sur qui que son sa ses cette film salle été soir ville public voix image
histoire scène lumière saison équipe projet année maison acteur musique travail famille journal culture enfant route
mémoire regard silence matin quartier atelier théâtre roman affiche festival tournage récit
""".split()
ABOUT = (
    "Le film Code 8, avec Robbie Amell et Stephen Amell, revient sur Netflix. La suite, Code 8 : Partie II, de"
    " Jeff Chan, a trouvé son public dès la première semaine."
)


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(8, 22))).capitalize() + "."


def page(number: int, *, is_mention: bool) -> bytes:
    """An article as outlets' systems make them, mostly not article."""
    chance = random.Random(number)
    title = f"Code 8 : ce que l’on sait, {number}" if is_mention else sentence(chance)[:70]
    paragraphs = [sentence(chance) + " " + sentence(chance) + " " + sentence(chance) for _ in range(12)]
    if is_mention:
        paragraphs[1:1] = [ABOUT]
    day, minute = 1 + number % 28, number % 60
    head = f'<meta charset="utf-8"><title>{title}</title><meta property="og:title" content="{title}">'
    head += f'<meta property="article:published_time" content="2024-03-{day:02}T08:{minute:02}:00+01:00">'
    body = f"<article><h1>{title}</h1>" + "".join(f"<p>{each}</p>" for each in paragraphs) + "</article>"
    links = "".join(f'<li class="menu__item"><a href="/r/{n}/">{sentence(chance)[:24]}</a></li>' for n in range(150))
    teasers = "".join(_teaser(chance) for _ in range(80))
    page = f'<!DOCTYPE html><html lang="fr"><head>{head}</head><body><nav><ul>{links}</ul></nav><main>{body}</main>'
    page += f'<aside class="related">{teasers}</aside>'
    while len(page) < SIZE:
        page += f"<script>window.__data__.push({{{_data(chance)}}});</script>"
    return (page + "</body></html>").encode()


def _teaser(chance: random.Random) -> str:
    image = f'<img src="https://cdn.journal.example/{chance.getrandbits(64):x}.jpg" alt="">'
    link = f'<a href="/a/{chance.getrandbits(32)}.html">{image}<span>{sentence(chance)}</span></a>'
    return f'<div class="card card--teaser" data-id="{chance.getrandbits(48):x}">{link}</div>'


def _data(chance: random.Random) -> str:
    return ",".join(
        f'"{chance.choice(WORDS)}_{chance.getrandbits(16):x}":{{"id":{chance.getrandbits(30)},"label":"{sentence(chance)}"}}'
        for _ in range(30)
    )


def record(url: str, body: bytes) -> bytes:
    """A page's record as one gzip member."""
    made = WarcRecord()
    made.init_headers(WarcRecordType.response)
    made.is_http = True
    made.headers["WARC-Target-URI"] = url
    head = ["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}"]
    made.set_bytes_content("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    written = io.BytesIO()
    member = GzipWriter(written, compression_level=6)
    made.write(member)
    member.finish()
    member.flush()
    return written.getvalue()


def write_archive(file: Path, pages: int) -> None:
    """An archive of so many pages; the mentions are all different, the others recur."""
    others = [record(f"https://journal.example/a/{n}", page(n, is_mention=False)) for n in range(min(pages, DISTINCT))]
    with file.open("wb") as opened:
        for number in range(pages):
            if number % 100 == 50:
                opened.write(record(f"https://journal.example/m/{number}", page(10**6 + number, is_mention=True)))
            else:
                opened.write(others[number % len(others)])


def seconds(command: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=_environment())
    return time.perf_counter() - began


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


def replay(file: Path, processes: int) -> list[str]:
    return [sys.executable, "-c", REPLAY, "replay", str(file), "--processes", str(processes)]


def measure() -> list[str]:
    with TemporaryDirectory(prefix="veilleur-bench-") as folder:
        return [*_speeds(folder), "", *_memory(folder)]


def _speeds(folder: str) -> list[str]:
    whole, short = Path(folder) / "pages.warc.gz", Path(folder) / "ten.warc.gz"
    write_archive(whole, PAGES)
    write_archive(short, 10)
    commands: dict[str, Callable[[Path], list[str]]] = {
        "FastWARC, iterating": lambda file: [sys.executable, "-c", ITERATE, str(file)],
        "FastWARC, reading each page": lambda file: [sys.executable, "-c", READ, str(file)],
        "replay, 1 process": lambda file: replay(file, 1),
        "replay, 2 processes": lambda file: replay(file, 2),
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(REPETITIONS):
        for name, command in commands.items():
            taken[name].append(seconds(command(whole), folder) - seconds(command(short), folder))
    speeds = {name: (PAGES - 10) / statistics.median(each) for name, each in taken.items()}
    iterating, reading, one, two = speeds.values()
    size = whole.stat().st_size / PAGES / 1000
    return [
        f"{PAGES:,} pages, {SIZE // 1000} KB each, {size:.0f} KB in the archive; {REPETITIONS} repetitions",
        "",
        "| what | pages/s | of FastWARC iterating | of FastWARC reading |",
        "|---|---|---|---|",
        *(
            f"| {name} | {speed:,.0f} | {speed / iterating:.2f} | {speed / reading:.2f} |"
            for name, speed in speeds.items()
        ),
        "",
        f"Two processes: **{two / one:.2f}** times one.",
    ]


def _memory(folder: str) -> list[str]:
    lines = ["| pages | memory, 1 process | memory, 2 processes |", "|---|---|---|"]
    for pages in (1000, LONGEST):
        file = Path(folder) / "long.warc.gz"
        write_archive(file, pages)
        one, two = peak(replay(file, 1), folder), peak(replay(file, 2), folder)
        lines.append(f"| {pages:,} | {one:.0f} MB | {two:.0f} MB |")
        file.unlink()
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
