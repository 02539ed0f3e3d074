"""One crawl round as a process of its own: the order comes on standard input, results go into the database.

Run as `python -m crawler.round`; each line on standard output is a JSON object, the last one sums the round up.
"""

import gc
import json
import logging
import sys
from typing import Any

import scrapy.core.downloader.contextfactory  # noqa: F401  # looks at the source of all that stands above its import
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.crawl_settings import SMALLEST_DELAY, crawl_settings, download_slots
from crawler.environment import bound_memory, die_with_parent
from crawler.job import RoundJob
from crawler.ledger import Ledger
from crawler.watch import WatchSpider

logger = logging.getLogger(__name__)

DEADLINE = "closespider_timeout"  # Scrapy's word; what waits is let go at the deadline, which may be before Scrapy's


def main() -> int:
    """Runs the round; 0 unless every source failed."""
    die_with_parent()
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)  # on the handler: Scrapy opens the root logger wide
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[handler])
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # or every answer makes records that no handler takes
    job = RoundJob.from_json(sys.stdin.read())
    bound_memory(job.memory_mb)
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
    delays = {outlet.id: _delay(job, outlet.delay.total_seconds()) for outlet in job.outlets}
    return crawl_settings(
        job.user_agent,
        job.allow_networks,
        max(1.0, job.deadline.total_seconds()),
        SAVED_PAGES=job.saved,
        DOWNLOAD_TIMEOUT=job.timeout.total_seconds(),
        DOWNLOAD_SLOTS=download_slots(delays),
    )


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
