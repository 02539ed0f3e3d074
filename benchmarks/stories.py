"""Stories: BCubed precision, recall and F1 (Bagga and Baldwin 1998) on the labelled story articles.

Rarity is counted over the same articles, without their labels; so each half is also measured with the rarity of words
counted over the other half only.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from unittest.mock import patch

from benchmarks.frequencies import CORPORA, articles, frequencies
from crawler.job import bundled_topic
from matching import stories
from matching.stories import StoryTeller


def grouped(corpus: Sequence[Mapping[str, Any]]) -> list[int]:
    """For each article the number of its story, as they arrive."""
    teller = StoryTeller(bundled_topic().parse())
    profiles = [
        teller.profile(each["title"], each["lead"], each["text"], datetime.fromisoformat(each["published"]))
        for each in corpus
    ]
    numbers: list[int] = []
    for place, profile in enumerate(profiles):
        linked = {numbers[other] for other in range(place) if teller.same_event(profile, profiles[other])}
        kept = min(linked, default=place)
        numbers = [kept if number in linked else number for number in numbers]
        numbers.append(kept)
    return numbers


def bcubed(found: Sequence[int], labels: Sequence[str]) -> tuple[float, float, float]:
    clusters, stories_of = defaultdict(set), defaultdict(set)
    for place, (number, label) in enumerate(zip(found, labels, strict=True)):
        clusters[number].add(place)
        stories_of[label].add(place)
    shared = [len(clusters[number] & stories_of[label]) for number, label in zip(found, labels, strict=True)]
    precision = sum(s / len(clusters[n]) for s, n in zip(shared, found, strict=True)) / len(found)
    recall = sum(s / len(stories_of[label]) for s, label in zip(shared, labels, strict=True)) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure() -> list[str]:
    lines = ["| articles | rarity counted over | precision | recall | F1 |", "|---|---|---|---|---|"]
    everything = list(articles())
    lines.append(_row("all", "all", everything))
    for tested, counted in ((0, 1), (1, 0)):
        texts = (f"{each['title']} {each['lead']} {each['text']}" for each in articles([CORPORA[counted]]))
        documents, counts = frequencies(texts)
        common = {stem: count for stem, count in counts.items() if count >= 3}
        with patch.multiple(stories, DOCUMENTS=documents, FREQUENCIES=common):
            names = CORPORA[tested].name, CORPORA[counted].name
            lines.append(_row(*names, list(articles([CORPORA[tested]]))))
    return lines


def _row(tested: str, counted: str, corpus: Sequence[Mapping[str, Any]]) -> str:
    precision, recall, f1 = bcubed(grouped(corpus), [each["story"] for each in corpus])
    return f"| {tested} ({len(corpus)}) | {counted} | {precision:.3f} | {recall:.3f} | **{f1:.3f}** |"


if __name__ == "__main__":
    print("\n".join(measure()))
