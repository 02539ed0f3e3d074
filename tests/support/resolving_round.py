"""A crawl round whose machine uses the test's name server: `crawler.round`, with the system's look-up replaced."""

import os
import socket
import sys

from crawler import round as crawl_round
from tests.support.dns import PORT_VARIABLE, lookup

if __name__ == "__main__":
    port = int(os.environ[PORT_VARIABLE])
    socket.gethostbyname = lambda name: lookup(name, port)
    sys.exit(crawl_round.main())
