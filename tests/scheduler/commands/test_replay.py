"""`veilleur replay`, `explain` and `extract` judge and show saved pages; other programs read what they say."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.scheduler.commands.conftest import Ran, Veilleur
from tests.support.paths import WEB
from tests.support.saving import saved_by_a_browser
from tests.support.terminal import on_a_terminal

JUDGED = {
    "url", "outlet", "title", "published", "language", "verdict", "topic", "score", "mentions", "duplicate_of",
    "resemblance", "containment", "novelty", "story",
}  # fmt: skip
EXTRACTED = {
    "url", "path", "title", "lead", "text", "published", "modified", "authors", "language", "canonical",
}  # fmt: skip
FOLDERS = ("ecran-nocturne.example", "fluxo.example")
ARTICLE = "ecran-nocturne.example/2024/03/11/code-8-tele-zenith-dimanche-17-mars/index.html"


@pytest.fixture
def saved(home: Path) -> Path:
    """Two outlets' saved pages, one page that is no page, and the catalogue of both."""
    folder = home / "web"
    for name in FOLDERS:
        shutil.copytree(WEB / name, folder / name)
    shutil.copy(WEB / "outlets.toml", folder)
    (folder / FOLDERS[0] / "empty.html").write_bytes(b"")
    return folder


def records(ran: Ran) -> list[dict[str, Any]]:
    assert ran.err == ""
    return [json.loads(line) for line in ran.out.splitlines()]


def verdicts_of(judged: list[dict[str, Any]]) -> dict[str, str]:
    return {each["url"].rstrip("/"): each["verdict"] for each in judged}


def test_what_is_replayed_and_stored_is_listed_and_announced_to_nobody(
    veilleur: Veilleur, home: Path, saved: Path
) -> None:
    ran = veilleur("replay", str(saved), "--json", "--store")
    judged = records(ran)
    assert ran.status == 0
    assert all(set(each) - {"error"} == JUDGED for each in judged)
    expected = {
        f"https://{file.parent.relative_to(WEB)}/{name}".removesuffix("/index.html"): each["judge"]["verdict"]
        for folder in FOLDERS
        for file in (WEB / folder).rglob("expected.json")
        for name, each in json.loads(file.read_text("utf-8")).items()
        if not str(each["judge"]["duplicate_of"]).startswith("https:")  # whose original may be in another folder
    }
    assert {url: verdict for url, verdict in verdicts_of(judged).items() if url in expected} == expected
    assert {each["verdict"] for each in judged} == {"new", "duplicate", "irrelevant"}
    assert [each["url"] for each in judged if "error" in each] == ["https://ecran-nocturne.example/empty.html"]

    listed = records(veilleur("mentions", "--json"))
    assert {each["url"] for each in listed} == {each["url"] for each in judged if each["verdict"] != "irrelevant"}
    assert veilleur("digest").err == "Nothing new: no mail would go out now.\n"


def test_pages_none_of_which_can_be_read_are_status_1(veilleur: Veilleur, saved: Path) -> None:
    empty = str(saved / FOLDERS[0] / "empty.html")
    ran = veilleur("extract", empty)
    assert (ran.status, ran.out) == (1, "")
    assert "empty.html" in ran.err
    assert veilleur("explain", empty).status == 1


def test_plain_text_is_no_page(veilleur: Veilleur, home: Path) -> None:
    (home / "notes.txt").write_text("Code 8 & Cie : 3 < 4, dit-il.\n")
    (home / "page.html").write_text("<p>Les tramways du futur roulent.", encoding="utf-16")
    ran = veilleur("extract", "notes.txt")
    assert (ran.status, ran.out) == (1, "")
    assert "notes.txt: no page: there is no HTML in it" in ran.err
    assert "tramways" in veilleur("extract", "page.html").out


def test_a_page_is_explained_to_people_and_to_programs(veilleur: Veilleur, home: Path, saved: Path) -> None:
    shown = veilleur("explain", str(saved / ARTICLE))
    assert (shown.status, shown.err) == (0, "")
    assert "Verdict  new" in shown.out
    assert "Mentions" in shown.out
    [explained] = records(veilleur("explain", str(saved / ARTICLE), "--json"))
    assert set(explained) == JUDGED | {"refused", "closest", "shared", "added", "stored"}
    assert (explained["verdict"], explained["outlet"]) == ("new", "ecran-nocturne")
    assert not (home / "var").exists()


def test_what_extraction_reads_is_shown(veilleur: Veilleur, saved: Path) -> None:
    [extracted] = records(veilleur("extract", str(saved / ARTICLE), "--json"))
    expected = json.loads((saved / ARTICLE).with_name("expected.json").read_text("utf-8"))["index.html"]["extract"]
    assert set(extracted) == EXTRACTED
    assert extracted["title"] == expected["title"]
    assert extracted["authors"] == expected["authors"]
    assert extracted["path"] == str(saved / ARTICLE)
    assert all(phrase in extracted["text"] + extracted["lead"] for phrase in expected["contains"])
    shown = veilleur("extract", str(saved / ARTICLE))
    assert expected["title"].replace("\u00a0", " ")[:20] in shown.out.replace("\u00a0", " ")


def test_a_page_that_a_browser_saved_into_one_file_is_judged_as_the_page(
    veilleur: Veilleur, home: Path, saved: Path
) -> None:
    file, address = saved / ARTICLE, "https://" + ARTICLE.removesuffix("index.html")
    (home / "kept").mkdir()
    (home / "kept" / "Code 8.mhtml").write_bytes(saved_by_a_browser(file.read_bytes(), address))
    shutil.copy(WEB / "outlets.toml", home / "kept")
    (home / "kept" / FOLDERS[0]).mkdir()
    for command in ("replay", "explain"):
        [judged] = records(veilleur(command, str(home / "kept"), "--json"))
        [expected] = records(veilleur(command, str(file), "--json"))
        assert judged == expected
        assert (judged["verdict"], judged["url"]) == ("new", address)
    [extracted] = records(veilleur("extract", str(home / "kept"), "--json"))
    assert "=C3" not in extracted["text"]
    (home / "none.mhtml").write_text("MIME-Version: 1.0\nContent-Type: text/plain\n\nCode 8")
    assert "save the page again, as HTML" in veilleur("explain", "none.mhtml").err


def test_what_is_done_with_saved_pages_is_shown_on_a_terminal(saved: Path) -> None:
    shown = "\n".join(on_a_terminal(80, "replay", "--store", str(saved)))
    assert all(f" {phase} ━" in shown for phase in ("reading", "judging", "storing verdicts"))
    assert "stored in sqlite:///var/veilleur.db" in shown
