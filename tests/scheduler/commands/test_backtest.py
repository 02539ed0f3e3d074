"""`veilleur backtest` judges labelled cases, and says which are lost."""

import json
import shutil
from pathlib import Path

from tests.scheduler.commands.conftest import Veilleur
from tests.support.paths import CASES

RIGHT = (
    "1\tfilm\tCode 8, le film\tCode 8, avec Robbie Amell, arrive sur Netflix.\n0\terror\tPanne\tMon four affiche E3.\n"
)
MISLABELLED = "0\tfilm\tCode 8, le film\tCode 8, avec Robbie Amell, arrive sur Netflix.\n"


def test_cases_that_are_all_right_are_status_0(veilleur: Veilleur, home: Path) -> None:
    (home / "cases.tsv").write_text(f"# a comment\n\n{RIGHT}")
    ran = veilleur("backtest", "cases.tsv")
    assert (ran.status, ran.err) == (0, "")
    assert "2 cases   precision 1.000   recall 1.000   F1 1.000   0 wrong" in ran.out


def test_a_wrong_case_is_shown_with_its_line_and_is_status_1(veilleur: Veilleur, home: Path) -> None:
    (home / "cases.tsv").write_text(RIGHT + MISLABELLED)
    ran = veilleur("backtest", "cases.tsv")
    assert ran.status == 1
    assert "false line 3 (film) Code 8, le film" in ran.out
    assert "3 cases   precision 0.500   recall 1.000" in ran.out


def test_json_is_one_object_a_case_and_nothing_else(veilleur: Veilleur, home: Path) -> None:
    (home / "cases.tsv").write_text(RIGHT)
    ran = veilleur("backtest", "cases.tsv", "--json")
    assert [(each["line"], each["mentioned"]) for each in map(json.loads, ran.out.splitlines())] == [
        (1, True),
        (2, False),
    ]
    assert ran.err == ""


def test_a_line_that_is_no_case_is_named(veilleur: Veilleur, home: Path) -> None:
    cases = home / "cases.tsv"
    shutil.copy(CASES / "mentions.tsv", cases)
    number = len(cases.read_text("utf-8").splitlines()) + 1
    for wrong in ("2\tfilm\tCode 8\tx", "1\tfilm\tCode 8", "1 film Code 8 x"):
        shutil.copy(CASES / "mentions.tsv", cases)
        with cases.open("a") as opened:
            opened.write(wrong + "\n")
        ran = veilleur("backtest", "cases.tsv")
        assert (ran.status, ran.out) == (2, "")
        assert ran.err == (
            f"veilleur: cases.tsv, line {number}: write 0 or 1, kind, title and text, separated by tabs\n"
        )


def test_the_projects_own_cases_can_be_judged(veilleur: Veilleur) -> None:
    ran = veilleur("backtest", str(CASES / "mentions.tsv"), "--json")
    judged = [json.loads(line) for line in ran.out.splitlines()]
    wrong = [each for each in judged if bool(each["label"]) != each["mentioned"]]
    assert len(judged) > 100
    assert ran.status == (1 if wrong else 0)


def test_a_file_without_cases_proves_nothing(veilleur: Veilleur, home: Path) -> None:
    (home / "cases.tsv").write_text("# nothing yet\n\n")
    ran = veilleur("backtest", "cases.tsv")
    assert ran.status == 2
    assert "there is no case in it" in ran.err


def test_an_earlier_run_of_other_cases_is_said_to_be_one(veilleur: Veilleur, home: Path) -> None:
    (home / "cases.tsv").write_text(RIGHT)
    (home / "other.json").write_text('{"title": "x", "text": "y", "mentioned": true, "label": 1}\n')
    ran = veilleur("backtest", "cases.tsv", "--against", "other.json")
    assert "nothing could be compared" in ran.err
