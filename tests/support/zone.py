"""A name server on loopback that answers from a zone, as the domain name system would."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone

HEAD = "@ 3600 IN SOA ns.example. hostmaster.example. 1 3600 600 86400 3600\n@ 3600 IN NS ns.example.\n"


@contextmanager
def serving(records: str) -> Iterator[str]:
    """The server's address; `records` are lines of a zone file for the domain "example."."""
    zone = dns.zone.from_text(HEAD + records, origin="example.", relativize=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(zone, listening, stop), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _serve(zone: dns.zone.Zone, listening: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            wire, asker = listening.recvfrom(4096)
        except TimeoutError:
            continue
        listening.sendto(_reply(zone, dns.message.from_wire(wire)).to_wire(), asker)


def _reply(zone: dns.zone.Zone, query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    question = query.question[0]
    if not question.name.is_subdomain(dns.name.from_text("example.")) or zone.get_node(question.name) is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply
    found = zone.get_rrset(question.name, question.rdtype)
    if found is not None:
        reply.answer.append(found)
    return reply
