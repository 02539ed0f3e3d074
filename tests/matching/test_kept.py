"""What is kept of texts that were weighed, and what is not."""

import tracemalloc
from collections.abc import Callable

import pytest

from crawler.job import bundled_topic
from matching.judge import Judge
from matching.kept import Kept
from matching.model import Article

JUDGE = Judge(bundled_topic().parse())


def test_the_texts_asked_for_last_are_kept_and_no_more() -> None:
    kept, made = Kept[str](2), list[str]()

    def upper(text: str) -> str:
        made.append(text)
        return text.upper()

    for text in ("un", "deux", "un", "trois", "un", "deux"):
        assert kept.of(text, lambda: upper(text)) == text.upper()  # noqa: B023 - called at once
    assert made == ["un", "deux", "trois", "deux"]


@pytest.mark.parametrize(
    "work",
    [
        lambda text: JUDGE.weigh(Article("https://fil.example/1", "Météo", text)),
        lambda text: JUDGE.teller.terms("Météo", "", text),
    ],
    ids=["weighed", "terms"],
)
def test_what_is_kept_of_long_articles_holds_no_article(work: Callable[[str], object]) -> None:
    work("Il pleut. ")
    tracemalloc.start()
    try:
        for number in range(15):
            work(f"Il pleut {number} fois. " * 5_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000, "each text alone has a tenth of that"
