"""A small web site on 127.0.0.1: the files of a folder."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class FolderSite:
    """Where the site is, and which paths were asked for. `kinds` are content types by path, where the name misleads."""

    folder: Path
    kinds: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def write(self, path: str, text: str, encoding: str = "utf-8") -> None:
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding=encoding)


@contextmanager
def serve(folder: Path, kinds: Mapping[str, str] | None = None) -> Iterator[FolderSite]:
    """Serves the files of a folder while the block runs; an .xml file is a feed, a missing one 404."""
    site = FolderSite(folder, kinds or {})

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(folder))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            site.asked.append(self.path)
            super().do_GET()

        def guess_type(self, path: object) -> str:
            usual = "application/rss+xml" if str(path).endswith(".xml") else super().guess_type(str(path))
            return site.kinds.get(self.path, usual)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
