"""What a child process started ends with the conversation, also when that process is gone already."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import conversation
from crawler.conversation import LONGEST_LINE, Event, converse
from tests.support.processes import runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
ECHO, LEAVER, LONG = "tests.support.echo", "tests.support.leaver", timedelta(minutes=2)


def test_what_is_no_event_is_passed_over_and_the_last_complaints_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "s3cret")
    events: list[Event] = [{"page": "x" * (LONGEST_LINE // 2)}, {"event": "done"}]
    others = ["Traceback", "7", "null", "[]", "\x00", "[" * 100_000, json.dumps({"page": "x" * LONGEST_LINE})]
    told: list[Event] = []
    order = "\n".join([json.dumps(events[0]), *others, json.dumps(events[1])])
    ended = asyncio.run(converse(ECHO, order, told.append, LONG))
    assert told == events
    assert ended.complaints.endswith(" last words")
    assert "s3cret" not in ended.complaints
    assert len(ended.complaints) <= 20_000


def test_a_process_that_ends_without_taking_its_order_has_ended() -> None:
    assert asyncio.run(converse("this", "x" * 10_000_000, print, LONG)).status == 0


async def gone(process: int) -> None:
    async with asyncio.timeout(LONG.total_seconds()):
        while runs(process):
            await asyncio.sleep(0.01)


def test_what_outlives_a_process_that_ended_is_stopped() -> None:
    told: list[Event] = []

    async def conversing() -> None:
        ended = await converse(LEAVER, "", told.append, LONG)
        assert ended.status == 0
        await gone(told[0]["staying"])

    asyncio.run(conversing())


def test_what_outlives_a_process_that_ended_may_end_in_its_own_time(tmp_path: Path) -> None:
    told: list[Event] = []

    async def conversing() -> None:
        await converse(LEAVER, str(tmp_path / "word"), told.append, LONG)
        await gone(told[0]["staying"])

    asyncio.run(conversing())
    assert (tmp_path / "word").read_text(encoding="ascii") == "done\n"


def test_what_outlives_a_process_that_ended_and_minds_no_word_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "TERM_WAIT", 0.3)
    told: list[Event] = []

    async def conversing() -> None:
        ended = await converse(LEAVER, "minds no word", told.append, LONG)
        assert ended.status == 0
        await gone(told[0]["staying"])

    asyncio.run(conversing())


def test_what_holds_a_dead_process_output_open_is_stopped_when_the_waiting_ends() -> None:
    told: list[Event] = []

    async def conversing() -> None:
        conversation = asyncio.create_task(converse(LEAVER, "keeps its output open", told.append, LONG))
        async with asyncio.timeout(LONG.total_seconds()):
            while not told or Path(f"/proc/{told[0]['leader']}").exists():
                await asyncio.sleep(0.01)
        conversation.cancel()
        with pytest.raises(asyncio.CancelledError):
            await conversation
        await gone(told[0]["staying"])

    asyncio.run(conversing())
