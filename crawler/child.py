"""Running a crawl round from the daemon's side: a child process with a deadline, whose death the daemon survives.

This module never imports Scrapy or Twisted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from crawler.conversation import Event, converse
from crawler.job import RoundJob

GRACE = timedelta(seconds=45)


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
    done: Event = {}

    def heard(event: Event) -> None:
        if event.get("event") == "done":
            done.update(event)
        else:
            on_event(event)

    try:
        ended = await converse("crawler.round", job.to_json(), heard, job.deadline + GRACE)
    except TimeoutError:
        return RoundReport("deadline", done.get("counts", {}), "the round outlived its deadline and was stopped")
    if "counts" not in done:
        return RoundReport("died", {}, ended.complaints[-2000:] or f"exit status {ended.status}")
    outcome = "deadline" if done.get("finished") == "closespider_timeout" else "done"
    return RoundReport(outcome, done["counts"], ended.complaints)
