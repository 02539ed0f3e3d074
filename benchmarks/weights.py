"""How the weights of matching.mentions were set: coordinate descent in half steps over the development cases.

Minimises the log-loss of the labels; signs and the forms of titles are not touched; the cases kept aside are not read.
Run as `python -m benchmarks.weights`: prints what it would change, and changes nothing.
"""

import math
from collections.abc import Iterator, Mapping

from benchmarks.corpus import ROOT
from crawler.job import bundled_topic
from matching.mentions import Detector
from matching.model import Article, Occurrence
from matching.weights import WEIGHTS
from scheduler.commands.backtest import Case, read_cases

FILES = ("mentions_given.tsv", "mentions.tsv", "mentions_more.tsv")
FIXED = {"unit after", "unmistakable title", "sequel's full title", "named beyond doubt elsewhere", "ambiguous title"}
STEPS = (0.5, -0.5, 1.0, -1.0)
GAIN = 1.0
Places = list[list[tuple[str, float]]]
Labelled = list[tuple[bool, Places]]


def cases() -> Iterator[Case]:
    for file in FILES:
        yield from read_cases(ROOT / "fixtures" / "cases" / file)


def labelled() -> Labelled:
    """For each case its label, and for each place the signals with their share of the weight (1 for a single one)."""
    detector = Detector(bundled_topic().parse())
    found = []
    for case in cases():
        assessment = detector.assess(Article("", case.title, case.text))
        found.append((case.mentioned, [_signals(each) for each in assessment.mentions + assessment.refused]))
    return found


def _signals(occurrence: Occurrence) -> list[tuple[str, float]]:
    weighed = [
        each for each in occurrence.signals if each.name != "named beyond doubt elsewhere" and WEIGHTS[each.name]
    ]
    return [(each.name, each.weight / WEIGHTS[each.name]) for each in weighed]


def loss(weights: Mapping[str, float], data: Labelled) -> float:
    """The log-loss of the labels, a case being as sure as its surest place."""
    total = 0.0
    for label, places in data:
        if places:
            score = max(sum(weights[name] * share for name, share in place) for place in places)
            total += math.log1p(math.exp(-score if label else score))
    return total


def descend(data: Labelled) -> dict[str, float]:
    weights, best = dict(WEIGHTS), loss(WEIGHTS, data)
    changed = True
    while changed:
        changed = False
        for name in sorted(set(weights) - FIXED):
            for step in STEPS:
                tried = {**weights, name: weights[name] + step}
                if tried[name] * WEIGHTS[name] < 0:
                    continue
                if (now := loss(tried, data)) < best - GAIN:
                    weights, best, changed = tried, now, True
    return weights


def main() -> None:
    data = labelled()
    print(f"log-loss of {len(data)} cases: {loss(WEIGHTS, data):.1f}")
    weights = descend(data)
    changes = {name: weight for name, weight in weights.items() if weight != WEIGHTS[name]}
    print(f"after descent: {loss(weights, data):.1f}; changes: {changes or 'none'}")


if __name__ == "__main__":
    main()
