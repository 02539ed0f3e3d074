"""The child process that reads what strangers wrote."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.environment import child_environment
from tests.support.processes import runs

PARENT = """
import subprocess, sys, time
code = "from crawler.environment import die_with_parent as d; d(); print(flush=True); import time; time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""

STARTS = """
import subprocess, sys, time
code = "import sys; sys.stdin.read(); from crawler.environment import die_with_parent as d; d(); print('outlived')"
from crawler.environment import child_environment
subprocess.Popen([sys.executable, "-c", code], env=child_environment())
print("started", flush=True)
time.sleep(60)
"""
STARTS_A_CREW = """
import os, sys, time
from pathlib import Path
from crawler.archives.crew import crew
if __name__ == "__main__":
    with crew((), (), 2) as sift:
        list(sift([(Path(__file__), 0)]))
else:  # a process that it starts
    os.write(1, b"started\\n")
    sys.stdin.read()
"""


@pytest.mark.parametrize("name", ["VEILLEUR_SMTP_PASSWORD", "VEILLEUR_KEY", "VEILLEUR_CHANNEL_REDACTION"])
def test_no_secret_reaches_a_child(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "s3cret")
    assert "s3cret" not in child_environment().values()
    assert child_environment()["PATH"] == os.environ["PATH"]


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")
def test_a_child_ends_with_its_parent_even_when_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=child_environment())
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(1200):
        if not runs(child):
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of a test that fails are found as on Linux")
@pytest.mark.parametrize("program", [STARTS, STARTS_A_CREW])
def test_a_child_that_is_still_starting_when_its_parent_is_killed_ends_too(tmp_path: Path, program: str) -> None:
    file = tmp_path / "parent.py"
    file.write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": child_environment()["PYTHONPATH"]}
    command, pipe = [sys.executable, str(file)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        try:
            left, _ = parent.communicate(timeout=20)  # lets them go on, and waits until none is left
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
        assert b"outlived" not in left
