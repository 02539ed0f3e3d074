"""`veilleur backtest`."""

from dataclasses import dataclass
from pathlib import Path

from matching.mentions import Detector
from matching.model import Article, Assessment
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.terminal import out, plain, print_json


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled case: whether an article with this headline and text mentions a watched film."""

    line: int
    mentioned: bool
    kind: str
    title: str
    text: str


def backtest(configuration: Configuration, file: str, *, as_json: bool) -> int:
    """Judges every case; 0 when all are right, 1 when one is wrong."""
    cases = read_cases(Path(file))
    detectors = [Detector(topic) for topic in configuration.topics]
    judged = [(case, _assess(case, detectors)) for case in cases]
    wrong = [(case, found) for case, found in judged if found.mentioned != case.mentioned]
    figures = _figures(judged)
    if as_json:
        for case, found in judged:
            print_json(
                {
                    "line": case.line,
                    "label": int(case.mentioned),
                    "kind": case.kind,
                    "mentioned": found.mentioned,
                    "score": found.score,
                }
            )
    else:
        _print_wrong(wrong)
        out.print(
            f"{len(cases)} cases   precision {figures['precision']:.3f}   recall {figures['recall']:.3f}"
            f"   F1 {figures['f1']:.3f}   {len(wrong)} wrong"
        )
    return 1 if wrong else 0


def read_cases(path: Path) -> list[Case]:
    """Reads label, kind, title and text, separated by tabs; raises ConfigurationError with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.rstrip("\r").split("\t")
        if len(columns) != 4 or columns[0] not in ("0", "1"):
            raise ConfigurationError(f"{path}, line {number}: write 0 or 1, kind, title and text, separated by tabs")
        cases.append(Case(number, columns[0] == "1", columns[1], columns[2], columns[3]))
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
    return {"precision": precision, "recall": recall, "f1": f1}


def _print_wrong(wrong: list[tuple[Case, Assessment]]) -> None:
    for case, found in wrong:
        kind = "missed" if case.mentioned else "false"
        out.print(f"[red]{kind}[/] line {case.line} ({plain(case.kind)}) {plain(case.title)} | {plain(case.text)}")
        for each in found.mentions + found.refused:
            signals = ", ".join(f"{signal.name} {signal.weight:+.2f}" for signal in each.signals if signal.weight)
            out.print(f"    [dim]{each.score:.2f} {plain(each.text)}: {plain(signals)}[/]")
