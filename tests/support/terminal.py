"""Commands on a terminal of a width."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress

from tests.support.rounds import ROOT


def on_a_terminal(width: int, *words: str) -> list[str]:
    """What a command writes on a terminal of that width, without its colours."""
    own, other = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "LINES": "50", "TERM": "xterm"}
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", *words]
    environment["PYTHONPATH"] = str(ROOT)
    with subprocess.Popen(command, stdout=other, stderr=other, env=environment) as process:
        os.close(other)
        written = b""
        with suppress(OSError):  # Linux says EIO when the other side is closed
            while block := os.read(own, 65536):
                written += block
        process.wait(30)
    os.close(own)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written.decode()).splitlines()
