"""A mail server that takes everything as fast as it can and keeps nothing but how many mails, and of whom.

`python -m benchmarks.sink` prints its port, and on SIGUSR1 a line of JSON: mails, connections, and when the first
command for a mail and the last byte of one came (seconds since the epoch).
"""

import asyncio
import json
import signal
import time

END = b"\r\n.\r\n"


class Account:
    """What came so far."""

    def __init__(self) -> None:
        self.mails = self.connections = 0
        self.first = self.last = 0.0

    def told(self) -> str:
        return json.dumps(
            {"mails": self.mails, "connections": self.connections, "first": self.first, "last": self.last}
        )


class Conversation(asyncio.Protocol):
    """SMTP (RFC 5321), as much of it as a client needs that sends one mail a transaction."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._buffer = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._account.connections += 1
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        end = END if self._in_data else b"\r\n"
        found, separator, rest = self._buffer.partition(end)
        if not separator:
            return False
        self._buffer = rest
        if self._in_data:
            self._in_data = False
            self._account.mails += 1
            self._account.last = time.time()
            self._transport.write(b"250 2.0.0 ok\r\n")
        else:
            self._answer(found[:4].upper())
        return True

    def _answer(self, verb: bytes) -> None:
        match verb:
            case b"DATA":
                self._in_data = True
                self._transport.write(b"354 go ahead\r\n")
            case b"QUIT":
                self._transport.write(b"221 2.0.0 bye\r\n")
                self._transport.close()
            case _:
                if verb == b"MAIL" and not self._account.first:
                    self._account.first = time.time()
                self._transport.write(b"250 2.1.0 ok\r\n")


async def main() -> None:
    account = Account()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(account), "127.0.0.1", 0)

    def tell() -> None:
        print(account.told(), flush=True)
        account.__init__()  # type: ignore[misc]

    loop.add_signal_handler(signal.SIGUSR1, tell)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
