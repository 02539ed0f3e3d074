"""`veilleur mentions` lists what was found, filtered, for people and for programs."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import config, terminal
from scheduler.orders import desk_of
from storage import recording, revisits
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.storage.builders import for_another_topic
from tests.support.newsroom import judge, publish, written

FIRST = datetime(2026, 1, 9, 23, 30, tzinfo=UTC)  # the tenth in Paris


@pytest.fixture(autouse=True)
def found(stored: Database) -> None:
    """Articles 1, 2 and 3 on three days, and a copy of 1 on the fourth."""
    for number in (1, 2, 3):
        publish(stored, number, FIRST + timedelta(days=number - 1))
    publish(stored, 9, FIRST + timedelta(days=3), copy_of=1)


def numbers(veilleur: Veilleur, *words: str) -> list[int]:
    """The articles that are listed, in their order; a copy counts as what it copies."""
    ran = veilleur("mentions", "--json", *words)
    assert (ran.status, ran.err) == (0, "")
    return [int(json.loads(line)["title"].split()[-1]) for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ([], [1, 3, 2, 1]),
        (["--verdict", "new"], [3, 2, 1]),
        (["--verdict", "duplicate"], [1]),
        (["--verdict", "irrelevant"], []),
        (["--verdict", "new", "--verdict", "duplicate", "--limit", "2"], [1, 3]),
        (["--since", "2026-01-11"], [1, 3, 2]),
        (["--until", "2026-01-10"], [1]),
        (["--since", "2026-01-11", "--until", "2026-01-12"], [3, 2]),
        (["--outlet", "clap"], [1, 3, 2, 1]),
        (["--outlet", "allocine"], []),
        (["--topic", "code8"], [1, 3, 2, 1]),
        (["NOUVELLE", "mot2x7"], [2]),
        (["100%"], []),
        (["mot_x7"], []),
    ],
)
def test_filters_choose(veilleur: Veilleur, words: list[str], listed: list[int]) -> None:
    assert numbers(veilleur, *words) == listed


def test_what_has_no_date_passes_no_filter_of_days_unless_asked_for(veilleur: Veilleur, stored: Database) -> None:
    article = replace(written(4, FIRST), published=None)
    with stored.write() as connection:
        recording.record(connection, article, [judge()], outlet="clap", url_key="4", page_id=None, now=FIRST)
    ran = veilleur("mentions", "--json", "--since", "2026-01-10", "--verdict", "new")
    assert len(ran.out.splitlines()) == 3
    assert ran.err.startswith("1 found in these days without a date of publication is left out; --undated")
    assert len(numbers(veilleur, "--since", "2026-01-10", "--verdict", "new", "--undated")) == 4
    assert len(numbers(veilleur, "--since", "2026-01-11", "--verdict", "new", "--undated")) == 2
    assert len(numbers(veilleur, "--verdict", "new")) == 4


def test_days_in_the_wrong_order_are_named(veilleur: Veilleur) -> None:
    ran = veilleur("mentions", "--since", "2026-01-12", "--until", "2026-01-11")
    assert (ran.status, ran.out) == (2, "")
    assert "--since 2026-01-12 is after --until 2026-01-11" in ran.err
    assert veilleur("mentions", "--since", "2026-01-11", "--until", "2026-01-11").status == 0


def test_an_outlet_that_is_watched_no_more_keeps_its_name(veilleur: Veilleur, home: Path) -> None:
    entry = '[[outlets]]\nid = "clap"\nname = "Le Clap du soir"\ndomain = "clap.example"\n'
    (home / "veilleur.toml").write_text(f'[crawl]\noutlets = ["premiere"]\n{entry}')
    assert "Le Clap du soir" in veilleur("mentions").out
    assert desk_of(config.load(None, {})).names.outlets["clap"] == "Le Clap du soir"


def test_csv_is_a_table_with_a_header(veilleur: Veilleur) -> None:
    ran = veilleur("mentions", "--csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["verdict"] for row in rows] == ["duplicate", "new", "new", "new"]
    assert rows[0]["duplicate_of"] == rows[-1]["id"]
    assert datetime.fromisoformat(rows[-1]["published"]) == FIRST
    assert (ran.status, ran.err) == (0, "")


def test_json_tells_where_and_why(veilleur: Veilleur) -> None:
    record = json.loads(veilleur("mentions", "--json", "mot2x7").out)
    assert record["outlet"] == "clap"
    assert record["mentions"][0]["work"] == "film"
    assert record["passages"][0]["text"]
    assert record["url"] == "https://clap2.example/articles/2"


def test_a_table_is_for_people(veilleur: Veilleur) -> None:
    ran = veilleur("mentions", "--verdict", "new")
    assert [line[:16] for line in ran.out.splitlines()[1:]] == [
        "2026-01-12 00:30",
        "2026-01-11 00:30",
        "2026-01-10 00:30",
    ]
    assert "\x1b" not in ran.out
    assert veilleur("mentions", "introuvable").out == "Nothing found.\n"


def test_a_page_that_tells_only_its_day_is_listed_by_that(veilleur: Veilleur, stored: Database) -> None:
    publish(stored, 5, datetime(2026, 1, 14, 23, tzinfo=UTC))  # midnight in Paris
    [line] = [each for each in veilleur("mentions").out.splitlines() if "nouvelle 5" in each]
    assert line.split()[:2] == ["2026-01-15", "new"]


def test_what_became_of_an_article_is_told_with_it(veilleur: Veilleur, stored: Database) -> None:
    with stored.write() as connection:
        revisits.log(connection, 2, "retitled", FIRST, before="Avant", after="Le film [i]Code 8[/i] retitré")
        revisits.log(connection, 2, "gone", FIRST + timedelta(days=1), before="Avant")
    lines = veilleur("mentions").out.splitlines()
    [place] = [number for number, line in enumerate(lines) if "nouvelle 2" in line]
    assert [line.strip() for line in lines[place + 1 : place + 3]] == [
        "retitled 2026-01-10 00:30: Le film [i]Code 8[/i] retitré",
        "withdrawn 2026-01-11 00:30",
    ]
    record = json.loads(veilleur("mentions", "--json", "mot2x7").out)
    assert [each["kind"] for each in record["changes"]] == ["retitled", "gone"]
    rows = list(csv.DictReader(io.StringIO(veilleur("mentions", "--csv").out)))
    assert [row["changes"] for row in rows] == ["", "", f"retitled {FIRST.isoformat()}, gone {rows[2]['found_at']}", ""]


def test_the_topic_is_shown_where_there_are_several_and_80_columns_are_enough(
    veilleur: Veilleur, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "topic" not in veilleur("mentions").out
    with stored.write() as connection:
        for_another_topic(connection, 3, "marees")
    monkeypatch.setattr(terminal.out, "width", 80)
    lines = veilleur("mentions").out.splitlines()
    assert lines[0].split() == ["published", "verdict", "topic", "outlet", "headline"]
    assert [line.split()[3] for line in lines if "2026-01-12" in line] == ["marees", "code8"]
    assert max(map(len, lines)) <= 80
