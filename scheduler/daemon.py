"""The daemon: APScheduler ticks, the database remembers what is due.

What takes long in the database works in a thread: signals and mails wait for none of it.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from alerts.errors import AlertsError
from scheduler.jobs import Jobs
from scheduler.pages import Pages
from scheduler.terminal import counted, moment
from storage.errors import StorageError

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=20)
A_PASS = timedelta(minutes=1)
PRUNE_EVERY = timedelta(hours=24)


class Daemon:
    """Watches until it is told to stop; the first SIGTERM or SIGINT ends it in order, the second at once."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._pages = Pages(jobs)
        self._stopping = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._late = set[str]()
        self._has_news = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        )

    async def run(self) -> None:
        """Runs until stopped. Rounds and mails are separate jobs: a slow round delays no mail."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        self._schedule()
        self._scheduler.start()
        logger.info("watching %s", counted(len(self._jobs.configuration.outlets), "outlet", "outlets"))
        try:
            await self._stopping.wait()
        finally:
            self._scheduler.pause()  # shutdown() would cancel the mail under way
            await self._finish()
            self._scheduler.shutdown(wait=False)
            self._pages.stop()
        logger.info("stopped")

    def _schedule(self) -> None:
        tick = self._jobs.configuration.tick
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        self._scheduler.add_listener(self._skipped, EVENT_JOB_MAX_INSTANCES)
        for name, job, every in (
            ("crawl", self._crawl, tick),
            ("digests", self._digests, tick),
            ("prune", self._prune, PRUNE_EVERY),
            ("pages", self._keep_pages_up, tick),
        ):
            self._scheduler.add_job(
                self._tracked(name, job),
                "interval",
                seconds=every.total_seconds(),
                id=name,
                next_run_time=datetime.now(UTC),
            )

    def _tracked(self, name: str, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            if self._stopping.is_set():
                return
            task = asyncio.current_task()
            assert task is not None
            self._running[name] = task
            try:
                await job()
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
                logger.info("%s was stopped; what it had not finished is found again", name)
            except (StorageError, AlertsError) as error:
                logger.error("%s: %s", name, error)
            finally:
                del self._running[name]
                self._late.discard(name)

        return run

    def _skipped(self, event: JobEvent) -> None:
        """A job that is still at it when its time comes again is not begun beside itself; that is told once."""
        if event.job_id not in self._late:
            self._late.add(event.job_id)
            logger.info("%s is still under way: its ticks are skipped meanwhile", event.job_id)

    async def _crawl(self) -> None:
        if not self._jobs.has_work():
            return
        report = await self._jobs.crawl()
        counted = ", ".join(f"{count} {name}" for name, count in report.counts.items())
        logger.info("round %s: %s", report.outcome, counted)
        if not self._stopping.is_set():
            self._has_news = True
            self._scheduler.modify_job("digests", next_run_time=datetime.now(UTC))

    async def _digests(self) -> None:
        """Plans anew after each A_PASS of sending, for a long queue keeps nobody's alert back, and after a round that
        ended meanwhile, for this job is not begun beside itself."""
        is_late = True
        while (is_late or self._has_news) and not self._stopping.is_set():
            self._has_news = False
            until = time.monotonic() + A_PASS.total_seconds()
            await asyncio.to_thread(self._jobs.plan_due, self._may_plan)
            await self._jobs.deliver(partial(self._may_mail, until))
            is_late = time.monotonic() >= until

    def _may_plan(self) -> bool:
        return not self._stopping.is_set()

    def _may_mail(self, until: float) -> bool:
        return not self._stopping.is_set() and time.monotonic() < until

    async def _keep_pages_up(self) -> None:
        self._pages.keep_up()

    async def _prune(self) -> None:
        await asyncio.to_thread(self._jobs.prune)

    def _told_to_stop(self) -> None:
        if self._stopping.is_set():
            logger.warning("stopping at once")
            for task in self._running.values():
                task.cancel()
        else:
            logger.info("stopping: the mail under way is finished first")
            self._stopping.set()

    async def _finish(self) -> None:
        """Stops a round, for what it has not settled is found again; lets a mail finish, for PATIENCE at most.

        A try that is cancelled after its mail went out stays on record and is put down as doubtful at the next start.
        """
        if "crawl" in self._running:
            self._running["crawl"].cancel()
        running = set(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=PATIENCE.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _report(event: JobExecutionEvent) -> None:
    if event.code == EVENT_JOB_MISSED:
        logger.error("job %s was missed at %s", event.job_id, moment(event.scheduled_run_time))
    else:
        logger.error("job %s failed: %r\n%s", event.job_id, event.exception, event.traceback)
