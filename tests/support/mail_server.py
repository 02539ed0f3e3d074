"""Real mail servers on 127.0.0.1: one that fails as the test says, phase by phase, and a well-behaved aiosmtpd."""

import asyncio
import base64
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.ports import reserved_port

HOST = "127.0.0.1"


class Phase(StrEnum):
    """Where in a conversation a server can fail; DOT is after the mail's last byte."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Act:
    """What the server does once: waits, says something or nothing, and hangs up or goes on."""

    reply: str = ""
    hangs_up: bool = False
    waits: float = 0.0


DROP = Act(hangs_up=True)
SILENCE = Act(waits=3600)


def says(reply: str, *, waits: float = 0.0) -> Act:
    return Act(reply, waits=waits)


def says_and_hangs_up(reply: str) -> Act:
    return Act(reply, hangs_up=True)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail whose last byte the server got; it answers for it only when it was `accepted`."""

    sender: str
    recipient: str
    data: bytes
    accepted: bool


@dataclass
class ScriptedServer:
    """A mail server that does what `script` says, an act a time, and is friendly when nothing is left.

    `refused` are acts by recipient, for good. With `tls` it offers STARTTLS, or speaks nothing else when that is
    `implicit`; with a `password` it asks for a log-in, with a `size` it takes no larger mails.
    """

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    password: str | None = None
    size: int | None = None
    script: defaultdict[Phase, deque[Act]] = field(default_factory=lambda: defaultdict(deque))
    refused: dict[str, Act] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    said_in_clear: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def will(self, phase: Phase, *acts: Act) -> None:
        self.script[phase].extend(acts)

    @property
    def accepted(self) -> list[Mail]:
        return [mail for mail in self.mails if mail.accepted]

    def wait_for_mails(self, count: int, within: float = 120.0) -> list[Mail]:
        """The mails when there are that many; a test fails when they do not come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.mails) >= count, within), f"{len(self.mails)} of {count}"
            return list(self.mails)

    def hold(self) -> None:
        """From now on no mail is answered for until `release`."""
        self.goes_on.clear()

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self.goes_on.set)

    def keep(self, mail: Mail) -> None:
        with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()

    def __enter__(self) -> Self:
        self._arrived = threading.Condition()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.start_server(self._converse, HOST, self.port, ssl=self.tls if self.implicit else None)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {task for task in (asyncio.current_task(),) if task}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await _Conversation(self, reader, writer).run()
        with suppress(ConnectionError, ssl.SSLError):
            writer.close()


class _Conversation:
    def __init__(self, server: ScriptedServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._secured = server.implicit
        self._sender = self._recipient = ""

    async def run(self) -> None:
        going_on = await self._act(Phase.GREETING, "220 poste.example ESMTP") is not None
        while going_on and (line := await self._read()):
            self._server.commands.append(line)
            verb, _, rest = line.partition(" ")
            going_on = await self._obey(verb.upper(), rest)

    async def _obey(self, verb: str, rest: str) -> bool:
        match verb:
            case "EHLO" | "HELO":
                return await self._act(Phase.EHLO, self._abilities()) is not None
            case "STARTTLS":
                return await self._secure()
            case "AUTH":
                return await self._log_in(rest)
            case "MAIL":
                return await self._begin(rest)
            case "RCPT":
                self._recipient = _address(rest)
                return (
                    await self._act(Phase.RCPT, "250 2.1.5 ok", self._server.refused.get(self._recipient)) is not None
                )
            case "DATA":
                return await self._take_mail()
            case "QUIT":
                await self._say("221 2.0.0 bye")
                return False
            case "RSET":
                self._sender = ""
                await self._say("250 2.0.0 ok")
                return True
            case _:
                await self._say("502 5.5.1 what?")
                return True

    def _abilities(self) -> str:
        offered = ["poste.example"]
        if self._server.tls and not self._secured:
            offered.append("STARTTLS")
        if self._server.password is not None:
            offered.append("AUTH PLAIN LOGIN")
        if self._server.size is not None:
            offered.append(f"SIZE {self._server.size}")
        return "\n".join(f"250{' ' if each is offered[-1] else '-'}{each}" for each in offered)

    async def _secure(self) -> bool:
        reply = await self._act(Phase.STARTTLS, "220 2.0.0 go ahead")
        if reply is not None and reply.startswith("220"):
            assert self._server.tls
            await self._writer.start_tls(self._server.tls)
            self._secured = True
        return reply is not None

    async def _log_in(self, rest: str) -> bool:
        method, _, first = rest.partition(" ")
        if method == "PLAIN":
            password = base64.b64decode(first).split(b"\0")[2].decode()
        else:
            await self._say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(await self._read()).decode()
        right = password == self._server.password
        return await self._act(Phase.AUTH, "235 2.7.0 welcome" if right else "535 5.7.8 bad credentials") is not None

    async def _begin(self, rest: str) -> bool:
        if self._sender:
            await self._say("503 5.5.1 nested MAIL command")
            return True
        self._sender = _address(rest)
        return await self._act(Phase.MAIL, "250 2.1.0 ok") is not None

    async def _take_mail(self) -> bool:
        reply = await self._act(Phase.DATA, "354 go ahead")
        if reply is None or not reply.startswith("354"):
            return reply is not None
        data = await self._reader.readuntil(b"\r\n.\r\n")
        act = self._next(Phase.DOT, "250 2.0.0 queued as 8C0DE")
        plain = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        self._server.keep(Mail(self._sender, self._recipient, plain, act.reply.startswith("2")))
        self._sender = ""
        await self._server.goes_on.wait()
        return await self._do(act) is not None

    async def _act(self, phase: Phase, friendly: str, always: Act | None = None) -> str | None:
        """What was said; None when the conversation is over."""
        return await self._do(self._next(phase, friendly, always))

    def _next(self, phase: Phase, friendly: str, always: Act | None = None) -> Act:
        scripted = self._server.script[phase]
        return scripted.popleft() if scripted else always or Act(friendly)

    async def _do(self, act: Act) -> str | None:
        await asyncio.sleep(act.waits)
        if act.reply:
            await self._say(act.reply)
        return None if act.hangs_up else act.reply

    async def _say(self, reply: str) -> None:
        self._writer.write(reply.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n")
        await self._writer.drain()

    async def _read(self) -> str:
        line = await self._reader.readline()
        if not self._secured:
            self._server.said_in_clear.append(line)
        return line.decode("latin-1").strip()


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]


@dataclass
class Postbox:
    """What an aiosmtpd server was given."""

    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def contents(self) -> list[bytes]:
        return [bytes(each.content) if isinstance(each.content, bytes) else b"" for each in self.envelopes]


@contextmanager
def well_behaved_server(
    *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[tuple[Postbox, int]]:
    """aiosmtpd, and its port; with `tls` nothing goes before STARTTLS, with `login` nothing before AUTH."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login.decode(), given.password.decode()) == login
        return AuthResult(success=right, handled=False)

    postbox = Postbox()
    asked: dict[str, Any] = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls is not None}
    controller = Controller(  # it connects to the port that it was given, so 0 will not do
        postbox,
        hostname=HOST,
        port=reserved_port(),
        tls_context=tls,
        require_starttls=tls is not None,
        **(asked if login else {}),
    )
    controller.start()
    try:
        yield postbox, controller.port
    finally:
        controller.stop()
