"""Every saved page gives what the expected.json beside it says: a new page is a new test, without any Python."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.saved import saved_pages
from scheduler.commands.replay import judged_pages
from scheduler.config import load
from scheduler.reports import extracted_page, judged_page

WEB = Path(__file__).parent.parent / "fixtures" / "web"
Record = dict[str, Any]


@cache
def expectations() -> dict[Path, Record]:
    return {
        file.parent / name: record
        for file in sorted(WEB.rglob("expected.json"))
        for name, record in json.loads(file.read_text(encoding="utf-8")).items()
    }


@cache
def replayed() -> dict[Path, tuple[Record, Record]]:
    """What extraction and the judge say of every page, judged as `veilleur replay fixtures/web` does."""
    configuration = load(None, {})
    pages = judged_pages(configuration, str(WEB))
    return {
        page.saved.file: (
            extracted_page(page.article, str(page.saved.file)),
            judged_page(page.article, judgement, story),
        )
        for page, judgement, story in pages
        if page.article is not None and judgement is not None
    }


PAGES = sorted(expectations())


def name(page: object) -> str:
    return str(page).removeprefix(f"{WEB}/") if isinstance(page, Path) else str(page)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_extraction_reads_what_a_reader_sees(page: Path) -> None:
    read, _ = replayed()[page]
    wanted = expectations()[page]["extract"]
    assert {key: read[key] for key in ("title", "published", "authors")} == {
        key: wanted[key] for key in ("title", "published", "authors")
    }
    text = " ".join(f"{read['lead']}\n{read['text']}".split())
    for phrase in wanted["contains"]:
        assert " ".join(phrase.split()) in text
    for phrase in wanted["lacks"]:
        assert " ".join(phrase.split()) not in text


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_is_judged_as_expected(page: Path) -> None:
    _, judged = replayed()[page]
    wanted = expectations()[page]["judge"]
    original = judged["duplicate_of"]
    told = {
        "verdict": judged["verdict"],
        "topic": judged["topic"],
        "works": sorted({mention["work"] for mention in judged["mentions"]}),
        "where": sorted({mention["where"] for mention in judged["mentions"]}),
        "duplicate_of": original and (original["url"] if original["kind"] == "mention" else original["id"]),
    }
    assert told == wanted


def test_every_saved_page_has_an_expectation() -> None:
    listings = {WEB / "www.les-mercredis-de-leon.example" / "actu.html"}
    assert {page.file for page in saved_pages(WEB)} - listings == set(PAGES)


def test_there_is_enough_to_learn_from() -> None:
    hosts = {page.relative_to(WEB).parts[0] for page in PAGES}
    verdicts = [record["judge"]["verdict"] for record in expectations().values()]
    assert len(PAGES) >= 40
    assert len(hosts) >= 8
    assert min(verdicts.count(verdict) for verdict in ("new", "duplicate", "irrelevant")) >= 6
