"""Articles are weighed ahead of their verdicts, in a process beside the one that judges; nothing depends on it."""

import multiprocessing
import sys
import time
from contextlib import suppress
from itertools import count

import pytest

from crawler.job import bundled_topic
from matching.judge import Judge
from matching.mentions import Detector
from matching.model import Article, Judgement, Verdict
from scheduler.weighing import Weigher, weigher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere articles are weighed by the judges")
ALARM = 20.0


def test_what_is_weighed_beside_is_not_weighed_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(bundled_topic().parse())
    with weigher([judge], beside=True) as weighing:
        monkeypatch.setattr(Detector, "assess", _forbidden)  # here; the process beside was there before
        article, verdict = _weighed_beside(judge, weighing)
        monkeypatch.undo()
    assert verdict.mentions
    assert verdict == Judge(judge.topic).judge(article, lambda _: ())


def test_a_process_that_is_killed_costs_nothing_but_time() -> None:
    judge = Judge(bundled_topic().parse())
    with weigher([judge], beside=True) as weighing:
        weighing.begin(_article(0))
        for process in multiprocessing.active_children():
            process.kill()
            process.join(ALARM)
        for number in (1, 2, 3):
            weighing.begin(_article(number))
        weighing.end()
    assert judge.judge(_article(2), lambda _: ()).verdict is Verdict.NEW


def _weighed_beside(judge: Judge, weighing: Weigher) -> tuple[Article, Judgement]:
    """The first article whose verdict needs no weighing here."""
    end = time.monotonic() + ALARM
    for number in count():
        assert time.monotonic() < end, "nothing was weighed beside"
        article = _article(number)
        weighing.begin(article)
        time.sleep(0.02)
        weighing.end()
        with suppress(_Weighed):
            return article, judge.judge(article, lambda _: ())
    raise AssertionError


class _Weighed(Exception):
    """An article was weighed in this process."""


def _forbidden(*_: object) -> object:
    raise _Weighed


def _article(number: int) -> Article:
    text = f"Le numéro {number} des films de la semaine est Code 8 : Partie II, que Robbie Amell porte sur Netflix."
    return Article(f"https://revue.example/{number}", "Les films de la semaine", text)
