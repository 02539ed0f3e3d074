"""Ports of this machine that tests name before anybody listens there."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, nor can begin to meanwhile."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        yield int(held.getsockname()[1])


def reserved_port() -> int:
    """A port for a server that sets SO_REUSEADDR, as most do; for a minute nobody is given it who asks for any port.

    A connection that was ended on its side leaves it in TIME-WAIT (RFC 9293 section 3.6.1).
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, 0))
        listening.listen(1)
        with socket.create_connection(listening.getsockname()) as asking:
            accepted, _ = listening.accept()
            accepted.close()
            asking.recv(1)
        return int(listening.getsockname()[1])
