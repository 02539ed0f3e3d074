"""The figures of benchmarks are what they say."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import extraction
from tests.support.hostile_pages import MENTION, page_with


def test_shingles_that_are_read_added_and_missed_are_shares_of_all() -> None:
    assert extraction.shares("un deux trois quatre cinq", "un deux trois quatre cinq") == (1.0, 0.0, 0.0)
    assert extraction.shares("un deux trois quatre cinq", "un deux trois quatre six") == pytest.approx((1 / 3,) * 3)
    assert extraction.shares("un deux", "") == (0.0, 0.0, 1.0)
    assert extraction.shares("", "") == (0.0, 0.0, 0.0)


def test_precision_and_recall_are_averaged_over_the_pages_that_have_them() -> None:
    score = extraction.averaged([(1.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.0, 0.0, 1.0)], 1.0)
    assert (score.precision, score.recall) == pytest.approx((0.75, 2 / 3))
    assert score.f1 == pytest.approx(2 * 0.75 * (2 / 3) / (0.75 + 2 / 3))


def test_a_folder_of_pages_with_their_bodies_is_measured(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    body = "Une phrase assez longue pour compter comme un paragraphe de texte dans un article. " * 3
    body += MENTION.removeprefix("<p>").removesuffix("</p>")
    truth = {name: {"url": f"https://journal.example/{name}", "articleBody": body} for name in ("plain", "packed")}
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "html" / "plain.html").write_text(page_with(MENTION), encoding="utf-8")
    (tmp_path / "html" / "packed.html.gz").write_bytes(gzip.compress(page_with(MENTION).encode()))
    lines = extraction.on_folder(tmp_path)
    assert lines[0] == "2 pages."
    (ours,) = [line for line in lines if line.startswith("| Veilleur |")]
    assert "| 1.000 | 1.000 | **1.000** |" in ours
