"""A live round on loopback: 1,400 pages of 180 KB of 20 outlets, 1 in 100 with a mention, served by nginx.

Beside it, in turns, a bare Scrapy spider that asks for the same pages and does nothing with the answers: Scrapy's own
settings, but for cookies and the search for a refresh in each page's head, which alone takes 16 ms a page; and the same
with the one further setting that makes Scrapy faster and that a round has too. Both are
counted from the first page that nginx sends to the end of the work; the round's part includes its sources, robots.txt,
gate, extraction, verdicts and database.

Memory is measured in two rounds more, of 50 outlets with 1,000 and with 100,000 pages (`--longest PAGES`: another
number).
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.corpus import ROOT
from benchmarks.gate import pages
from crawler.child import run_round
from crawler.conversation import Event
from crawler.job import RoundJob, bundled_topic
from crawler.outlets import Outlet
from storage.database import Database
from storage.migrate import migrate
from tests.support.processes import children_of

OUTLETS = 20
PAGES = 1_400
MANY_OUTLETS, FEW_PAGES, LONGEST = 50, 1_000, 100_000
ONE_IN = 100
TURNS = 5
SCRAPYS_OWN, OURS = 100, 2  # CONCURRENT_ITEMS: tasks that Scrapy makes for every answer
PORT = 18_660
WITH_MENTION = ROOT / "fixtures/web/www.gazette-plateaux.example"
BARE = """
import asyncio, json, sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
class Bare(scrapy.Spider):
    name = "bare"
    custom_settings = {"ROBOTSTXT_OBEY": False, "LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False,
        "METAREFRESH_ENABLED": False, "COOKIES_ENABLED": False, "CONCURRENT_ITEMS": %d}
    async def start(self):
        for url in json.load(sys.stdin):
            yield scrapy.Request(url, dont_filter=True)
    def parse(self, response):
        pass
process = AsyncCrawlerProcess()
process.crawl(Bare)
process.start()
print(time.time())
"""
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  log_format told '$msec $status $uri'; access_log {folder}/access.log told; default_type text/html; sendfile on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ text/html html; application/rss+xml xml; }}
  server {{ {listen} root {folder}/site; location = /robots.txt {{ return 404; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What nginx serves: so many outlets, and so many pages of all of them."""

    outlets: int = OUTLETS
    pages: int = PAGES

    @property
    def of_each(self) -> range:
        """The numbers of an outlet's pages."""
        return range(self.pages // self.outlets)


def measure(longest: int = LONGEST) -> list[str]:
    if shutil.which("nginx") is None:
        return ["nginx is not installed here: not measured."]
    with served(Site()) as folder:
        turns = [
            (bare_rate(folder, SCRAPYS_OWN), bare_rate(folder, OURS), *round_rate(folder, Site(), turn))
            for turn in range(TURNS)
        ]
    bare, fewer, ours = (statistics.median(rates) for rates in list(zip(*turns, strict=True))[:3])
    return [
        f"| what | pages/s (median of {TURNS} turns) | a round's share of it |",
        "|---|---|---|",
        f"| bare Scrapy, with its own settings | {bare:,.0f} | {ours / bare:.2f} |",
        f"| bare Scrapy, with as few tasks an answer as a round has | {fewer:,.0f} | {ours / fewer:.2f} |",
        f"| a round | {ours:,.0f} | |",
        "",
        *_memory(longest),
    ]


def _memory(longest: int) -> list[str]:
    lines = ["| pages of a round | outlets | memory of its process at its peak |", "|---|---|---|"]
    for site in (Site(MANY_OUTLETS, FEW_PAGES), Site(MANY_OUTLETS, longest)):
        with served(site) as folder:
            peak = round_rate(folder, site, 0)[1]
        lines.append(f"| {site.pages:,} | {site.outlets} | {peak:,.0f} MB |")
    return lines


@contextmanager
def served(site: Site) -> Iterator[Path]:
    """The folder of an nginx that serves the site."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)  # nginx may read as another user
        build_site(folder / "site", site)
        with nginx(folder, site):
            yield folder


def build_site(into: Path, site: Site) -> None:
    """One feed and its pages an outlet, each outlet below a folder of its own number."""
    into.mkdir()
    without = [_written(into / f"without-{number}", page) for number, page in enumerate(pages())]
    with_mention = [_written(into / f"with-{number}", page) for number, page in enumerate(mention_pages())]
    for outlet in range(site.outlets):
        folder = into / str(outlet)
        folder.mkdir()
        for number in site.of_each:
            place = outlet * len(site.of_each) + number
            kind = with_mention if place % ONE_IN == 7 else without
            os.link(kind[place // (ONE_IN if kind is with_mention else 1) % len(kind)], folder / f"{number}.html")
        items = "".join(f"<item><title>Page {n}</title><link>{address(outlet, n)}</link></item>" for n in site.of_each)
        feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
        (folder / "feed.xml").write_text(feed, encoding="utf-8")


def _written(file: Path, page: bytes) -> Path:
    file.write_bytes(page)
    return file


def mention_pages() -> list[bytes]:
    """Saved pages with the film, filled up to 180 KB after their end."""
    found = [
        file.read_bytes() for file in sorted((ROOT / "fixtures/web").rglob("*.html")) if b"Code 8" in file.read_bytes()
    ]
    return [page + b"<!--" + b"- " * ((180_000 - len(page)) // 2) + b"-->" for page in found]


def address(outlet: int, number: int | str) -> str:
    name = f"{number}.html" if isinstance(number, int) else number
    return f"http://{_host(outlet)}/{outlet}/{name}"


def _host(outlet: int) -> str:
    return f"127.0.{outlet // 250}.{outlet % 250 + 2}:{PORT}"


@contextmanager
def nginx(folder: Path, site: Site) -> Iterator[None]:
    configuration = folder / "nginx.conf"
    listen = " ".join(f"listen {_host(outlet)};" for outlet in range(site.outlets))
    configuration.write_text(NGINX.format(folder=folder, listen=listen), encoding="utf-8")
    server = subprocess.Popen(["nginx", "-c", str(configuration), "-e", str(folder / "error.log")])
    try:
        time.sleep(1)
        yield
    finally:
        server.terminate()
        server.wait(10)


def bare_rate(folder: Path, items: int) -> float:
    log = folder / "access.log"
    before = log.stat().st_size
    urls = [address(outlet, number) for number in range(PAGES // OUTLETS) for outlet in range(OUTLETS)]
    ended = subprocess.run(
        [sys.executable, "-c", BARE % items],
        input=str(urls).replace("'", '"'),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return _rate(log, before, float(ended.stdout), PAGES)


def round_rate(folder: Path, site: Site, turn: int) -> tuple[float, float]:
    """Pages a second and megabytes of the round's process."""
    log = folder / "access.log"
    before = log.stat().st_size
    job = RoundJob(
        f"sqlite:///{folder}/veilleur-{turn}.db",
        tuple(outlets(site)),
        (bundled_topic(),),
        contact="mailto:presse@example.org",
        allow_networks=("127.0.0.0/8",),
        delay=timedelta(0),
        deadline=timedelta(minutes=20),
        outlet_time=timedelta(minutes=20),  # on a slow machine all answers of an outlet take longer than usual
        pages_per_outlet=site.pages,
        forced=True,
    )
    database = Database(job.database)
    migrate(database)
    database.close()
    ends: list[float] = []
    peaks = [0.0]

    def told(event: Event) -> None:
        ends.append(time.time())
        if len(ends) % 50 == 0:
            peaks.extend(map(peak_memory, children_of(os.getpid(), "crawler.round")))

    report = asyncio.run(run_round(job, told))
    if report.counts.get("pages") != site.pages:
        raise RuntimeError(f"the round did not read every page: {report}")
    return _rate(log, before, ends[-1], site.pages), max(peaks)


def peak_memory(process: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def outlets(site: Site) -> Iterator[Outlet]:
    for number in range(site.outlets):
        feed = address(number, "feed.xml")
        yield Outlet(id=f"outlet-{number}", name=f"Outlet {number}", domain=_host(number), feeds=(feed,))


def _rate(log: Path, before: int, end: float, pages: int) -> float:
    with log.open(encoding="utf-8") as opened:
        opened.seek(before)
        sent = [float(line.split()[0]) for line in opened if " 200 " in line and ".html" in line]
    if len(sent) != pages:
        raise RuntimeError(f"nginx sent {len(sent)} pages")
    return pages / (end - min(sent))


def main() -> None:
    words = argparse.ArgumentParser(description="Measures live rounds.")
    words.add_argument("--longest", type=int, default=LONGEST, metavar="PAGES", help="pages of the longest round")
    print("\n".join(measure(words.parse_args().longest)))


if __name__ == "__main__":
    main()
