"""The daemon at rest: memory and processor time between two rounds, with the whole catalogue and 6 outlets more.

Whether the machine reaches the outlets does not matter: the round before is a process of its
own. The daemon is watched for a minute after its first round.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crawler.outlets import bundled_catalogue

MINUTE = 60.0
LONGEST_ROUND = 240.0
CONFIGURATION = """
[database]
url = "sqlite:///{folder}/veilleur.db"
[crawl]
interval = "2h"
deadline = "3m"
[mail]
outbox = "{folder}/outbox"
"""


def measure() -> list[str]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        further = range(max(0, 116 - len(bundled_catalogue())))
        entries = "".join(_entry(number) for number in further)
        (folder / "veilleur.toml").write_text(CONFIGURATION.format(folder=folder) + entries, encoding="utf-8")
        daemon = subprocess.Popen(
            [str(Path(sys.executable).with_name("veilleur")), "--config", str(folder / "veilleur.toml"), "run"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_first_round(daemon.pid)
            before = processor_seconds(daemon.pid)
            time.sleep(MINUTE)
            share = (processor_seconds(daemon.pid) - before) / MINUTE
            memory = resident_megabytes(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
    outlets = len(bundled_catalogue()) + len(further)
    return ["| outlets | memory | of a core |", "|---|---|---|", f"| {outlets} | {memory:.0f} MB | {share:.2%} |"]


def wait_for_first_round(process: int) -> None:
    """Until the daemon has had a child and has none any more."""
    began, seen = time.monotonic(), False
    while time.monotonic() - began < LONGEST_ROUND:
        has_child = bool(Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split())
        if seen and not has_child:
            return
        seen = seen or has_child
        time.sleep(0.5)
    raise RuntimeError("the first round did not end")


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _entry(number: int) -> str:
    domain = f"outlet-{number}.example"
    return f'[[outlets]]\nid = "more-{number}"\nname = "More {number}"\ndomain = "{domain}"\nfeeds = ["https://{domain}/rss"]\n'


if __name__ == "__main__":
    print("\n".join(measure()))
