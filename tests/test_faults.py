"""Every test that docs/faults.md names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_each_fault_has_its_test() -> None:
    told = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if line.startswith("| ") and not line.startswith("| fault ")]
    named = [re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row) for row in rows]
    assert len(rows) >= 40
    assert all(named)
    for file, name in {each for row in named for each in row}:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8") or not name, f"{file}::{name}"
