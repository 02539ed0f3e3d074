"""The child process that reads what strangers wrote."""

import os
import signal
import subprocess
import sys
import time

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
