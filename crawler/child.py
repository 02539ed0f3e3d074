"""Running a crawl round from the daemon's side: a child process with a deadline, whose death the daemon survives.

This module never imports Scrapy or Twisted.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crawler.environment import child_environment
from crawler.job import RoundJob

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=45)
TERM_WAIT = 10.0
LONGEST_LINE = 1024 * 1024
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RoundReport:
    """How a round ended: "done", "deadline" (the child had to be stopped) or "died" (it ended by itself, badly)."""

    outcome: str
    counts: dict[str, int] = field(default_factory=dict)
    detail: str = ""

    @property
    def every_source_failed(self) -> bool:
        return self.counts.get("sources", 0) > 0 and self.counts.get("sources failed", 0) >= self.counts["sources"]


async def run_round(job: RoundJob, on_event: Callable[[Event], None]) -> RoundReport:
    """Runs one round in a child process and hands on what it tells; stops it when it outlives its deadline."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crawler.round",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=LONGEST_LINE,
        env=child_environment(),
    )
    done: Event = {}
    try:
        async with asyncio.timeout((job.deadline + GRACE).total_seconds()):
            complaints = await _converse(process, job, on_event, done)
    except TimeoutError:
        await _stop(process)
        return RoundReport("deadline", done.get("counts", {}), "the round outlived its deadline and was stopped")
    except BaseException:
        await _stop(process)
        raise
    if "counts" not in done:
        return RoundReport("died", {}, complaints[-2000:] or f"exit status {process.returncode}")
    return RoundReport(
        "deadline" if done.get("finished") == "closespider_timeout" else "done", done["counts"], complaints
    )


async def _converse(
    process: asyncio.subprocess.Process, job: RoundJob, on_event: Callable[[Event], None], done: Event
) -> str:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    reading = asyncio.create_task(_told(process.stdout, on_event, done))
    complaining = asyncio.create_task(_complaints(process.stderr))
    try:
        process.stdin.write(job.to_json().encode())
        await process.stdin.drain()
        process.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        logger.warning("the round's process ended before it took its order")
    await reading
    await process.wait()
    return await complaining


async def _told(stream: asyncio.StreamReader, on_event: Callable[[Event], None], done: Event) -> None:
    async for line in stream:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "done":
            done.update(event)
        else:
            on_event(event)


async def _complaints(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(65536):
        kept = (kept + chunk)[-20_000:]
    return kept.decode("utf-8", "replace").strip()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ends the child and what it started: politely first, then for good."""
    for number, patience in ((signal.SIGTERM, TERM_WAIT), (signal.SIGKILL, 5.0)):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            continue
