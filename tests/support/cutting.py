"""Between a client and PostgreSQL: a connection that breaks when a COMMIT was done and before its reply is there."""

import socket
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

SOCKET = ".s.PGSQL.5432"


class Cutter:
    """Listens in `folder` for clients of the server whose socket is in `served`; cuts at the `cut_at`-th COMMIT."""

    def __init__(self, served: Path, folder: Path) -> None:
        self.cut_at = 0
        self.commits = 0
        self._served = str(served / SOCKET)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / SOCKET))

    def __enter__(self) -> Self:
        self._listening.listen()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._served)
            Thread(target=self._ask, args=(client, server), daemon=True).start()
            Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        while asked := _received(client):
            if b"COMMIT\0" in asked:
                self.commits += 1
                if self.commits == self.cut_at:
                    _end(client)  # before the server hears of it, so that no reply can be faster
            _sent(server, asked)
        _end(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        while answered := _received(server):
            _sent(client, answered)
        _end(client)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""


def _sent(end: socket.socket, what: bytes) -> None:
    try:
        end.sendall(what)
    except OSError:
        _end(end)


def _end(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
