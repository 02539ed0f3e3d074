"""`veilleur backtest`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matching.mentions import Detector
from matching.model import Article, Assessment
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError, reading
from scheduler.terminal import counted, err, out, plain, print_json


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled case: whether an article with this headline and text mentions a watched film."""

    line: int
    mentioned: bool
    kind: str
    title: str
    text: str


def backtest(configuration: Configuration, file: str, *, as_json: bool, against: str | None = None) -> int:
    """Judges every case; 1 when one is wrong, or with `against`, an earlier run's --json, when one was lost."""
    cases = read_cases(Path(file))
    earlier = _earlier(Path(against)) if against else None
    detectors = [Detector(topic) for topic in configuration.topics]
    judged = [(case, _assess(case, detectors)) for case in cases]
    wrong = [(case, found) for case, found in judged if found.mentioned != case.mentioned]
    if as_json:
        for case, found in judged:
            print_json(_record(case, found))
    else:
        _print_wrong(wrong)
        _print_figures(judged, len(wrong))
    if earlier is None:
        return 1 if wrong else 0
    return 1 if _print_against(judged, earlier) else 0


def _record(case: Case, found: Assessment) -> dict[str, Any]:
    return {
        "line": case.line,
        "label": int(case.mentioned),
        "kind": case.kind,
        "title": case.title,
        "text": case.text,
        "mentioned": found.mentioned,
        "score": found.score,
    }


def _earlier(path: Path) -> dict[tuple[str, str], bool]:
    """By title and text, whether an earlier run was right."""
    with reading():
        raw = path.read_bytes()
    try:
        records = [json.loads(line) for line in raw.decode().splitlines() if line.strip()]
        return {(each["title"], each["text"]): each["mentioned"] == bool(each["label"]) for each in records}
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"--against {path}: this is no output of `veilleur backtest --json`: {error}"
        ) from error


def _print_against(judged: list[tuple[Case, Assessment]], earlier: dict[tuple[str, str], bool]) -> int:
    """Tells on standard error which cases were won and lost since the earlier run; how many were lost."""
    lost = 0
    for case, found in judged:
        was_right = earlier.get((case.title, case.text))
        is_right = found.mentioned == case.mentioned
        if was_right is None or was_right == is_right:
            continue
        lost += was_right
        word = "[red]lost[/]" if was_right else "[green]won[/]"
        err.print(
            f"{word} line {case.line} ({plain(case.kind)}) {plain(case.title)} | {plain(case.text)}", soft_wrap=True
        )
    known = sum((case.title, case.text) in earlier for case, _ in judged)
    if not known:
        err.print("[yellow]the earlier run was of other cases: nothing could be compared[/]")
    err.print(f"against {counted(known, 'case', 'cases')} of the earlier run: {lost} lost")
    return lost


def read_cases(path: Path) -> list[Case]:
    """Reads label, kind, title and text, separated by tabs; raises ConfigurationError with the line that is wrong."""
    with reading():
        raw = path.read_bytes()
    try:
        lines = raw.decode().split("\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: this is not UTF-8: {error}") from error
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.rstrip("\r").split("\t")
        if len(columns) != 4 or columns[0] not in ("0", "1"):
            raise ConfigurationError(f"{path}, line {number}: write 0 or 1, kind, title and text, separated by tabs")
        cases.append(Case(number, columns[0] == "1", columns[1], columns[2], columns[3]))
    if not cases:
        raise ConfigurationError(f"{path}: there is no case in it: write lines of 0 or 1, kind, title and text")
    return cases


def _assess(case: Case, detectors: list[Detector]) -> Assessment:
    article = Article(url="", title=case.title, text=case.text)
    return max((each.assess(article) for each in detectors), key=lambda found: (found.mentioned, found.score))


def _figures(judged: list[tuple[Case, Assessment]]) -> dict[str, float]:
    right = sum(case.mentioned and found.mentioned for case, found in judged)
    claimed = sum(found.mentioned for _, found in judged)
    true = sum(case.mentioned for case, _ in judged)
    precision = right / claimed if claimed else 1.0
    recall = right / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "F1": f1}


def _print_figures(judged: list[tuple[Case, Assessment]], wrong: int) -> None:
    shown = "   ".join(f"{name} {value:.3f}" for name, value in _figures(judged).items())
    out.print(f"{counted(len(judged), 'case', 'cases')}   {shown}   {wrong} wrong")


def _print_wrong(wrong: list[tuple[Case, Assessment]]) -> None:
    for case, found in wrong:
        kind = "missed" if case.mentioned else "false"
        out.print(f"[red]{kind}[/] line {case.line} ({plain(case.kind)}) {plain(case.title)} | {plain(case.text)}")
        for each in found.mentions + found.refused:
            signals = ", ".join(f"{signal.name} {signal.weight:+.2f}" for signal in each.signals if signal.weight)
            out.print(f"    [dim]{each.score:.2f} {plain(each.text)}: {plain(signals)}[/]")
