"""A replay that a test can kill where it likes: it stops at every step until it gets a line.

Run as `python -m tests.support.replayer ARCHIVE DATABASE PROCESSES STORES`; it writes a line at every step: inside each
transaction that remembers how far it got, and for each page that is judged.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matching.judge import Judge
from matching.memory import Memory
from scheduler import replaying
from scheduler.config import load
from scheduler.replaying import JudgedPage, Replaying, Task
from storage import replays
from storage.database import Database
from storage.migrate import migrate

advance = replays.advance


def step(*told: Any) -> None:
    print(json.dumps(told), flush=True)
    sys.stdin.readline()


def advance_slowly(*given: Any, **named: Any) -> None:
    advance(*given, **named)
    step("advance", named["offset"])


def told(each: JudgedPage) -> tuple[Any, ...]:
    original = each.judgement.duplicate_of if each.judgement else None
    return each.page.url, each.judgement and each.judgement.verdict, original and original.url, each.story


def main() -> None:
    archive, url, processes, stores = sys.argv[1:]
    replaying.COMMIT_EVERY, replaying.AT_ONCE = 0.0, 2
    replays.advance = advance_slowly
    configuration = load(None, {})
    database = Database(url)
    migrate(database)
    is_stored = stores == "stores"
    task = Task([Path(archive)], processes=int(processes), stores=is_stored, keeps_all=not is_stored, stretch=30_000)
    memories = [Memory(Judge(topic)) for topic in configuration.topics]
    for each in Replaying(configuration, database, task, lambda: datetime.now(UTC)).pages(memories):
        step("page", *told(each))


if __name__ == "__main__":
    main()
