"""A name server on loopback whose answers change from question to question, and a child process that asks it."""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

PORT_VARIABLE = "TEST_NAME_SERVER"


@dataclass
class NameServer:
    """`answers` are each name's addresses, one a question, the last of them for ever after."""

    answers: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def reply(self, question: bytes) -> bytes:
        """An answer with one A record, TTL 0 (RFC 1035 section 4)."""
        end = question.index(b"\0", 12)
        name = _name(question[12:end])
        known = self.answers.get(name)
        turn = self.asked.count(name)
        self.asked.append(name)
        head = question[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, 1 if known else 0, 0, 0)
        record = b""
        if known:
            address = socket.inet_aton(known[min(turn, len(known) - 1)])
            record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + address
        return head + question[12 : end + 5] + record


def _name(labels: bytes) -> str:
    parts = []
    while labels:
        parts.append(labels[1 : 1 + labels[0]].decode())
        labels = labels[1 + labels[0] :]
    return ".".join(parts)


@contextmanager
def name_server(answers: Mapping[str, Sequence[str]]) -> Iterator[NameServer]:
    server = NameServer(answers)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        server.port = listening.getsockname()[1]
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, listening, stop), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            thread.join()


def _serve(server: NameServer, listening: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            question, asker = listening.recvfrom(512)
        except TimeoutError:
            continue
        listening.sendto(server.reply(question), asker)


def lookup(name: str, port: int) -> str:
    """What socket.gethostbyname does, asking the name server at that port; literals are the system's to read."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        pass
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(question, ("127.0.0.1", port))
        answer = asking.recv(512)
    if not struct.unpack("!H", answer[6:8])[0]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return socket.inet_ntoa(answer[-4:])
