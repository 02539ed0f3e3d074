"""A replay of an archive that is killed and started again says and stores what an unbroken one does."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import text

from scheduler import replaying
from scheduler.config import load
from scheduler.replaying import Replaying, Task
from scheduler.terminal import ArchiveProgress
from storage import mentions
from storage.database import Database
from storage.migrate import migrate
from tests.support.archives import answers_of, write_warc
from tests.support.paths import WEB
from tests.support.rounds import ROOT

KILLS = (1, 7, 12, 20)  # steps that each run may make before it is killed
MANY_KILLS = (0, 1, 2, 3, 5, 4, 3, 2, 1, 0, 6, 7, 5, 4, 3, 2, 1, 0)
Steps = list[list[Any]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "web.warc.gz"
    write_warc(file, answers_of(WEB))
    return file


def replayed(archive: Path, database: str, mode: str, *, processes: int = 1, killed_at: int | None = None) -> Steps:
    """The steps of a replay, which is killed at that step or runs to its end."""
    command = [sys.executable, "-m", "tests.support.replayer", str(archive), database, str(processes), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        steps: Steps = []
        for line in process.stdout:
            steps.append(json.loads(line))
            if len(steps) - 1 == killed_at:
                process.kill()
                return steps
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0
    return steps


def stored(url: str) -> list[Any]:
    """Everything that a replay left in a database, without the numbers of rows."""
    database = Database(url)
    with database.read() as connection:
        found = mentions.search(connection, verdicts=("new", "duplicate", "irrelevant"))
        urls = {each.id: each.url for each in found}
        stories = [sorted(each.url for each in found if each.story_id == one.story_id) for one in found]
        left = [
            (
                each.url,
                each.verdict,
                each.title,
                each.reference_id,
                urls.get(each.original_id or 0),
                each.novelty,
                story,
            )
            for each, story in zip(found, stories, strict=True)
        ]
        places = [connection.execute(text('select file, "offset" from kept_page order by 2')).all()]
        counts = connection.execute(text('select path, "offset", counts from replay')).all()
        waiting = connection.execute(text("select count(*) from replay_page")).scalar()
    database.close()
    return [sorted(map(repr, left)), places, counts, waiting]


@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY_KILLS, marks=pytest.mark.soak)], ids=["some", "many"])
def test_nothing_is_missing_and_nothing_there_twice_after_kills(
    kills: tuple[int, ...], archive: Path, tmp_path: Path
) -> None:
    whole, broken = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/broken.db"
    replayed(archive, whole, "stores")
    survived = 0
    for number, steps in enumerate(kills):
        killed = replayed(archive, broken, "stores", processes=1 + number % 2, killed_at=steps)
        if len(killed) <= steps:  # so little was left that it came to its end
            break
        survived += 1
    assert survived >= len(KILLS)
    replayed(archive, broken, "stores")
    assert stored(broken) == stored(whole)
    assert len(stored(whole)[0]) > 25


def test_a_replay_that_stores_nothing_says_every_page_once_after_kills(archive: Path, tmp_path: Path) -> None:
    whole, broken = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/broken.db"
    unbroken = [step for step in replayed(archive, whole, "keeps") if step[0] == "page"]
    for steps in KILLS[1:3]:
        replayed(archive, broken, "keeps", killed_at=steps)
    last = replayed(archive, broken, "keeps")
    assert [step for step in last if step[0] == "page"] == unbroken
    assert len(unbroken) == len(answers_of(WEB))
    assert len(last) < len(unbroken) + 5  # the archive itself was read by the runs that were killed


def shown_until(judged: int, archive: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a terminal shows of a replay, from its first line to when it is ended with that many verdicts stored."""
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr(replaying, "ArchiveProgress", partial(ArchiveProgress, console=console))
    monkeypatch.setattr(replaying, "AT_ONCE", 10)
    database = Database(url)
    migrate(database)
    pages = Replaying(load(None, {}), database, Task([archive], stores=True), lambda: datetime.now(UTC)).pages([])
    assert isinstance(pages, Generator)
    while judged:
        judged -= next(pages).judgement is not None
    pages.close()
    database.close()
    return terminal.getvalue()


def test_what_a_replay_is_at_is_shown_with_what_was_done_before(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/shown.db"
    first = shown_until(1, archive, url, monkeypatch)
    assert " 0%" in first.splitlines()[0]
    assert (found := re.search(r"100% .*\n.*storing verdicts .* 0 of (\d+) ", first))
    later = shown_until(11, archive, url, monkeypatch)
    assert "100%" in later.splitlines()[0]
    assert re.search(rf"storing verdicts .* 20 of {found[1]} ", later)
