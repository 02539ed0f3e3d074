"""A whole Veilleur in a folder: its configuration, its processes, its database, and a site that it watches."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from storage import deliveries
from storage.database import Database
from storage.model import Delivery
from tests.support.site import FolderSite

VEILLEUR = Path(sys.executable).with_name("veilleur")
PASSWORD = "canari-5127"
CONFIGURATION = """
[crawl]
outlets = ["own"]
interval = "{interval}"
allow_networks = ["127.0.0.0/8"]
contact = "mailto:essai@fil.example"

[[outlets]]
id = "own"
name = "Le Fil essayé"
domain = "{site.host}"
feeds = ["http://{site.host}/rss.xml"]
delay = "0s"

[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Veilleur <veilleur@fil.example>"
username = "veilleur"

[daemon]
tick = "1s"
"""
PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{title} – Le Fil essayé</title>
<link rel="canonical" href="{url}"></head>
<body><nav><a href="/">Accueil</a></nav>
<main><article><h1>{title}</h1><p>{text}</p></article></main>
<aside><h2>À lire aussi</h2><a href="/x.html">{aside}</a></aside></body></html>
"""
ITEM = "<item><title>{title}</title><link>{url}</link><guid>{url}</guid></item>"


@dataclass
class House:
    """One Veilleur; `site` is what it watches, `server` the address of a database that is no SQLite file."""

    folder: Path
    site: FolderSite
    server: str = ""
    items: list[str] = field(default_factory=list)

    def configure(self, port: int, *readers: str, interval: str = "1h") -> None:
        """`readers` are [[subscribers]] tables' contents."""
        text = CONFIGURATION.format(site=self.site, port=port, interval=interval)
        if self.server:
            text += f'[database]\nurl = "{self.server}"\n'
        tables = "".join(f"\n[[subscribers]]\n{reader}\n" for reader in readers)
        (self.folder / "veilleur.toml").write_text(text + tables, encoding="utf-8")

    def publish(self, name: str, title: str, text: str, aside: str = "La météo du jour") -> str:
        """Puts a page on the site and into its feed; its address."""
        url = self.site.url(f"/{name}.html")
        self.site.write(f"/{name}.html", PAGE.format(title=title, url=url, text=text, aside=aside))
        self.items.append(ITEM.format(title=title, url=url))
        channel = f'<rss version="2.0"><channel><title>Fil</title>{"".join(self.items)}</channel></rss>'
        self.site.write("/rss.xml", f'<?xml version="1.0" encoding="utf-8"?>{channel}')
        return url

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return subprocess.run(
            [VEILLEUR, *words],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        """The daemon once it watches; whatever happens, it does not outlive the block."""
        before = self.log.count("watching")
        with (self.folder / "daemon.log").open("ab") as opened:
            process = subprocess.Popen(
                [VEILLEUR, "--log-format", "json", "run"], cwd=self.folder, env=self._environment, stderr=opened
            )
        try:
            wait_until(lambda: self.log.count("watching") > before or process.poll() is not None)
            assert process.poll() is None, self.log
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    @property
    def log(self) -> str:
        """What every daemon said so far."""
        file = self.folder / "daemon.log"
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "VEILLEUR_SMTP_PASSWORD": PASSWORD}

    @contextmanager
    def database(self) -> Iterator[Database]:
        opened = Database(self.server or f"sqlite:///{self.folder}/var/veilleur.db")
        try:
            yield opened
        finally:
            opened.close()

    def deliveries(self) -> list[Delivery]:
        """Oldest first."""
        with self.database() as database, database.read() as connection:
            return deliveries.all_deliveries(connection)[::-1]

    def is_sound(self) -> bool:
        """On a server there is nothing that only we could find out."""
        with self.database() as database, database.read() as connection:
            if self.server:
                return True
            whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            return whole and not connection.exec_driver_sql("PRAGMA foreign_key_check").all()


def stop(process: subprocess.Popen[bytes], within: float = 120.0) -> int:
    """Asks the process to end, and waits; its status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(within)


def wait_until(true: Callable[[], bool], within: float = 120.0) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
