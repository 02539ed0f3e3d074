"""Mention detection on labelled cases; those of `mentions_held_out.tsv` were never looked at while it was made."""

from benchmarks.corpus import ROOT
from crawler.job import bundled_topic
from matching.mentions import Detector
from matching.model import Article
from scheduler.commands.backtest import read_cases

FILES = ("mentions_given.tsv", "mentions.tsv", "mentions_more.tsv", "mentions_held_out.tsv")


def measure() -> list[str]:
    detector = Detector(bundled_topic().parse())
    lines = ["| cases | number | precision | recall | F1 |", "|---|---|---|---|---|"]
    for file in FILES:
        cases = read_cases(ROOT / "fixtures" / "cases" / file)
        found = [detector.assess(Article("", case.title, case.text)).mentioned for case in cases]
        right = sum(case.mentioned and each for case, each in zip(cases, found, strict=True))
        precision, recall = right / sum(found), right / sum(case.mentioned for case in cases)
        f1 = 2 * precision * recall / (precision + recall)
        lines.append(f"| {file} | {len(cases)} | {precision:.3f} | {recall:.3f} | **{f1:.3f}** |")
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
