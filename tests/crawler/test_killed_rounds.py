"""A round that is killed between any two of its writes leaves, after the next round, what an unbroken one leaves."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.job import RoundJob
from storage.schema import article, article_revision, page, story
from tests.support.dying_round import MOMENT_VARIABLE
from tests.support.http_server import Site, content, validated
from tests.support.newsroom import newsroom
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, feed_of
from tests.support.press import article as written
from tests.support.rounds import Stored, later, outlet, run, start

SOME = ("after INSERT article",)
ALL = range(1000)
DRIFT = "Le capitaine du Hublot a compté ses marins avant le départ, puis la cuve est partie à la dérive sur le fleuve."


def left(stored: Stored) -> Any:
    """Everything that rounds left, without the numbers of rows and without times."""
    found = stored.mentions()
    urls = {each.id: url for url, each in found.items()}
    told = {
        url: (each.verdict, urls.get(each.original_id or 0), each.novelty, each.title) for url, each in found.items()
    }
    together = sorted(
        sorted(url for url, one in found.items() if one.story_id == each.story_id) for each in found.values()
    )
    rows = [stored.count(table) for table in (page, article, article_revision, story)]
    return stored.states(), told, together, rows, [each.etag for each in stored.sources().values()]


@pytest.mark.parametrize("moments", [SOME, pytest.param(ALL, marks=pytest.mark.soak)], ids=["some", "all"])
def test_a_round_that_is_killed_between_two_writes_is_made_whole_by_the_next(
    moments: Sequence[int | str], tmp_path: Path
) -> None:
    with Site.open() as site:
        pages = {"/1": written("Hublot", DRIFT, at(9)), "/2": written("Hublot, la copie", DRIFT, at(10))}
        for path, text in (pages | {"/3": written("La fanfare", ABOUT_SOMETHING_ELSE)}).items():
            site[path] = content(text)
        site["/rss"] = validated(
            feed_of(site, "/1", "/2", "/3"), RSS, etag='"un"', modified="Fri, 01 Mar 2024 10:00:00 GMT"
        )
        watched = outlet("site", site, feeds=["/rss"])
        with newsroom(tmp_path) as database:
            assert database.file
            empty = database.file
        unbroken = copied(empty, tmp_path / "unbroken")
        run(unbroken.job([watched]))
        killed = 0
        for moment in moments:
            stored = copied(empty, tmp_path / str(killed))
            job: RoundJob = stored.job([watched])
            process = start(job, "tests.support.dying_round", {MOMENT_VARIABLE: str(moment)})
            if process.wait(60) == 0:
                break
            killed += 1
            run(later(replace(job, forced=True), hours=2))
            assert left(stored) == left(unbroken), moment
    assert killed >= len(SOME)


def at(hour: int) -> str:
    return f'<meta property="article:published_time" content="2024-03-01T{hour:02}:00:00Z">'


def copied(empty: Path, folder: Path) -> Stored:
    folder.mkdir()
    shutil.copy(empty, folder / "watch.db")
    return Stored.in_folder(folder)
