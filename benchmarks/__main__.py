"""`make bench`: runs every benchmark and writes BENCHMARKS.md with machine and versions."""

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import archives, copies, daemon, extraction, gate, index, mails, mentions, rounds, stories
from benchmarks.corpus import ROOT

PARTS: tuple[tuple[str, Callable[[], list[str]], str | None], ...] = (
    ("Mentions", mentions.measure, mentions.__doc__),
    ("Extraction", extraction.measure, extraction.__doc__),
    ("Copies", copies.measure, copies.__doc__),
    ("Stories", stories.measure, stories.__doc__),
    ("The gate", gate.measure, gate.__doc__),
    ("A live round", rounds.measure, rounds.__doc__),
    ("Web archives", archives.measure, archives.__doc__),
    ("Mails", mails.measure, mails.__doc__),
    ("The daemon at rest", daemon.measure, daemon.__doc__),
    ("Judging, with few and with many stored mentions", index.measure, index.__doc__),
)
PACKAGES = ("scrapy", "sqlalchemy", "lxml", "trafilatura", "hyperscan", "rensa", "fastwarc", "aiosmtplib")

SOAK = ROOT / "var" / "soak"


def machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}; {packages}"


def _cpuinfo() -> list[str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as opened:
            return opened.read().splitlines()
    except OSError:
        return []


def _indented(report: str) -> list[str]:
    return [f"    {line}".rstrip() for line in report.splitlines()]


def main() -> None:
    written = [
        "# Benchmarks",
        "",
        "Made by `make bench`; nothing is claimed here that was not measured by it.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.",
    ]
    for title, measure, what in PARTS:
        print(f"{title} ...", flush=True)
        lines = measure()
        print("\n".join(lines), flush=True)
        written += ["", f"## {title}", "", (what or "").strip(), "", *lines]
    if reports := sorted(SOAK.glob("report*.txt")):
        written += ["", "## Kills at random", "", "What `make soak` reported last."]
        for each in reports:
            written += ["", *_indented(each.read_text("utf-8"))]
    (ROOT / "BENCHMARKS.md").write_text("\n".join(written) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
