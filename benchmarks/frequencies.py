"""Counts in how many of the labelled story articles each stem stands, and writes matching/frequencies.py anew.

Run as `python -m benchmarks.frequencies`. The labels are not looked at: only how common words are in such articles.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from matching.stories import stems

ROOT = Path(__file__).parent.parent
CORPORA = tuple(ROOT / "fixtures" / "cases" / f"stories_{name}.jsonl" for name in "ab")
FEWEST = 3
WIDTH = 116
HEADER = '''"""How common stems are in French press articles on films: in how many of DOCUMENTS articles each stands.

Made by `python -m benchmarks.frequencies`; stems of fewer than {fewest} articles are left out and count as rare.
"""

DOCUMENTS = {documents}

_TABLE = """
{table}
"""

FREQUENCIES = {{
    stem: int(count) for line in _TABLE.split("\\n") if line for count, _, all_stems in [line.partition(": ")]
    for stem in all_stems.split()
}}  # fmt: skip
'''


def articles(files: Iterable[Path] = CORPORA) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def frequencies(texts: Iterable[str]) -> tuple[int, Counter[str]]:
    """The number of texts, and for each stem the number of texts that hold it."""
    counted = [set(stems(text)) for text in texts]
    return len(counted), Counter(stem for each in counted for stem in each)


def main() -> None:
    texts = (f"{each['title']} {each['lead']} {each['text']}" for each in articles())
    documents, counts = frequencies(texts)
    lines: list[str] = []
    for count in sorted(set(counts.values()), reverse=True):
        if count >= FEWEST:
            lines += _rows(count, sorted(stem for stem, found in counts.items() if found == count))
    module = HEADER.format(fewest=FEWEST, documents=documents, table="\n".join(lines))
    (ROOT / "matching" / "frequencies.py").write_text(module, encoding="utf-8")


def _rows(count: int, row_stems: list[str]) -> Iterator[str]:
    row = f"{count}:"
    for stem in row_stems:
        if len(row) + len(stem) > WIDTH:
            yield row
            row = f"{count}:"
        row += f" {stem}"
    yield row


if __name__ == "__main__":
    main()
