"""The address of a name server, as the configuration writes it: checked without what asks one."""

from ipaddress import ip_address


def name_server_flaw(written: str) -> str:
    """Why that is no name server's address; nothing when it is one."""
    try:
        place_of(written)
    except ValueError:
        return f'{written!r} is no name server: write an address such as "192.0.2.1" or "192.0.2.1:5353"'
    return ""


def place_of(written: str) -> tuple[list[str], int]:
    host, port = written, "53"
    if written.startswith("["):
        host, closed, port = written.removeprefix("[").partition("]")
        if not closed:
            raise ValueError(written)
        port = port.removeprefix(":") or "53"
    elif written.count(":") == 1:
        host, _, port = written.partition(":")
    if not 0 < int(port) < 65536:
        raise ValueError(port)
    return [str(ip_address(host))], int(port)
