"""Talking to a child process that reads what strangers wrote: its order on standard input, JSON events, its end.

This module never imports Scrapy or Twisted.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crawler.environment import child_environment

logger = logging.getLogger(__name__)

TERM_WAIT = 10.0
KILL_WAIT = 5.0
LOOK = 0.02
LONGEST_LINE = 1024 * 1024
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit status, and the last of what it wrote on standard error."""

    status: int
    complaints: str


async def converse(module: str, order: str, on_event: Callable[[Event], None], patience: timedelta) -> Ended:
    """Runs `python -m module` as a process without secrets, gives it its order and hands on each event that it tells.

    Nothing that it started outlives this: what is left is stopped, whether it ended, outlived its time (TimeoutError)
    or something else ended the waiting.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=LONGEST_LINE,
        env=child_environment(),
    )
    try:
        async with asyncio.timeout(patience.total_seconds()):
            complaints = await _listen(process, order, on_event)
    finally:
        await _stop(process)
    assert process.returncode is not None
    return Ended(process.returncode, complaints)


async def _listen(process: asyncio.subprocess.Process, order: str, on_event: Callable[[Event], None]) -> str:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    reading = asyncio.create_task(_events(process.stdout, on_event))
    complaining = asyncio.create_task(_complaints(process.stderr))
    try:
        process.stdin.write(order.encode())
        await process.stdin.drain()
        process.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        logger.warning("the process ended before it took its order")
    await reading
    await process.wait()
    return await complaining


async def _events(stream: asyncio.StreamReader, on_event: Callable[[Event], None]) -> None:
    while True:
        try:
            line = await stream.readline()
            if not line:
                return
            event = json.loads(line)
        except (ValueError, RecursionError):  # what is no JSON, or longer than LONGEST_LINE
            continue
        if isinstance(event, dict):
            on_event(event)


async def _complaints(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(65536):
        kept = (kept + chunk)[-20_000:]
    return kept.decode("utf-8", "replace").strip()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ends the child and what it started: politely first, then for good. The group outlives the child that leads it."""
    for number, patience in ((signal.SIGTERM, TERM_WAIT), (signal.SIGKILL, KILL_WAIT)):
        if not _reaches(process.pid, number):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
                while _is_left(process.pid):
                    await asyncio.sleep(LOOK)


def _reaches(group: int, number: int) -> bool:
    """Sends the signal; whether anything of the group was left to take it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # the second is macOS' word for a group of zombies
        return False
    return True


def _is_left(group: int) -> bool:
    """Whether anything of the group is left; what has ended is reaped where this process, as the first one of its
    container, has inherited it."""
    with suppress(ChildProcessError):
        os.waitpid(-group, os.WNOHANG)
    return _reaches(group, 0)
