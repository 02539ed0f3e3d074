"""One crawl round as a process of its own: the order comes on standard input, results go into the database.

Run as `python -m crawler.round`; each line on standard output is a JSON object, the last one sums the round up.
"""

import gc
import json
import logging
import resource
import sys
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import settings as project_settings
from crawler.environment import die_with_parent
from crawler.job import RoundJob
from crawler.ledger import Ledger
from crawler.watch import WatchSpider

logger = logging.getLogger(__name__)

DEADLINE = "closespider_timeout"  # Scrapy's word; what waits is let go at the deadline, which may be before Scrapy's
SMALLEST_DELAY = 0.01  # in a slot without delay Scrapy 2.19 starts all that is queued at once, whatever its concurrency


def main() -> int:
    """Runs the round; 0 unless every source failed."""
    die_with_parent()
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)  # on the handler: Scrapy opens the root logger wide
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[handler])
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # or every answer makes records that no handler takes
    job = RoundJob.from_json(sys.stdin.read())
    limit = job.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    ledger = Ledger(job, tell=tell_on_stdout)
    try:
        finished = crawl(ledger)
    finally:
        ledger.close()
    if ledger.failure is not None:
        raise ledger.failure
    counts = dict(ledger.counts)
    tell_on_stdout({"event": "done", "counts": counts, "finished": DEADLINE if ledger.is_over() else finished})
    return 1 if counts.get("sources") and counts.get("sources failed", 0) >= counts["sources"] else 0


def crawl(ledger: Ledger) -> str:
    """Crawls until everything is fetched or the deadline is near; Scrapy's reason for ending."""
    process = AsyncCrawlerProcess(settings_for(ledger))
    crawler = process.create_crawler(WatchSpider)
    process.crawl(crawler, ledger=ledger)
    gc.freeze()  # what is imported stays to the end: the collector need not look through it again and again
    process.start()
    stats = crawler.stats
    return str(stats.get_value("finish_reason", "died")) if stats is not None else "died"


def settings_for(ledger: Ledger) -> Settings:
    """The project's settings with what this round's order says."""
    job = ledger.job
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    delays = {outlet.id: _delay(job, outlet.delay.total_seconds()) for outlet in job.outlets}
    own: dict[str, Any] = {
        "USER_AGENT": job.user_agent,
        "ALLOW_NETWORKS": list(job.allow_networks),
        "SAVED_PAGES": job.saved,
        "DOWNLOAD_TIMEOUT": job.timeout.total_seconds(),
        "DOWNLOAD_SLOTS": {name: {"concurrency": 1, "delay": delay} for name, delay in delays.items()},
        "LOG_INSTALL_ROOT_HANDLER": False,
        "CLOSESPIDER_TIMEOUT": max(1.0, job.deadline.total_seconds()),
    }
    settings.setdict(own, priority="cmdline")
    return settings


def _delay(job: RoundJob, usual: float) -> float:
    if job.saved:
        return 0.0
    return max(job.delay.total_seconds() if job.delay is not None else usual, SMALLEST_DELAY)


def tell_on_stdout(event: dict[str, Any]) -> None:
    """One JSON object a line: how the child tells its parent what it does."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
